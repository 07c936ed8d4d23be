package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
)

// leavingInterval is how often an object that is being deleted is asked for:
// its kind may not be watched, and a rollout waits for nothing else then.
const leavingInterval = 200 * time.Millisecond

// againPatience is how long a difference has to last before another restore is
// asked for. It bounds how fast the two can take turns.
const againPatience = time.Second

// WatchRestore waits until the scope's services are as they were. See workload.Target.
func (c *cluster) WatchRestore(ctx context.Context, next workload.Scope, content []byte, deadline time.Duration, report workload.Report) (workload.WatchResult, error) {
	entries, err := openRecord(content, next)
	if err != nil {
		return workload.WatchResult{}, err
	}
	w, err := c.newRestoreWatcher(next, entries, report)
	if err != nil {
		return workload.WatchResult{}, err
	}
	defer w.close()
	watching, cancel := context.WithTimeoutCause(ctx, deadline, errLate)
	defer cancel()
	result, err := w.run(watching, w.decideRestore)
	return w.ended(ctx, watching, result, err)
}

// decideRestore looks at the objects themselves only when their health is as it
// was: that costs a request for each.
func (w *watcher) decideRestore(ctx context.Context) (workload.Verdict, error) {
	if w.blocked() {
		return workload.Blocked, nil
	}
	for _, s := range w.subjects {
		if !s.health.done {
			return "", nil
		}
	}
	objects := make([]object, len(w.subjects))
	for i, s := range w.subjects {
		objects[i] = s.object
	}
	live, err := w.cluster.readAllKnown(ctx, objects)
	if err != nil {
		return "", err
	}
	same, again := true, false
	for i, s := range w.subjects {
		s.live = live[i]
		gap := compare(s.entry, live[i])
		if gap.text == "" {
			continue
		}
		same = false
		again = again || gap.restorable
		s.health.done = false
		s.health.waiting = gap.text
	}
	if same {
		return workload.Healthy, nil
	}
	w.tell()
	return w.askAgain(again), nil
}

// askAgain gives Blocked when another restore would help, and the need for it
// does not pass by itself: somebody wrote between the restore and this watch.
func (w *watcher) askAgain(needed bool) workload.Verdict {
	if !needed {
		w.needed = time.Time{}
		return ""
	}
	if w.needed.IsZero() {
		w.needed = time.Now()
	}
	if time.Since(w.needed) < againPatience {
		return ""
	}
	return workload.Blocked
}

// blocked tells whether a StatefulSet waits for a pod that has to be deleted.
func (w *watcher) blocked() bool {
	for _, s := range w.subjects {
		if s.entry.Live == nil || watchedKind(s.Unstructured) != kindStatefulSet {
			continue
		}
		set, found := w.set.statefulSet(s.GetName())
		if found && !s.newerThan(set) && set.Status.ObservedGeneration >= set.Generation &&
			len(blocking(set, w.set.podsOf(set.UID))) > 0 {
			return true
		}
	}
	return false
}

// judgeRestored judges an object by what it was: what was absent has to be
// gone, and a workload has to run its own revision with as many ready pods.
func (w *watcher) judgeRestored(s *subject) health {
	if s.entry.Live == nil {
		if s.live == nil || kept(s.live) || appliedEntry(s.live, manager) == nil {
			return health{done: true}
		}
		return health{waiting: s.name() + " is still being deleted", recheck: leavingInterval}
	}
	if watchedKind(s.Unstructured) == "" {
		return health{done: true} // compared with the record in the end
	}
	h := w.judgeLive(s)
	// A pod that fails now may have failed before as well; the count decides.
	h.failure = nil
	if !h.done && h.settled && int64(h.ready) >= s.entry.Ready {
		h.done = true
	}
	return h
}

func (c *cluster) newRestoreWatcher(next workload.Scope, entries []entry, report workload.Report) (*watcher, error) {
	subjects := make([]*subject, 0, len(entries))
	for _, e := range entries {
		subjects = append(subjects, &subject{object: e.object(), entry: e})
	}
	w, err := c.watcherOf(next, subjects, report)
	if err != nil {
		return nil, err
	}
	w.judgeOne = w.judgeRestored
	for _, e := range entries {
		// Services that only the base had are restored with the whole release.
		if !slices.Contains(w.services, e.Services[0]) {
			w.services = append(w.services, e.Services[0])
		}
	}
	return w, nil
}

// gap is what keeps an object from being as recorded.
type gap struct {
	text string
	// restorable tells that another restore would close it.
	restorable bool
}

func compare(e entry, live *unstructured.Unstructured) gap {
	switch {
	case e.Live == nil && (live == nil || kept(live) || appliedEntry(live, manager) == nil):
		return gap{}
	case e.Live == nil:
		return gap{text: e.name() + " is still there", restorable: !goneSoon(live)}
	case live == nil:
		return gap{text: e.name() + " is gone", restorable: e.recreatable()}
	case goneSoon(live):
		return gap{text: e.name() + " is being deleted"}
	}
	if e.config && !samePayload(e.Live, live) {
		return gap{text: e.name() + " has other content", restorable: true}
	}
	for _, d := range differences(e, live, e.fields.Union(released(live))) {
		return gap{text: fmt.Sprintf("%s: %s", e.name(), d), restorable: d.takenBy == ""}
	}
	return gap{}
}
