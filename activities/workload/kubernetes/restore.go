package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Restore brings the scope's services back to the record. See workload.Target.
func (c *cluster) Restore(ctx context.Context, next workload.Scope, content []byte) (workload.RestoreResult, error) {
	var result workload.RestoreResult
	entries, err := openRecord(content, next)
	if err != nil {
		return result, err
	}
	exists, err := c.namespaceExists(ctx, next.Namespace)
	if err != nil {
		return result, err
	}
	if !exists {
		return result, c.restoreNothing(entries, next)
	}
	fence := newFence(c, next)
	if err := fence.raise(ctx); err != nil {
		return result, err
	}
	objects := make([]object, len(entries))
	for i, e := range entries {
		objects[i] = e.object()
	}
	r := &restoration{writer: newWriter(c, fence, holdings{stack: next.Stack}), result: &result}
	err = r.run(ctx, entries, c.readEach(ctx, objects))
	if late := r.confirm(ctx); err == nil || fault.CodeOf(late) == fault.Superseded {
		err = late
	}
	return result, err
}

// restoreNothing is for a namespace that does not exist: right if nothing was
// in it, and beyond repair otherwise.
func (c *cluster) restoreNothing(entries []entry, next workload.Scope) error {
	for _, e := range entries {
		if e.Live != nil && e.Live.GetNamespace() == next.Namespace {
			return fault.New(fault.NotFound, "namespace %q on cluster %q is gone, and with it %s", next.Namespace, c.name, e.name())
		}
	}
	return nil
}

// restoration is one attempt to restore. It is safe for concurrent use.
type restoration struct {
	*writer
	telling sync.Mutex
	result  *workload.RestoreResult
}

// run brings back, in the order of applying, what was there, then takes away,
// in the opposite order, what was not: nothing loses what it still refers to.
// Like an apply it goes kind by kind, and writes those of a kind side by side.
func (r *restoration) run(ctx context.Context, entries []entry, readings []reading) error {
	for _, stage := range entryStages(entries, func(e entry) bool { return e.Live != nil }) {
		err := inParallel(stage, func(i int) error { return r.step(ctx, entries[i], readings[i], r.revert) })
		if err != nil {
			return err
		}
	}
	for _, stage := range slices.Backward(entryStages(entries, func(e entry) bool { return e.Live == nil })) {
		err := inParallel(stage, func(i int) error { return r.step(ctx, entries[i], readings[i], r.remove) })
		if err != nil {
			return err
		}
	}
	return nil
}

// entryStages groups some of the entries like stages. It gives their places.
func entryStages(entries []entry, chosen func(entry) bool) [][]int {
	var objects []object
	var places []int
	for i, e := range entries {
		if chosen(e) {
			objects, places = append(objects, e.object()), append(places, i)
		}
	}
	grouped := stages(objects)
	for _, stage := range grouped {
		for i := range stage {
			stage[i] = places[stage[i]]
		}
	}
	return grouped
}

// step brings one object back. What the API server refuses is a problem of this
// object; what keeps us from working at all ends the attempt.
func (r *restoration) step(ctx context.Context, e entry, read reading, change func(context.Context, entry, *unstructured.Unstructured) error) error {
	err := read.err
	if err == nil {
		err = r.race(ctx, e.Named, read.live, func(live *unstructured.Unstructured) error { return change(ctx, e, live) })
	}
	if err == nil {
		return nil
	}
	if fault.CodeOf(err) == fault.Superseded || ctx.Err() != nil {
		return err
	}
	problem, about := problemOf(err, e.object())
	if !about {
		return classify(err, "restoring %s", e.name())
	}
	r.problem(problem)
	return nil
}

// revert brings back an object that was there.
func (r *restoration) revert(ctx context.Context, e entry, live *unstructured.Unstructured) error {
	if live == nil {
		return r.recreate(ctx, e)
	}
	if goneSoon(live) {
		return nil // WatchRestore asks for another attempt when it is gone
	}
	if e.config && !samePayload(e.Live, live) {
		return r.replace(ctx, live)
	}
	touched, err := r.touch(ctx, live)
	if err != nil {
		return err
	}
	scope := e.fields.Union(released(touched))
	now, err := r.reapply(ctx, e, touched, scope)
	if err != nil {
		return err
	}
	if now, err = r.settle(ctx, e, now, scope); err != nil {
		return err
	}
	if now.GetResourceVersion() != live.GetResourceVersion() {
		r.wrote(e)
	}
	if watchedKind(e.Named) == kindStatefulSet {
		return r.unblock(ctx, now)
	}
	return nil
}

// reapply applies what we had applied before, which also takes away what the
// release added. Fields that somebody else has taken over in the meantime stay
// theirs, and are problems.
func (r *restoration) reapply(ctx context.Context, e entry, live *unstructured.Unstructured, scope *fieldpath.Set) (*unstructured.Unstructured, error) {
	if appliedEntry(e.Live, manager) == nil && appliedEntry(live, manager) == nil {
		return live, nil
	}
	config, err := extract(e.Live, manager)
	if err != nil {
		return nil, err
	}
	for _, d := range differences(e, live, scope) {
		if d.contested {
			config.Object, _ = without(config.Object, d.path).(map[string]any)
		}
		if d.takenBy != "" {
			r.taken(e, d)
		}
	}
	if unchanged(live, config) {
		return live, nil
	}
	now, err := r.handOver(ctx, config, live)
	if err != nil {
		return nil, err
	}
	if now, err = r.apply(ctx, config, now, manager); err != nil {
		return nil, err
	}
	return r.takeBack(ctx, config, now)
}

// remove takes away an object that was not there. What somebody else created
// since loses our fields and stays.
func (r *restoration) remove(ctx context.Context, e entry, live *unstructured.Unstructured) error {
	if live == nil || goneSoon(live) || kept(live) {
		return nil
	}
	if appliedEntry(live, manager) == nil {
		return nil // somebody else's, and we are not in it
	}
	if createdByUs(live) {
		if err := r.deleteUnchanged(ctx, live); err != nil {
			return err
		}
		r.deleted(e.name())
		return nil
	}
	touched, err := r.touch(ctx, live)
	if err != nil {
		return err
	}
	if _, err := r.apply(ctx, bare(touched), touched, manager); err != nil {
		return err
	}
	r.wrote(e)
	r.problem(workload.Problem{
		Service: e.Services[0], Object: e.name(), Reason: reasonNotOurs,
		Message: fmt.Sprintf("%s was not there before the release, and somebody else created it since: it stays, without the fields of the release", e.name()),
	})
	return nil
}

func (r *restoration) deleted(name string) {
	r.telling.Lock()
	defer r.telling.Unlock()
	r.result.Deleted = append(r.result.Deleted, name)
}

func (r *restoration) wrote(e entry) {
	r.telling.Lock()
	defer r.telling.Unlock()
	if !slices.Contains(r.result.Written, e.name()) {
		r.result.Written = append(r.result.Written, e.name())
	}
}

func (r *restoration) problem(problem workload.Problem) {
	r.telling.Lock()
	defer r.telling.Unlock()
	if !slices.Contains(r.result.Problems, problem) {
		r.result.Problems = append(r.result.Problems, problem)
	}
}

func (r *restoration) taken(e entry, d fieldDifference) {
	r.problem(workload.Problem{
		Service: e.Services[0], Object: e.name(), Reason: reasonConflict,
		Message: d.String() + " and stays as it is",
	})
}
