// Package workload moves the workloads of a release on one target, a Kubernetes
// cluster or a Compose host.
//
// Steps that write are short and fenced by an epoch; steps that wait never
// write. One step covers one wave on one target.
package workload

import (
	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
)

// Queue gives the task queue whose workers reach a target.
func Queue(target string) string { return "slipway-target-" + target }

// Subject says what a step is about.
type Subject struct {
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	// Target is the kubeconfig context.
	Target    string `json:"target"`
	Namespace string `json:"namespace"`
	// Bundle of the release that the rollout moves to.
	Bundle bundle.Reference `json:"bundle"`
	// Epoch of the attempt. A target that has seen a higher one refuses every write.
	Epoch int64 `json:"epoch,omitempty"`
	// Services that the step touches; empty means all of the bundle.
	Services []string `json:"services,omitempty"`
}

// TakeSnapshotInput asks for a record of what is live now.
type TakeSnapshotInput struct {
	Subject
	// Base is the environment's recorded current release, zero at the first one.
	Base bundle.Reference `json:"base"`
}

// Snapshot is a stored record of the live objects that either release names.
type Snapshot struct {
	Reference bundle.Reference `json:"reference"`
	// Epoch is the highest one that the target has seen.
	Epoch int64 `json:"epoch"`
	// Objects and Absent count what was found and what was not there.
	Objects int `json:"objects"`
	Absent  int `json:"absent"`
}

// CheckTargetInput asks for a dry run of everything.
type CheckTargetInput struct {
	Subject
	// Base is the environment's recorded current release, zero at the first one.
	// What it names may be replaced, even if somebody else has made it anew.
	Base bundle.Reference `json:"base,omitzero"`
	// Hooks that will run on the target.
	Hooks []string `json:"hooks,omitempty"`
}

// CheckResult lists what would change and what stands against it.
type CheckResult struct {
	// Objects counts those of the release, Unchanged those of them that would be
	// left as they are.
	Objects   int `json:"objects,omitempty"`
	Unchanged int `json:"unchanged,omitempty"`
	// Changes are the first hundred.
	Changes []Change `json:"changes,omitempty"`
	// Changed counts them all.
	Changed int `json:"changed,omitempty"`
	// Problems are the first hundred.
	Problems []Problem `json:"problems,omitempty"`
}

// Change is one object that the rollout would write.
type Change struct {
	Service string `json:"service"`
	// Object as kind/name.
	Object string `json:"object"`
	// Action is "create", "update", "replace" or "delete".
	Action Action `json:"action"`
	// Diff says what would differ. Targets give it; the result of CheckTarget,
	// which every rollout keeps, leaves it out.
	Diff *Diff `json:"diff,omitempty"`
}

// Action is what would be done to an object.
type Action string

const (
	// Create means that the object is not there.
	Create Action = "create"
	// Update means that fields of it, or their owners, change.
	Update Action = "update"
	// Replace means that it is deleted and made anew under the same name.
	Replace Action = "replace"
	// Delete means that the release no longer names it.
	Delete Action = "delete"
)

// Problem is one reason not to start.
type Problem struct {
	Service string `json:"service"`
	Object  string `json:"object"`
	// Reason is a stable word: Conflict, Invalid, Forbidden, QuotaExceeded,
	// ImageMissing, NamespaceMissing, NameTaken, SecretMissing, ConfigMapMissing,
	// DisruptionBudget, …
	Reason string `json:"reason"`
	// Message says what is wrong and the way out.
	Message string `json:"message"`
	// Log holds the last lines of a program that found it, redacted, at most 2 KiB.
	Log string `json:"log,omitempty"`
}

// ApplyWaveInput asks to apply the objects of some services.
type ApplyWaveInput struct {
	Subject
	// Snapshot of the target, to hand over fields that the release drops.
	Snapshot bundle.Reference `json:"snapshot"`
	// Base as in CheckTargetInput.
	Base bundle.Reference `json:"base,omitzero"`
}

// ApplyResult counts what an attempt did.
type ApplyResult struct {
	// Written lists the first hundred objects whose resourceVersion moved, as kind/name.
	Written []string `json:"written,omitempty"`
	// Writes counts them all.
	Writes    int `json:"writes,omitempty"`
	Unchanged int `json:"unchanged"`
}

// WatchWaveInput asks to wait until services are healthy or have failed.
type WatchWaveInput struct {
	Subject
	Deadline stack.Duration `json:"deadline"`
}

// Verdict of a watch.
type Verdict string

const (
	// Healthy means that every service runs its new revision, all wanted pods ready.
	Healthy Verdict = "healthy"
	// Failed means that at least one service can't get healthy by itself.
	Failed Verdict = "failed"
	// Late means that the deadline passed before either was certain.
	Late Verdict = "late"
	// Blocked means that a restore waits for a pod that has to be deleted first; restore again.
	Blocked Verdict = "blocked"
)

// WatchResult is what a watch saw last.
type WatchResult struct {
	Verdict  Verdict         `json:"verdict"`
	Services []ServiceStatus `json:"services,omitempty"`
	// Simulated tells that pods run on simulated nodes.
	Simulated bool `json:"simulated,omitempty"`
}

// ServiceStatus is the state of one service on one target. It is also the
// heartbeat detail of the watches (as []ServiceStatus); of more than a hundred
// services only those that are not ready yet, the first hundred of them.
type ServiceStatus struct {
	Service string `json:"service"`
	Ready   int32  `json:"ready"`
	Wanted  int32  `json:"wanted"`
	// Message says in a few words what it waits for.
	Message string   `json:"message,omitempty"`
	Failure *Failure `json:"failure,omitempty"`
}

// Failure names what went wrong so that a person need not look further.
type Failure struct {
	// Object as kind/name.
	Object    string `json:"object"`
	Pod       string `json:"pod,omitempty"`
	Container string `json:"container,omitempty"`
	// Reason is the field's word: CrashLoopBackOff, ImagePullBackOff, FailedCreate, …
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
	// ExitCode is that of the program of a Job, where it ended by itself.
	ExitCode int32 `json:"exitCode,omitempty"`
	// Log holds the last lines of the container, redacted, at most 2 KiB.
	Log string `json:"log,omitempty"`
}

// DeadlineExceeded is the reason of the failure of a Job that was not done in time.
const DeadlineExceeded = "DeadlineExceeded"

// RestoreWaveInput asks to bring services back to a snapshot.
type RestoreWaveInput struct {
	Subject
	Snapshot bundle.Reference `json:"snapshot"`
	Deadline stack.Duration   `json:"deadline"`
}

// RestoreResult names what an attempt did, and what it could not: of each the
// first hundred.
type RestoreResult struct {
	Written  []string  `json:"written,omitempty"`
	Deleted  []string  `json:"deleted,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
}

// PruneTargetInput asks to delete what the new release no longer names.
type PruneTargetInput struct {
	Subject
	// Base is the release that the environment ran before.
	Base bundle.Reference `json:"base"`
}

// PruneResult lists the first hundred deleted objects as kind/name.
type PruneResult struct {
	Deleted []string `json:"deleted,omitempty"`
}
