// Package workloadtest holds what every implementation of workload.Target has
// to keep, on the real thing.
package workloadtest

import (
	"slices"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Behavior is how the pods or containers of a service behave.
type Behavior int

// The behaviors that a site can make.
const (
	Good Behavior = iota
	CrashLoop
	NeverReady
)

// Site is a place of the test's own on a target.
type Site interface {
	Target() workload.Target
	// Scope makes the scope of a whole release for this place.
	Scope(epoch int64, services ...workload.Service) workload.Scope
	// Service makes a service of one workload whose pods behave so.
	Service(name, revision string, behavior Behavior) workload.Service
	// Job makes a Job whose one program behaves so: it ends well, ends with an
	// error, or does not end.
	Job(name string, behavior Behavior) workload.Job
	// Runs gives the revision of a service that is there, empty when none is.
	Runs(name string) string
	// Effects counts the writes so far that changed something.
	Effects() int
}

const (
	// patience is far more than any of the steps takes.
	patience = time.Minute
	// rounds is how often a restore may ask for another one.
	rounds = 10
	// blink is how long a watch of something that never ends may be.
	blink = 2 * time.Second
)

// Contract runs every case on a site of its own.
func Contract(t *testing.T, open func(t *testing.T) Site) {
	t.Helper()
	cases := map[string]func(*testing.T, Site){
		"a release is applied and gets healthy":         healthy,
		"a repeated step has no effects":                repeated,
		"a crash loop fails long before the deadline":   failsFast,
		"a service that never gets ready is late":       late,
		"a restore brings back what was there":          restored,
		"a first release is taken away again":           takenAway,
		"an epoch that is over writes nothing":          fenced,
		"what a release no longer names can be deleted": pruned,
		"what differs from a release is told":           compared,
		"what a release would change is told before":    planned,
		"a Job runs once however often it is started":   ranOnce,
		"how each Job ended is told":                    jobsEnded,
		"a Job of an epoch that is over is not started": jobsFenced,
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

func healthy(t *testing.T, site Site) {
	scope := site.Scope(1, site.Service("web", "v1", Good))
	if written := apply(t, site, scope); len(written.Written) == 0 {
		t.Error("nothing was written")
	}
	result := watch(t, site, scope, patience)
	if result.Verdict != workload.Healthy || len(result.Services) != 1 || result.Services[0].Ready < 1 {
		t.Errorf("watch gave %+v", result)
	}
	if runs := site.Runs("web"); runs != "v1" {
		t.Errorf("%q runs, want v1", runs)
	}
}

func repeated(t *testing.T, site Site) {
	old := site.Scope(1, site.Service("web", "v1", Good))
	apply(t, site, old)
	watch(t, site, old, patience)
	before := site.Effects()
	if again := apply(t, site, old); len(again.Written) != 0 {
		t.Errorf("applying again wrote %q", again.Written)
	}
	next := site.Scope(2, site.Service("web", "v2", Good))
	record := record(t, site, next, old)
	if after := site.Effects(); after != before {
		t.Errorf("%d effects became %d", before, after)
	}
	apply(t, site, next)
	next.Epoch = 3
	restore(t, site, next, record)
	before = site.Effects()
	restore(t, site, next, record)
	if after := site.Effects(); after != before {
		t.Errorf("restoring again had %d effects", after-before)
	}
}

func failsFast(t *testing.T, site Site) {
	scope := site.Scope(1, site.Service("web", "v1", CrashLoop))
	apply(t, site, scope)
	result := watch(t, site, scope, patience)
	if result.Verdict != workload.Failed || result.Services[0].Failure == nil || result.Services[0].Failure.Reason == "" {
		t.Errorf("watch gave %+v", result)
	}
}

func late(t *testing.T, site Site) {
	scope := site.Scope(1, site.Service("web", "v1", NeverReady))
	apply(t, site, scope)
	result := watch(t, site, scope, blink)
	if result.Verdict != workload.Late || result.Services[0].Message == "" {
		t.Errorf("watch gave %+v, want late with what it waits for", result)
	}
}

func restored(t *testing.T, site Site) {
	old := site.Scope(1, site.Service("web", "v1", Good))
	apply(t, site, old)
	watch(t, site, old, patience)
	next := site.Scope(2, site.Service("web", "v2", CrashLoop), site.Service("more", "v1", Good))
	record := record(t, site, next, old)
	apply(t, site, next)
	next.Epoch = 3
	restore(t, site, next, record)
	if runs, more := site.Runs("web"), site.Runs("more"); runs != "v1" || more != "" {
		t.Errorf("web runs %q and more %q, want v1 and nothing", runs, more)
	}
}

func takenAway(t *testing.T, site Site) {
	next := site.Scope(1, site.Service("web", "v1", Good))
	record := record(t, site, next, site.Scope(1))
	apply(t, site, next)
	next.Epoch = 2
	restore(t, site, next, record)
	if runs := site.Runs("web"); runs != "" {
		t.Errorf("web still runs %q", runs)
	}
}

func fenced(t *testing.T, site Site) {
	scope := site.Scope(5, site.Service("web", "v1", Good))
	apply(t, site, scope)
	before := site.Effects()
	_, err := site.Target().Apply(t.Context(), site.Scope(4, site.Service("web", "v0", Good)), workload.Scope{})
	if fault.CodeOf(err) != fault.Superseded {
		t.Errorf("error is %v, want %s", err, fault.Superseded)
	}
	if after := site.Effects(); after != before {
		t.Errorf("%d effects became %d", before, after)
	}
}

func pruned(t *testing.T, site Site) {
	old := site.Scope(1, site.Service("web", "v1", Good), site.Service("more", "v1", Good))
	apply(t, site, old)
	next := site.Scope(2, site.Service("web", "v1", Good))
	result, err := site.Target().Prune(t.Context(), next, old)
	if err != nil || len(result.Deleted) == 0 {
		t.Errorf("prune gave %+v, %v", result, err)
	}
	if runs := site.Runs("web"); runs != "v1" {
		t.Errorf("web runs %q, want v1", runs)
	}
}

func compared(t *testing.T, site Site) {
	current := site.Scope(1, site.Service("web", "v1", Good))
	apply(t, site, current)
	before := site.Effects()
	same := compare(t, site, current)
	if same.Objects == 0 || same.Missing+same.Changed+len(same.Differences) > 0 {
		t.Errorf("what was just applied differs: %+v", same)
	}
	if other := compare(t, site, site.Scope(1, site.Service("web", "v2", Good))); other.Changed != 1 || len(other.Differences[0].Fields) == 0 {
		t.Errorf("another revision gives %+v, want its fields", other)
	}
	if gone := compare(t, site, site.Scope(1, site.Service("more", "v1", Good))); gone.Missing == 0 || gone.Differences[0].Kind != workload.Missing {
		t.Errorf("what is not there gives %+v", gone)
	}
	if after := site.Effects(); after != before {
		t.Errorf("comparing had %d effects", after-before)
	}
}

func planned(t *testing.T, site Site) {
	old := site.Scope(1, site.Service("web", "v1", Good), site.Service("gone", "v1", Good))
	apply(t, site, old)
	before := site.Effects()
	if same := check(t, site, old, old); same.Objects == 0 || same.Unchanged != same.Objects || len(same.Changes)+len(same.Problems) > 0 {
		t.Errorf("what was just applied would change: %+v", same)
	}
	found := check(t, site, site.Scope(2, site.Service("web", "v2", Good), site.Service("more", "v1", Good)), old)
	actions := map[string][]workload.Action{}
	for _, change := range found.Changes {
		actions[change.Service] = append(actions[change.Service], change.Action)
		if change.Action == workload.Update && (change.Diff == nil || len(change.Diff.Images)+len(change.Diff.Fields) == 0) {
			t.Errorf("%s would be updated, and nothing tells how", change.Object)
		}
	}
	for service, want := range map[string]workload.Action{"web": workload.Update, "more": workload.Create, "gone": workload.Delete} {
		if !slices.Contains(actions[service], want) {
			t.Errorf("to %s the plan would do %q, want %q", service, actions[service], want)
		}
	}
	if after := site.Effects(); after != before {
		t.Errorf("planning had %d effects", after-before)
	}
}

func check(t *testing.T, site Site, next, base workload.Scope) workload.CheckResult {
	t.Helper()
	result, err := site.Target().Check(t.Context(), next, base)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func compare(t *testing.T, site Site, current workload.Scope) workload.Drift {
	t.Helper()
	drift, err := site.Target().Compare(t.Context(), current, nil)
	if err != nil {
		t.Fatal(err)
	}
	return drift
}

func record(t *testing.T, site Site, next, base workload.Scope) []byte {
	t.Helper()
	found, err := site.Target().Record(t.Context(), next, base)
	if err != nil {
		t.Fatal(err)
	}
	return found.Content
}

func apply(t *testing.T, site Site, scope workload.Scope) workload.ApplyResult {
	t.Helper()
	result, err := site.Target().Apply(t.Context(), scope, workload.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func watch(t *testing.T, site Site, scope workload.Scope, deadline time.Duration) workload.WatchResult {
	t.Helper()
	result, err := site.Target().Watch(t.Context(), scope, deadline, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func restore(t *testing.T, site Site, scope workload.Scope, record []byte) {
	t.Helper()
	for range rounds {
		result, err := site.Target().Restore(t.Context(), scope, record)
		if err != nil || len(result.Problems) > 0 {
			t.Fatalf("restore gave %+v, %v", result, err)
		}
		watched, err := site.Target().WatchRestore(t.Context(), scope, record, patience, nil)
		if err != nil {
			t.Fatal(err)
		}
		if watched.Verdict == workload.Healthy {
			return
		}
		if watched.Verdict != workload.Blocked {
			t.Fatalf("watching the restore gave %+v", watched)
		}
	}
	t.Fatalf("still blocked after %d rounds", rounds)
}
