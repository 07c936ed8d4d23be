package kubernetes

import (
	"context"
	"errors"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
)

// writer changes objects behind a fence. It is safe for concurrent use.
type writer struct {
	cluster *cluster
	fence   *fence
	held    holdings

	mu sync.Mutex
	// created holds what this attempt created, to be undone should it turn out
	// that the epoch was over by then.
	created []*unstructured.Unstructured
}

func newWriter(c *cluster, f *fence, held holdings) *writer {
	return &writer{cluster: c, fence: f, held: held}
}

func (w *writer) remember(created *unstructured.Unstructured) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.created = append(w.created, created)
}

// admit refuses an object that a restore with a newer epoch has touched. Such
// an object was read after the restore, so that its resourceVersion is no help.
func (w *writer) admit(live *unstructured.Unstructured) error {
	if live == nil {
		return nil
	}
	return w.fence.compare(w.fence.touchedAt(live))
}

// apply applies a configuration as one manager, bound to the live object that
// was read: if that changed or went away in between, the error is a stale one.
// It gives the object as it is then.
func (w *writer) apply(ctx context.Context, config, live *unstructured.Unstructured, as string) (*unstructured.Unstructured, error) {
	bound := config.DeepCopy()
	if live == nil {
		if err := w.fence.fresh(ctx); err != nil {
			return nil, err
		}
	} else {
		bound.SetUID(live.GetUID())
		bound.SetResourceVersion(live.GetResourceVersion())
	}
	resource, err := w.cluster.resource(bound)
	if err != nil {
		return nil, err
	}
	options := metav1.ApplyOptions{FieldManager: as}
	written, err := resource.Apply(ctx, bound.GetName(), bound, options)
	if onlyOurs(err) {
		options.Force = true
		written, err = resource.Apply(ctx, bound.GetName(), bound, options)
	}
	if err != nil {
		return nil, err
	}
	if live == nil {
		w.remember(written)
	}
	return written, nil
}

// race runs a change on the live object, again and again as long as somebody
// else is faster or the change was only the first half.
func (w *writer) race(ctx context.Context, u, live *unstructured.Unstructured, change func(live *unstructured.Unstructured) error) error {
	for attempt := range raceAttempts {
		if attempt > 0 {
			if err := w.fence.pass(ctx); err != nil {
				return err
			}
			var err error
			if live, err = w.cluster.read(ctx, u); err != nil {
				return err
			}
		}
		if err := w.admit(live); err != nil {
			return err
		}
		err := change(live)
		if err == nil || !isStale(err) && !errors.Is(err, errReplaced) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "writing %s: somebody else was faster %d times", objectName(u), raceAttempts)
}

// confirm looks at the fence once more after objects were created, because
// nothing makes a late create stale. What turns out to be late is deleted.
func (w *writer) confirm(ctx context.Context) error {
	if len(w.created) == 0 {
		return nil
	}
	err := w.fence.pass(ctx)
	if fault.CodeOf(err) != fault.Superseded {
		return err
	}
	for _, late := range w.created {
		if kept(late) {
			continue
		}
		if deleting := w.cluster.deleteExactly(ctx, late); deleting != nil {
			return deleting
		}
	}
	return err
}

// deleteExactly deletes the very object that was read or created, whatever has
// become of it since.
func (c *cluster) deleteExactly(ctx context.Context, u *unstructured.Unstructured) error {
	resource, err := c.resource(u)
	if err != nil {
		return err
	}
	uid, propagation := u.GetUID(), propagationOf(u)
	err = resource.Delete(ctx, u.GetName(), metav1.DeleteOptions{
		Preconditions:     &metav1.Preconditions{UID: &uid},
		PropagationPolicy: &propagation,
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // gone already, or another object by now
	}
	return classify(err, "deleting %s", objectName(u))
}

// deleteUnchanged deletes the live object if nobody has written to it since it
// was read.
func (w *writer) deleteUnchanged(ctx context.Context, live *unstructured.Unstructured) error {
	resource, err := w.cluster.resource(live)
	if err != nil {
		return err
	}
	uid, version, propagation := live.GetUID(), live.GetResourceVersion(), propagationOf(live)
	err = resource.Delete(ctx, live.GetName(), metav1.DeleteOptions{
		Preconditions:     &metav1.Preconditions{UID: &uid, ResourceVersion: &version},
		PropagationPolicy: &propagation,
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// propagationOf deletes workloads in the foreground: that they are gone then
// means that their pods are gone too.
func propagationOf(u *unstructured.Unstructured) metav1.DeletionPropagation {
	switch gk := u.GroupVersionKind().GroupKind(); gk.Group {
	case "apps", "batch":
		return metav1.DeletePropagationForeground
	default:
		return metav1.DeletePropagationBackground
	}
}
