package kubernetes

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Apply writes the objects of the scope. See workload.Target.
//
// It goes kind by kind, and writes the objects of a kind side by side.
func (c *cluster) Apply(ctx context.Context, next, base workload.Scope) (workload.ApplyResult, error) {
	objects, err := parse(next.Services)
	if err != nil {
		return workload.ApplyResult{}, err
	}
	if err := c.ensureNamespace(ctx, next); err != nil {
		return workload.ApplyResult{}, err
	}
	fence := newFence(c, next)
	if err := fence.raise(ctx); err != nil {
		return workload.ApplyResult{}, err
	}
	brought, err := parse(next.All())
	if err != nil {
		return workload.ApplyResult{}, err
	}
	held, err := holdingsOf(next, base)
	if err != nil {
		return workload.ApplyResult{}, err
	}
	live, err := c.readAllKnown(ctx, objects)
	if err != nil {
		return workload.ApplyResult{}, err
	}
	w := newWriter(c, fence, held)
	result, err := w.bringAll(ctx, objects, live, brought)
	// What an attempt created must not stay when its epoch was over.
	if late := w.confirm(ctx); err == nil || fault.CodeOf(late) == fault.Superseded {
		err = late
	}
	return result, err
}

// bringAll writes the objects in stages. What was written before a failure is
// not told: the next attempt finds it.
func (w *writer) bringAll(ctx context.Context, objects []object, live []*unstructured.Unstructured, brought []object) (workload.ApplyResult, error) {
	written := make([]bool, len(objects))
	for _, stage := range stages(objects) {
		err := inParallel(stage, func(i int) error {
			if err := w.cluster.awaitKind(ctx, brought, objects[i]); err != nil {
				return err
			}
			var err error
			written[i], err = w.bring(ctx, objects[i], live[i])
			return err
		})
		if err != nil {
			return workload.ApplyResult{}, err
		}
	}
	var result workload.ApplyResult
	for i, o := range objects {
		if written[i] {
			result.Written = append(result.Written, o.name())
		} else {
			result.Unchanged++
		}
	}
	return result, nil
}

// bring makes one object what the release says, and tells whether that took a write.
func (w *writer) bring(ctx context.Context, o object, live *unstructured.Unstructured) (bool, error) {
	written := false
	err := w.race(ctx, o.Unstructured, live, func(live *unstructured.Unstructured) error {
		if live == nil {
			_, err := w.apply(ctx, o.Unstructured, nil, manager)
			written = written || err == nil
			return err
		}
		if err := joinable(o, live); err != nil {
			return err
		}
		if err := w.held.refuse(o, live); err != nil {
			return err
		}
		if isConfig(o.Unstructured) && !samePayload(live, o.Unstructured) {
			return w.replace(ctx, live)
		}
		now, err := w.align(ctx, o, live)
		if err != nil {
			return err
		}
		written = written || now.GetResourceVersion() != live.GetResourceVersion()
		return nil
	})
	return written, describeWrite(err, o)
}

// align applies what the release says to an object that is there, and gives it
// as it is then.
func (w *writer) align(ctx context.Context, o object, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if unchanged(live, o.Unstructured) {
		return w.keepAlive(ctx, o, live)
	}
	now, err := w.handOver(ctx, o.Unstructured, live)
	if err != nil {
		return nil, err
	}
	if now, err = w.apply(ctx, o.Unstructured, now, manager); err != nil {
		return nil, err
	}
	return w.takeBack(ctx, o.Unstructured, now)
}

// ensureNamespace creates the namespace when the release brings it. The fence
// lies in it, so that this one write comes before the fence; it is safe because
// an existing namespace is left alone here.
func (c *cluster) ensureNamespace(ctx context.Context, next workload.Scope) error {
	exists, err := c.namespaceExists(ctx, next.Namespace)
	if err != nil || exists {
		return err
	}
	objects, err := parse(next.All())
	if err != nil {
		return err
	}
	brought := namespaceObject(objects, next.Namespace)
	if brought == nil {
		return fault.New(fault.NotFound, "%s", missingNamespace(c.name, next.Namespace))
	}
	resource, err := c.resource(brought)
	if err != nil {
		return err
	}
	_, err = resource.Apply(ctx, brought.GetName(), brought, metav1.ApplyOptions{FieldManager: manager})
	return classify(err, "creating namespace %q", next.Namespace)
}

func (c *cluster) namespaceExists(ctx context.Context, name string) (bool, error) {
	live, visible, err := c.namespace(ctx, name)
	return live != nil || !visible, err
}

// namespace reads a namespace. Whoever works in one need not be allowed to see
// the namespace itself: then it is not visible, and taken to be there.
func (c *cluster) namespace(ctx context.Context, name string) (live *unstructured.Unstructured, visible bool, err error) {
	namespace := &unstructured.Unstructured{}
	namespace.SetAPIVersion("v1")
	namespace.SetKind("Namespace")
	namespace.SetName(name)
	live, err = c.read(ctx, namespace)
	if apierrors.IsForbidden(err) {
		return nil, false, nil
	}
	return live, true, err
}

func namespaceObject(objects []object, name string) *unstructured.Unstructured {
	for _, o := range objects {
		if o.GroupVersionKind().Group == "" && o.GetKind() == "Namespace" && o.GetName() == name {
			return o.Unstructured
		}
	}
	return nil
}

func missingNamespace(cluster, namespace string) string {
	return fmt.Sprintf("cluster %q has no namespace %q: create it (kubectl --context %s create namespace %s), or put a Namespace object into the manifests",
		cluster, namespace, cluster, namespace)
}

// describeWrite says what stood against a write, the owners of fields by name.
func describeWrite(err error, o object) error {
	conflicts := ownershipConflicts(err)
	if len(conflicts) == 0 {
		return classify(err, "writing %s of service %q", o.name(), o.service)
	}
	fields := make([]string, 0, len(conflicts))
	for _, conflict := range conflicts {
		fields = append(fields, describeConflict(conflict))
	}
	return fault.New(fault.Conflict, "writing %s of service %q: %s", o.name(), o.service, strings.Join(fields, "; "))
}
