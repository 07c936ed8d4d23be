package kubernetes

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// Prune deletes what the release no longer names, and old config. See workload.Target.
func (c *cluster) Prune(ctx context.Context, next, base workload.Scope) (workload.PruneResult, error) {
	var result workload.PruneResult
	dropped, err := droppedObjects(next, base)
	if err != nil {
		return result, err
	}
	live, err := c.readAllKnown(ctx, dropped)
	if err != nil {
		return result, err
	}
	var doomed []*unstructured.Unstructured
	for _, old := range slices.Backward(live) {
		if old != nil {
			doomed = append(doomed, old)
		}
	}
	configs, err := c.staleConfigs(ctx, next)
	if err != nil {
		return result, err
	}
	doomed = append(doomed, configs...)
	if len(doomed) == 0 {
		return result, nil
	}
	fence := newFence(c, next)
	if err := fence.raise(ctx); err != nil {
		return result, err
	}
	w := newWriter(c, fence, holdings{stack: next.Stack})
	for _, old := range doomed {
		deleted, err := w.prune(ctx, old)
		if err != nil {
			return result, classify(err, "pruning %s", objectName(old))
		}
		if deleted {
			result.Deleted = append(result.Deleted, objectName(old))
		}
	}
	return result, nil
}

// prune deletes an object that is still ours and as it was read, and tells
// whether it did.
func (w *writer) prune(ctx context.Context, read *unstructured.Unstructured) (bool, error) {
	deleted := false
	err := w.race(ctx, bare(read), read, func(live *unstructured.Unstructured) error {
		if live == nil || live.GetDeletionTimestamp() != nil || !managed(live, w.held.stack) {
			return nil
		}
		if err := w.fence.fresh(ctx); err != nil {
			return err
		}
		if err := w.deleteUnchanged(ctx, live); err != nil {
			return err
		}
		deleted = true
		return nil
	})
	return deleted, err
}

// droppedObjects gives what the base names and the release does not, but for
// what is never deleted, and for config: a rollback needs that of the base.
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
		return named[identityOf(o.Unstructured)] || kept(o.Unstructured) || isConfig(o.Unstructured)
	}), nil
}

// managed tells an object that we applied, for this stack, and whose labels
// nobody has taken away to keep it from us.
func managed(live *unstructured.Unstructured, stackName string) bool {
	labels := live.GetLabels()
	return labels[stack.ManagedByLabel] == stack.Manager && labels[stack.StackLabel] == stackName &&
		appliedEntry(live, manager) != nil
}
