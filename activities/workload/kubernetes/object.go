package kubernetes

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// object is one object of a release.
type object struct {
	service string
	*unstructured.Unstructured
}

// name as people write it: kind/name.
func (o object) name() string { return objectName(o.Unstructured) }

func objectName(u *unstructured.Unstructured) string { return u.GetKind() + "/" + u.GetName() }

// identity tells objects apart, whatever version they are written in.
type identity struct {
	group, kind, namespace, name string
}

func identityOf(u *unstructured.Unstructured) identity {
	gvk := u.GroupVersionKind()
	return identity{group: gvk.Group, kind: gvk.Kind, namespace: u.GetNamespace(), name: u.GetName()}
}

// parse reads the objects of services, in their order.
func parse(services []workload.Service) ([]object, error) {
	var objects []object
	for _, service := range services {
		for i, raw := range service.Objects {
			u := &unstructured.Unstructured{}
			if err := u.UnmarshalJSON(raw); err != nil {
				return nil, fault.New(fault.InvalidInput, "reading object %d of service %q: %w", i+1, service.Name, err)
			}
			objects = append(objects, object{service: service.Name, Unstructured: u})
		}
	}
	return objects, nil
}

// resource finds where objects of a kind live. A kind that discovery does not
// know is looked up afresh, for a CustomResourceDefinition may have brought it
// since. An object of a cluster-scoped kind loses the namespace that rendering
// gave it.
func (c *cluster) resource(u *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapping(u.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		u.SetNamespace("")
		return c.objects.Resource(mapping.Resource), nil
	}
	return c.objects.Resource(mapping.Resource).Namespace(u.GetNamespace()), nil
}

func (c *cluster) mapping(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		c.mapper.Reset()
		mapping, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	if meta.IsNoMatchError(err) {
		return nil, fault.New(fault.InvalidInput, "cluster %q knows no %s of %s", c.name, kind.Kind, kind.GroupVersion())
	}
	return mapping, classify(err, "asking cluster %q for its kinds", c.name)
}

// read gives the live object, nil when there is none.
func (c *cluster) read(ctx context.Context, u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := c.resource(u)
	if err != nil {
		return nil, err
	}
	live, err := resource.Get(ctx, u.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return live, classify(err, "reading %s", objectName(u))
}

// readAll reads the live objects, some at a time, in the order of the given ones.
func (c *cluster) readAll(ctx context.Context, objects []object) ([]*unstructured.Unstructured, error) {
	live, read := c.readLists(ctx, objects)
	err := inParallel(unread(read), func(i int) error {
		var err error
		live[i], err = c.read(ctx, objects[i].Unstructured)
		return err
	})
	return live, err
}

func unread(read []bool) []int {
	var places []int
	for i, done := range read {
		if !done {
			places = append(places, i)
		}
	}
	return places
}

// reading is what reading one object gave.
type reading struct {
	live *unstructured.Unstructured
	err  error
}

// readEach reads like readAll, but one object that can't be read does not keep
// the others from being read. A kind that the cluster does not know has no objects.
func (c *cluster) readEach(ctx context.Context, objects []object) []reading {
	readings := make([]reading, len(objects))
	live, read := c.readLists(ctx, objects)
	for i := range live {
		readings[i] = reading{live: live[i]}
	}
	_ = inParallel(unread(read), func(i int) error {
		live, err := c.read(ctx, objects[i].Unstructured)
		if fault.CodeOf(err) == fault.InvalidInput {
			err = nil
		}
		readings[i] = reading{live: live, err: err}
		return nil // the errors are in the readings
	})
	return readings
}

// kept kinds are never deleted: what they hold can't be had back.
func kept(u *unstructured.Unstructured) bool {
	gk := u.GroupVersionKind().GroupKind()
	return slices.Contains([]schema.GroupKind{
		{Kind: "Namespace"},
		{Kind: "PersistentVolumeClaim"},
		{Kind: "PersistentVolume"},
		{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"},
	}, gk)
}
