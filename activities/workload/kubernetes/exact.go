package kubernetes

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// fieldDifference is one field that is not as it was.
type fieldDifference struct {
	path fieldpath.Path
	// value tells that the value differs, not only who owns it.
	value bool
	// contested tells that others own it now: applying would be refused.
	contested bool
	// takenBy names who has taken the field over since, if somebody has.
	takenBy string
}

// differences compares a live object with its record in the fields of a scope:
// their values, and their owners. What a recorded owner has done with its own
// field since is its business.
func differences(e entry, now *unstructured.Unstructured, scope *fieldpath.Set) []fieldDifference {
	then := e.Live
	before, after := ownership(then), ownership(now)
	var found []fieldDifference
	scope.Leaves().Difference(identifying).Iterate(func(path fieldpath.Path) {
		was, had := lookUp(then.Object, path)
		is, has := lookUp(now.Object, path)
		if !had && !has {
			return // an empty map was applied: it is owned, but the API server keeps none
		}
		recorded, owners := before.of(path), after.of(path)
		value := had != has || !equal(was, is)
		if value && has && theirs(owners, recorded) || !value && sameOwners(owners, recorded) {
			return
		}
		d := fieldDifference{path: path.Copy(), value: value}
		if value {
			d.contested = slices.ContainsFunc(owners, func(o owner) bool { return !o.applies() })
			d.takenBy = taker(owners, recorded, e.scaled)
		}
		found = append(found, d)
	})
	return found
}

// theirs tells a field that only owners from before have, none of them we.
func theirs(owners, recorded []owner) bool {
	return len(owners) > 0 && !slices.ContainsFunc(owners, func(o owner) bool {
		return o.ours() || !slices.Contains(recorded, o)
	})
}

// sameOwners tells whether every owner of before still owns a field, and we own
// it exactly if we did. Who joined in the meantime is none of our business.
func sameOwners(owners, recorded []owner) bool {
	for _, owner := range recorded {
		if !slices.Contains(owners, owner) {
			return false
		}
	}
	return !slices.ContainsFunc(owners, func(o owner) bool { return o.ours() && !slices.Contains(recorded, o) })
}

// taker names an owner that was none before. An autoscaler that the release
// brought goes with it, and leaves what it scaled to us.
func taker(owners, recorded []owner, scaled bool) string {
	for _, owner := range owners {
		if owner.ours() || slices.Contains(recorded, owner) || scaled && owner.subresource == "scale" {
			continue
		}
		return owner.manager
	}
	return ""
}

func (d fieldDifference) String() string {
	switch {
	case d.takenBy != "":
		return fmt.Sprintf("%s was changed by %q since the release began", d.path, d.takenBy)
	case d.value:
		return fmt.Sprintf("%s has another value", d.path)
	default:
		return fmt.Sprintf("%s has another owner", d.path)
	}
}

// owner is one entry of an object's managed fields.
type owner struct {
	manager, operation, subresource string
}

// ours tells the managers that write for a release.
func (o owner) ours() bool { return o.manager == manager || o.manager == handoverManager }

// applies tells the owners whose fields we may apply: the API server counts what
// we updated as somebody else's.
func (o owner) applies() bool {
	return o.ours() && o.operation == string(metav1.ManagedFieldsOperationApply)
}

func ownerIn(entry *metav1.ManagedFieldsEntry) owner {
	return owner{manager: entry.Manager, operation: string(entry.Operation), subresource: entry.Subresource}
}

// owned holds the fields of each owner.
type owned map[owner]*fieldpath.Set

func ownership(u *unstructured.Unstructured) owned {
	all := owned{}
	for _, entry := range u.GetManagedFields() {
		set, err := fieldsOf(&entry)
		if err != nil {
			continue
		}
		key := ownerIn(&entry)
		if known := all[key]; known != nil {
			set = set.Union(known)
		}
		all[key] = set
	}
	return all
}

// of lists the owners of one field.
func (o owned) of(path fieldpath.Path) []owner {
	var found []owner
	for key, set := range o {
		if set.Has(path) {
			found = append(found, key)
		}
	}
	return found
}

// released gives the fields that releases own in an object.
func released(u *unstructured.Unstructured) *fieldpath.Set {
	fields := fieldpath.NewSet()
	if u == nil {
		return fields
	}
	for key, set := range ownership(u) {
		if key.ours() {
			fields = fields.Union(set)
		}
	}
	return fields
}

// fieldsIn gives the fields that a manifest sets, none for kinds whose schema is
// not known here: what such a release set is then only seen in who owns what.
func fieldsIn(config *unstructured.Unstructured) *fieldpath.Set {
	typedConfig := withSchema(config)
	if typedConfig == nil {
		return fieldpath.NewSet()
	}
	fields, err := typedConfig.ToFieldSet()
	if err != nil {
		return fieldpath.NewSet()
	}
	return fields
}
