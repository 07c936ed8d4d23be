package workload

import (
	"context"
	"encoding/json"
	"time"
)

// Targets opens targets by their name.
type Targets interface {
	// Target opens one. It may answer without talking to the target.
	// NotFound names the targets that there are.
	Target(name string) (Target, error)
}

// Target is where workloads run. Every method may be called again after an
// attempt that ended anywhere; what is so already is success. Methods that
// write are fenced: Superseded, with nothing written, when the target has seen
// a higher epoch than the scope's. All of them: Unavailable when the target
// does not answer, Unauthorized when it refuses our credentials, and the
// context's own error when that ended.
type Target interface {
	// Record reads the live objects that either release names. It writes nothing.
	// InvalidInput for kinds that the target does not know.
	Record(ctx context.Context, next, base Scope) (Record, error)
	// Check tries every object, and every Job, without writing and gives all that
	// stands against it as problems, not as an error. Each change says what would
	// differ, without the values of secrets.
	Check(ctx context.Context, next, base Scope) (CheckResult, error)
	// Apply writes the objects of the scope, those of each service in their
	// order. Config whose content is in its name is replaced when it differs, if
	// it is ours or the base names it. Conflict when somebody else owns a field or
	// a name, InvalidInput when the target refuses an object, NotFound when the
	// namespace is missing, QuotaExceeded. After an error some of the objects may
	// have been written.
	Apply(ctx context.Context, next, base Scope) (ApplyResult, error)
	// Watch waits until every service of the scope is healthy, one has failed
	// or the time is over, and reports progress. It writes nothing. Superseded
	// when the target has seen a higher epoch, unless the scope has none, because
	// it belongs to no rollout. A target that does not answer is waited for.
	Watch(ctx context.Context, next Scope, deadline time.Duration, report Report) (WatchResult, error)
	// Restore brings the objects of the scope's services back to the record.
	// What can't be brought back is a problem, and the rest goes on.
	// InvalidInput for a record that it did not write.
	Restore(ctx context.Context, next Scope, record []byte) (RestoreResult, error)
	// WatchRestore waits until the objects of the scope's services equal the
	// record and are at least as healthy as it. Blocked asks for another Restore.
	WatchRestore(ctx context.Context, next Scope, record []byte, deadline time.Duration, report Report) (WatchResult, error)
	// Prune deletes what base names and next does not, if it is ours. Config whose
	// content is in its name is no part of that: of what no release names and
	// nothing uses any more, the newest stay, as many as the scope keeps.
	Prune(ctx context.Context, next, base Scope) (PruneResult, error)
	// StartJobs creates each Job that is not there yet, so that it runs once, and
	// gives the names of those that are there then. Their pods see the config of
	// the scope, which need not be on the target. Conflict when somebody else has
	// the name of one or deletes it; otherwise as Apply.
	StartJobs(ctx context.Context, next Scope, jobs []Job) ([]string, error)
	// WatchJobs waits until each Job has ended or its deadline has passed, and
	// reports progress. Healthy when all are complete, else Failed. It writes
	// nothing. Superseded as Watch.
	WatchJobs(ctx context.Context, next Scope, jobs []Job, report Report) (WatchResult, error)
	// RemoveJobs deletes Jobs, and what was made for them, and gives the names of
	// those that were there. One that stays is deleted only if it has not ended. With a higher epoch than theirs, none is created any
	// more afterwards.
	RemoveJobs(ctx context.Context, next Scope, jobs []Job) ([]string, error)
	// Compare tells how the objects of the scope differ from the release. It
	// writes nothing and passes no fence. What others have added is no difference.
	Compare(ctx context.Context, current Scope, progress Progress) (Drift, error)
}

// Report takes the state of all services, whenever it changes.
type Report func([]ServiceStatus)

// Progress takes how many of a step's objects are done. It is safe for
// concurrent use.
type Progress func(done, total int)

// Scope is the part of a release that a step is about.
type Scope struct {
	Stack       string
	Environment string
	Namespace   string
	Epoch       int64
	// KeepConfigs is how many unused ConfigMaps of a service a prune leaves.
	KeepConfigs int
	// Services of the step, in the order of the waves.
	Services []Service
	// Others are the services of the release that the step leaves alone.
	Others []Service
	// Jobs are those that a rollout will start, for a check.
	Jobs []Job
}

// Service is the objects of one service, in the order in which they are applied.
type Service struct {
	Name string
	// Stage that the service moves in, counted from zero: those of one stage move
	// at the same time.
	Stage   int
	Objects []json.RawMessage
}

// All gives the services of the step and the others.
func (s Scope) All() []Service {
	return append(append([]Service{}, s.Services...), s.Others...)
}

// Record is what a target found.
type Record struct {
	// Content is for the target that wrote it; nobody else reads it.
	Content []byte
	Epoch   int64
	Objects int
	Absent  int
}
