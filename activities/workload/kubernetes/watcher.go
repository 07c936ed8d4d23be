package kubernetes

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
)

// subject is one object that a watch is about.
type subject struct {
	object
	// live is the object as it was read when the watch began, nil if it was not
	// there; what the shared watch has seen must not be older.
	live   *unstructured.Unstructured
	health health
	// refused is when its pods were first seen to be refused.
	refused time.Time
	// entry is what the object was, for the watch of a restore.
	entry entry
}

// watcher judges the objects of one wave, over the shared watches of its namespace.
type watcher struct {
	cluster  *cluster
	set      *informerSet
	fence    *fence
	scope    workload.Scope
	services []string
	subjects []*subject
	judge    judge
	report   workload.Report
	told     []workload.ServiceStatus
	judgeOne func(*subject) health
	// needed is since when another restore would help.
	needed time.Time
}

func (c *cluster) newWatcher(next workload.Scope, report workload.Report) (*watcher, error) {
	objects, err := parse(next.Services)
	if err != nil {
		return nil, err
	}
	subjects := make([]*subject, 0, len(objects))
	for _, o := range objects {
		subjects = append(subjects, &subject{object: o})
	}
	w, err := c.watcherOf(next, subjects, report)
	if err != nil {
		return nil, err
	}
	w.judgeOne = w.judgeLive
	return w, nil
}

func (c *cluster) watcherOf(next workload.Scope, subjects []*subject, report workload.Report) (*watcher, error) {
	set, err := c.informers.acquire(next.Namespace)
	if err != nil {
		return nil, err
	}
	w := &watcher{
		cluster: c, set: set, fence: newFence(c, next), scope: next, subjects: subjects, report: report,
		judge: judge{restarts: map[restartKey]int32{}},
	}
	for _, service := range next.Services {
		w.services = append(w.services, service.Name)
	}
	var kinds []string
	for _, s := range subjects {
		if kind := watchedKind(s.Unstructured); kind != "" {
			kinds = append(kinds, kind)
		}
	}
	if err := set.watchKinds(kinds...); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *watcher) close() { w.cluster.informers.release(w.set) }

// watchedKind gives the kind of a workload with rules of its own, else nothing.
func watchedKind(u *unstructured.Unstructured) string {
	gvk := u.GroupVersionKind()
	switch gvk.Group + "/" + gvk.Kind {
	case "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "batch/Job":
		return gvk.Kind
	default:
		return ""
	}
}

// readFloors reads every object once: what the shared watch shows may be older
// than what was applied a moment ago.
func (w *watcher) readFloors(ctx context.Context) error {
	objects := make([]object, len(w.subjects))
	for i, s := range w.subjects {
		objects[i] = s.object
	}
	live, err := w.cluster.readAllKnown(ctx, objects)
	if err != nil {
		return err
	}
	for i, s := range w.subjects {
		s.live = live[i]
	}
	return nil
}

// poll asks again for what is not watched and not done.
func (w *watcher) poll(ctx context.Context) error {
	for _, s := range w.subjects {
		if s.health.done || watchedKind(s.Unstructured) != "" && !s.leaving() {
			continue
		}
		live, err := w.cluster.read(ctx, s.Unstructured)
		if err != nil {
			return untilCancelled(ctx, err)
		}
		s.live = live
	}
	return nil
}

// leaving tells an object that a restore takes away.
func (s *subject) leaving() bool { return s.entry.Named != nil && s.entry.Live == nil }

// untilCancelled forgives an API server that does not answer: the next poll
// asks again, and the deadline bounds it all.
func untilCancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isPassing(err) {
		return nil
	}
	return err
}

// judgeAll judges every object and gives the time after which to judge again at
// the latest.
func (w *watcher) judgeAll() time.Duration {
	recheck := fallbackInterval
	for _, s := range w.subjects {
		w.judge.refusedFor = s.refusedFor
		s.health = w.judgeOne(s)
		if s.health.recheck > 0 {
			recheck = min(recheck, s.health.recheck)
		} else if s.health.failure == nil {
			s.refused = time.Time{}
		}
	}
	return recheck
}

// refusedFor tells how long its pods have been refused; the first time it asks
// begins the count.
func (s *subject) refusedFor() time.Duration {
	if s.refused.IsZero() {
		s.refused = time.Now()
	}
	return time.Since(s.refused)
}

// statuses sums the objects up by service, in the order of the scope.
func (w *watcher) statuses() []workload.ServiceStatus {
	services := make([]workload.ServiceStatus, len(w.services))
	places := make(map[string]int, len(w.services))
	for i, name := range w.services {
		services[i].Service = name
		places[name] = i
	}
	for _, s := range w.subjects {
		place, named := places[s.service]
		if !named {
			continue
		}
		summed := &services[place]
		summed.Ready += s.health.ready
		summed.Wanted += s.health.wanted
		if summed.Failure == nil {
			summed.Failure = s.health.failure
		}
		if summed.Message == "" && !s.health.done && s.health.failure == nil && s.health.waiting != "" {
			summed.Message = s.health.waiting
		}
	}
	return services
}
