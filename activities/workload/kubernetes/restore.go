package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
	live, err := c.readAllKnown(ctx, objects)
	if err != nil {
		return result, err
	}
	r := restoration{writer: newWriter(c, fence), result: &result}
	// First what was there comes back, in the order of applying, then what was
	// not goes, in the opposite order: nothing loses what it still refers to.
	for i, e := range entries {
		if e.Live != nil {
			err = r.step(ctx, e, live[i], r.revert)
		}
		if err != nil {
			return result, err
		}
	}
	for i, e := range slices.Backward(entries) {
		if e.Live == nil {
			err = r.step(ctx, e, live[i], r.remove)
		}
		if err != nil {
			return result, err
		}
	}
	return result, r.confirm(ctx)
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

// restoration is one attempt to restore.
type restoration struct {
	*writer
	result *workload.RestoreResult
}

// step brings one object back. What the API server refuses is a problem of this
// object; what keeps us from working at all ends the attempt.
func (r *restoration) step(ctx context.Context, e entry, live *unstructured.Unstructured, change func(context.Context, entry, *unstructured.Unstructured) error) error {
	err := r.race(ctx, e.Named, live, func(live *unstructured.Unstructured) error { return change(ctx, e, live) })
	if err == nil {
		return nil
	}
	if code := codeOf(err); code == fault.Superseded || ctx.Err() != nil {
		return err
	}
	problem, about := problemOf(err, e.object())
	if !about {
		return classify(err, "restoring %s", e.name())
	}
	r.result.Problems = append(r.result.Problems, problem)
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
	touched, err := r.touch(ctx, live)
	if err != nil {
		return err
	}
	config, err := extract(e.Live, manager)
	if err != nil {
		return err
	}
	now := touched
	if appliedEntry(e.Live, manager) != nil || appliedEntry(touched, manager) != nil {
		if now, err = r.reapply(ctx, e, config, touched); err != nil {
			return err
		}
	}
	if now.GetResourceVersion() != live.GetResourceVersion() {
		r.wrote(e)
	}
	if e.Named.GetKind() == kindStatefulSet {
		return r.unblock(ctx, e, now)
	}
	return nil
}

// touch moves the resourceVersion of an object, even of one that equals the
// record: a write that was prepared before is stale from now on.
func (r *restoration) touch(ctx context.Context, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	epoch := strconv.FormatInt(r.fence.scope.Epoch, 10)
	if live.GetAnnotations()[fenceAnnotation] == epoch {
		return live, nil
	}
	config := bare(live)
	config.SetAnnotations(map[string]string{fenceAnnotation: epoch})
	return r.apply(ctx, config, live, fenceManager)
}

// reapply applies what we had applied before. Fields that somebody else has
// taken over in the meantime stay theirs, and are problems.
func (r *restoration) reapply(ctx context.Context, e entry, config, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	now, err := r.handOver(ctx, config, live)
	if err != nil {
		return nil, err
	}
	written, err := r.apply(ctx, config, now, manager)
	if taken := ownershipConflicts(err); len(taken) > 0 {
		problem, _ := problemOf(err, e.object())
		r.problem(problem)
		without := config.DeepCopy()
		for _, conflict := range taken {
			dropField(without, conflict.Field)
		}
		written, err = r.apply(ctx, without, now, manager)
	}
	if err != nil {
		return nil, err
	}
	return r.takeBack(ctx, config, written)
}

// dropField removes a field that a conflict names in dotted notation. What it
// can't find stays, and the API server says so again.
func dropField(config *unstructured.Unstructured, field string) {
	names := strings.Split(strings.TrimPrefix(field, "."), ".")
	unstructured.RemoveNestedField(config.Object, names...)
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
		r.result.Deleted = append(r.result.Deleted, e.name())
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

// recreate brings back an object that is gone.
func (r *restoration) recreate(ctx context.Context, e entry) error {
	config, err := extract(e.Live, manager)
	if err != nil {
		return err
	}
	if appliedEntry(e.Live, manager) == nil {
		r.problem(workload.Problem{
			Service: e.Services[0], Object: e.name(), Reason: reasonGone,
			Message: fmt.Sprintf("%s was there before the release, but is not Slipway's, and somebody deleted it since", e.name()),
		})
		return nil
	}
	if _, err := r.apply(ctx, config, nil, manager); err != nil {
		return err
	}
	r.wrote(e)
	return nil
}

func (r *restoration) wrote(e entry) {
	if !slices.Contains(r.result.Written, e.name()) {
		r.result.Written = append(r.result.Written, e.name())
	}
}

func (r *restoration) problem(problem workload.Problem) {
	if !slices.Contains(r.result.Problems, problem) {
		r.result.Problems = append(r.result.Problems, problem)
	}
}
