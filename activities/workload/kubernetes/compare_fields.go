package kubernetes

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/workload"
)

const (
	// maxValue bounds a value that is shown, in bytes.
	maxValue = 120
	// absentValue stands for a field that is not set.
	absentValue = "absent"
)

// shownFields are the fields whose values are told: they help most and hold no
// secrets. Everything else, above all what is in config and in variables, is
// only said to differ.
var shownFields = []string{
	"image", "replicas", "minReplicas", "maxReplicas", "port", "targetPort", "containerPort", "nodePort",
	"cpu", "memory", "storage", "type", "schedule", "suspend", "paused", "immutable", "storageClassName", "serviceAccountName",
}

// changedFields gives the fields of a release that have another value on the
// cluster, in a steady order. What would be is nil when the API server did not
// say: then a field that we still own has the value that we gave it, for whoever
// changes a value becomes its owner.
func changedFields(o object, live, tried *unstructured.Unstructured) []workload.FieldDifference {
	ours := released(live)
	paths, wanted := fieldsOfRelease(o).Leaves().Difference(ours), o.Unstructured
	if tried != nil {
		paths, wanted = released(tried).Union(ours).Leaves(), tried
	}
	var found []workload.FieldDifference
	eachDifference(paths, wanted, live, func(path fieldpath.Path, want, is fieldValue) {
		found = append(found, fieldChange(live, path, want, is))
	})
	return found
}

// eachDifference visits the fields of a set of leaves that have another value in
// one object than in the other, in a steady order.
func eachDifference(paths *fieldpath.Set, wanted, live *unstructured.Unstructured, visit func(path fieldpath.Path, want, is fieldValue)) {
	paths.Difference(identifying).Iterate(func(path fieldpath.Path) {
		want, wants := lookUp(wanted.Object, path)
		is, has := lookUp(live.Object, path)
		if wants == has && (!has || equal(want, is)) {
			return
		}
		visit(path, fieldValue{want, wants}, fieldValue{is, has})
	})
}

// fieldsOfRelease gives the fields that a manifest sets, by its mere shape if
// its kind is not known here.
func fieldsOfRelease(o object) *fieldpath.Set {
	if known := fieldsIn(o.Unstructured); !known.Empty() {
		return known
	}
	deduced, err := managedfields.NewDeducedTypeConverter().ObjectToTyped(o.Unstructured)
	if err != nil {
		return fieldpath.NewSet()
	}
	fields, err := deduced.ToFieldSet()
	if err != nil {
		return fieldpath.NewSet()
	}
	return fields
}

// fieldValue is the value of a field, if it is set.
type fieldValue struct {
	is  any
	set bool
}

func fieldChange(live *unstructured.Unstructured, path fieldpath.Path, want, is fieldValue) workload.FieldDifference {
	change := workload.FieldDifference{Path: shownPath(path), By: others(live, path)}
	if last := path[len(path)-1].FieldName; last != nil && slices.Contains(shownFields, *last) && !holdsData(live, path) {
		change.Want, change.Live = want.text(), is.text()
	}
	return change
}

// shownPath leaves out what a set of values holds, and all below it.
func shownPath(path fieldpath.Path) string {
	for i, element := range path {
		if element.Value != nil {
			return path[:i].String()
		}
	}
	return path.String()
}

// holdsData tells the content of ConfigMaps and Secrets.
func holdsData(live *unstructured.Unstructured, path fieldpath.Path) bool {
	if group := live.GroupVersionKind().Group; group != "" || path[0].FieldName == nil {
		return false
	}
	return slices.Contains([]string{"data", "binaryData", "stringData"}, *path[0].FieldName)
}

func (v fieldValue) text() string {
	if !v.set {
		return absentValue
	}
	switch v.is.(type) {
	case string, bool, int64, float64:
		text := fmt.Sprint(v.is)
		return text[:min(len(text), maxValue)]
	default:
		return ""
	}
}

// others names who owns a field, but for us.
func others(live *unstructured.Unstructured, path fieldpath.Path) []string {
	names := map[string]bool{}
	for _, name := range owners(live, path) {
		if name != manager && name != handoverManager {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// addedKeys gives the keys that somebody has added to a config whose content is
// in its name. To any other object others may add what they like.
func addedKeys(o object, live *unstructured.Unstructured) []workload.FieldDifference {
	if !isConfig(o.Unstructured) {
		return nil
	}
	var added []workload.FieldDifference
	for _, field := range []string{"data", "binaryData"} {
		wanted, _ := o.Object[field].(map[string]any)
		entries, _ := live.Object[field].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			if _, named := wanted[key]; named {
				continue
			}
			path := fieldpath.MakePathOrDie(field, key)
			added = append(added, workload.FieldDifference{Path: path.String(), By: others(live, path), Want: absentValue})
		}
	}
	return added
}
