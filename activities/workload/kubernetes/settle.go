package kubernetes

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// settle gives others back what was theirs: the value first, then the
// ownership, which the API server takes as it is told when no value changes.
// After a release that forced nothing there is nothing to do.
func (r *restoration) settle(ctx context.Context, e entry, live *unstructured.Unstructured, scope *fieldpath.Set) (*unstructured.Unstructured, error) {
	var open []fieldpath.Path
	for _, d := range differences(e, live, scope) {
		if d.takenBy == "" {
			open = append(open, d.path)
		}
	}
	if len(open) == 0 {
		return live, nil
	}
	valued := withValues(e.Live, live, open)
	if !equal(valued.Object, live.Object) {
		var err error
		if live, err = r.update(ctx, valued); err != nil {
			return nil, err
		}
	}
	owned, err := withOwners(e.Live, live, open)
	if err != nil {
		return nil, err
	}
	return r.update(ctx, owned)
}

func withValues(then, live *unstructured.Unstructured, paths []fieldpath.Path) *unstructured.Unstructured {
	wanted := live.DeepCopy()
	for _, path := range paths {
		was, had := lookUp(then.Object, path)
		var root any
		if had {
			root = with(wanted.Object, path, was)
		} else {
			root = without(wanted.Object, path)
		}
		wanted.Object, _ = root.(map[string]any)
	}
	return wanted
}

// withOwners rewrites who owns the fields, and nothing else.
func withOwners(then, live *unstructured.Unstructured, paths []fieldpath.Path) (*unstructured.Unstructured, error) {
	before := ownership(then)
	fields := fieldpath.NewSet(paths...)
	wanted := live.DeepCopy()
	entries := wanted.GetManagedFields()
	for i := range entries {
		set, err := fieldsOf(&entries[i])
		if err != nil {
			return nil, err
		}
		set = set.Difference(fields)
		for _, path := range paths {
			if slices.Contains(before.of(path), ownerIn(&entries[i])) {
				set.Insert(path)
			}
		}
		if err := putFields(&entries[i], set); err != nil {
			return nil, err
		}
	}
	entries = append(entries, lostEntries(then, entries, fields)...)
	wanted.SetManagedFields(slices.DeleteFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.FieldsV1 == nil
	}))
	return wanted, nil
}

// lostEntries brings back managers that own nothing any more, with those of
// the fields that they had.
func lostEntries(then *unstructured.Unstructured, present []metav1.ManagedFieldsEntry, fields *fieldpath.Set) []metav1.ManagedFieldsEntry {
	var lost []metav1.ManagedFieldsEntry
	for _, entry := range then.GetManagedFields() {
		if slices.ContainsFunc(present, func(p metav1.ManagedFieldsEntry) bool { return ownerIn(&p) == ownerIn(&entry) }) {
			continue
		}
		set, err := fieldsOf(&entry)
		if err != nil {
			continue
		}
		if err := putFields(&entry, set.Intersection(fields)); err == nil && entry.FieldsV1 != nil {
			lost = append(lost, entry)
		}
	}
	return lost
}

// putFields writes a set into an entry; an empty one leaves none.
func putFields(entry *metav1.ManagedFieldsEntry, set *fieldpath.Set) error {
	if set.Empty() {
		entry.FieldsV1 = nil
		return nil
	}
	raw, err := set.ToJSON()
	if err != nil {
		return fault.New(fault.Internal, "writing managed fields: %w", err)
	}
	entry.FieldsV1 = &metav1.FieldsV1{}
	entry.FieldsV1.SetRawBytes(raw)
	return nil
}

// update writes an object that was made from the live one, whose
// resourceVersion it still has.
func (r *restoration) update(ctx context.Context, wanted *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := r.cluster.resource(wanted)
	if err != nil {
		return nil, err
	}
	return resource.Update(ctx, wanted, metav1.UpdateOptions{FieldManager: manager})
}

// recreate brings back an object that is gone, whole: with what others had set,
// and with its owners.
func (r *restoration) recreate(ctx context.Context, e entry) error {
	if !e.recreatable() {
		r.problem(workload.Problem{
			Service: e.Services[0], Object: e.name(), Reason: reasonGone,
			Message: fmt.Sprintf("%s was there before the release, but it is not Slipway's, and somebody deleted it since", e.name()),
		})
		return nil
	}
	if err := r.fence.fresh(ctx); err != nil {
		return err
	}
	resource, err := r.cluster.resource(e.Named)
	if err != nil {
		return err
	}
	created, err := resource.Create(ctx, newborn(e.Live), metav1.CreateOptions{FieldManager: manager})
	if err != nil {
		return err
	}
	r.remember(created)
	r.wrote(e)
	owned := created.DeepCopy()
	owned.SetManagedFields(appliedOnly(e.Live))
	_, err = r.update(ctx, owned)
	return err
}

// newborn is a recorded object without what only the API server and the
// controllers write. Owners that may be gone are left out: the garbage
// collector would take the object away again.
func newborn(live *unstructured.Unstructured) *unstructured.Unstructured {
	object := live.DeepCopy()
	delete(object.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields", "selfLink", "ownerReferences"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	return object
}

// appliedOnly leaves out the owners of the status, which a new object does not have.
func appliedOnly(live *unstructured.Unstructured) []metav1.ManagedFieldsEntry {
	return slices.DeleteFunc(live.GetManagedFields(), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Subresource == "status"
	})
}
