package kubernetes

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
)

const (
	// kindPatience is how long a kind may take to be served after its definition
	// was applied; seconds when the API server is busy.
	kindPatience = 20 * time.Second
	kindInterval = 200 * time.Millisecond
)

// bringsKind tells whether a release carries the definition of an object's kind.
func bringsKind(objects []object, o object) bool {
	return slices.ContainsFunc(objects, func(candidate object) bool {
		if candidate.GetKind() != "CustomResourceDefinition" {
			return false
		}
		kind, _, err := unstructured.NestedString(candidate.Object, "spec", "names", "kind")
		return err == nil && kind == o.GetKind()
	})
}

// awaitKind waits until the API server serves a kind whose definition the
// release has just brought.
func (c *cluster) awaitKind(ctx context.Context, objects []object, o object) error {
	_, err := c.mapping(o.GroupVersionKind())
	if fault.CodeOf(err) != fault.InvalidInput || !bringsKind(objects, o) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, kindPatience)
	defer cancel()
	tick := time.NewTicker(kindInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "waiting for the cluster to serve %s: %w", o.GetKind(), err)
		}
		if _, err = c.mapping(o.GroupVersionKind()); fault.CodeOf(err) != fault.InvalidInput {
			return err
		}
	}
}
