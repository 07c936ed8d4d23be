package kubernetes

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// Prune deletes what the release no longer names. See workload.Target.
func (c *cluster) Prune(ctx context.Context, next, base workload.Scope) (workload.PruneResult, error) {
	var result workload.PruneResult
	dropped, err := droppedObjects(next, base)
	if err != nil || len(dropped) == 0 {
		return result, err
	}
	fence := newFence(c, next)
	if err := fence.raise(ctx); err != nil {
		return result, err
	}
	live, err := c.readAllKnown(ctx, dropped)
	if err != nil {
		return result, err
	}
	w := newWriter(c, fence)
	for i, o := range slices.Backward(dropped) {
		err := w.race(ctx, o.Unstructured, live[i], func(live *unstructured.Unstructured) error {
			if live == nil || live.GetDeletionTimestamp() != nil || !managed(live, next.Stack) {
				return nil
			}
			if err := w.deleteUnchanged(ctx, live); err != nil {
				return err
			}
			result.Deleted = append(result.Deleted, o.name())
			return nil
		})
		if err != nil {
			return result, classify(err, "pruning %s", o.name())
		}
	}
	return result, nil
}

// droppedObjects gives what the base names and the release does not, but for
// what is never deleted.
func droppedObjects(next, base workload.Scope) ([]object, error) {
	wanted, err := parse(next.All())
	if err != nil {
		return nil, err
	}
	named := map[identity]bool{}
	for _, o := range wanted {
		named[identityOf(o.Unstructured)] = true
	}
	old, err := parse(base.All())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(old, func(o object) bool {
		return named[identityOf(o.Unstructured)] || kept(o.Unstructured)
	}), nil
}

// managed tells an object that we applied, for this stack, and whose labels
// nobody has taken away to keep it from us.
func managed(live *unstructured.Unstructured, stackName string) bool {
	labels := live.GetLabels()
	return labels[stack.ManagedByLabel] == stack.Manager && labels[stack.StackLabel] == stackName &&
		appliedEntry(live, manager) != nil
}
