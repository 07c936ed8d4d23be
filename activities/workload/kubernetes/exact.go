package kubernetes

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// difference compares two states of one object in every field that a release
// applied to either, values and owners, and describes the first one that differs.
func difference(then, now *unstructured.Unstructured) string {
	found := differences(then, now)
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s %s", objectName(then), found[0].path, found[0].problem)
}

// fieldDifference is one field that is not as it was.
type fieldDifference struct {
	path    fieldpath.Path
	problem string
}

func differences(then, now *unstructured.Unstructured) []fieldDifference {
	scope := fieldpath.NewSet()
	for _, state := range []*unstructured.Unstructured{then, now} {
		for _, releases := range []string{manager, handoverManager} {
			if set, err := applied(state, releases); err == nil && set != nil {
				scope = scope.Union(set)
			}
		}
	}
	ownedThen, ownedNow := ownership(then), ownership(now)
	var found []fieldDifference
	scope.Leaves().Difference(identifying).Iterate(func(path fieldpath.Path) {
		was, had := lookUp(then.Object, path)
		is, has := lookUp(now.Object, path)
		switch {
		case !had && !has:
			// An empty map was applied: it is owned, but the API server keeps none.
		case had != has, had && !equal(was, is):
			found = append(found, fieldDifference{path: path.Copy(), problem: "has another value"})
		case !ownedNow.includes(path, ownedThen):
			found = append(found, fieldDifference{path: path.Copy(), problem: "has another owner"})
		}
	})
	return found
}

// owned holds the fields of each manager.
type owned map[owner]*fieldpath.Set

type owner struct {
	manager, operation, subresource string
}

func ownership(u *unstructured.Unstructured) owned {
	all := owned{}
	for _, entry := range u.GetManagedFields() {
		set, err := fieldsOf(&entry)
		if err != nil {
			continue
		}
		key := owner{manager: entry.Manager, operation: string(entry.Operation), subresource: entry.Subresource}
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

// includes tells whether every owner of before still owns the field, and we own
// it exactly if we did. Who joined in the meantime is none of our business.
func (o owned) includes(path fieldpath.Path, before owned) bool {
	now, then := o.of(path), before.of(path)
	for _, owner := range then {
		if !slices.Contains(now, owner) {
			return false
		}
	}
	for _, owner := range now {
		ours := owner.manager == manager || owner.manager == handoverManager
		if ours && !slices.Contains(then, owner) {
			return false
		}
	}
	return true
}
