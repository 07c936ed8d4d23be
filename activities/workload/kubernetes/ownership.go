package kubernetes

import (
	"bytes"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	"github.com/slipway-dev/slipway/activities/fault"
)

const (
	// manager owns what releases apply.
	manager = "slipway"

	// handoverManager keeps the value of a field that a release stops setting
	// and that nobody else owns: without an owner it would fall to its default.
	handoverManager = "slipway-handover"
)

// schemas knows the structure of the built-in kinds. Parsing them takes a
// fraction of a second and some memory, so it waits for the first use.
var schemas = sync.OnceValue(func() managedfields.TypeConverter {
	return applyconfigurations.NewTypeConverter(scheme.Scheme)
})

// applied gives the fields that a manager has applied, nil when it has none.
func applied(live *unstructured.Unstructured, manager string) (*fieldpath.Set, error) {
	entry := appliedEntry(live, manager)
	if entry == nil {
		return nil, nil
	}
	return fieldsOf(entry)
}

func appliedEntry(live *unstructured.Unstructured, manager string) *metav1.ManagedFieldsEntry {
	for _, entry := range live.GetManagedFields() {
		if entry.Manager == manager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == "" {
			return &entry
		}
	}
	return nil
}

func fieldsOf(entry *metav1.ManagedFieldsEntry) (*fieldpath.Set, error) {
	set := &fieldpath.Set{}
	if entry.FieldsV1 == nil {
		return set, nil
	}
	if err := set.FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())); err != nil {
		return nil, fault.New(fault.Internal, "reading the managed fields of %s: %w", entry.Manager, err)
	}
	return set, nil
}

// extract gives the configuration that a manager applied to a live object:
// applying it again changes neither values nor owners. Without any field of the
// manager's it is empty but for the name.
func extract(live *unstructured.Unstructured, manager string) (*unstructured.Unstructured, error) {
	config := &unstructured.Unstructured{Object: map[string]any{}}
	set, err := applied(live, manager)
	if err != nil {
		return nil, err
	}
	if set != nil {
		config.Object = fieldValues(live, set)
	}
	config.SetAPIVersion(live.GetAPIVersion())
	config.SetKind(live.GetKind())
	config.SetName(live.GetName())
	config.SetNamespace(live.GetNamespace())
	return config, nil
}

func fieldValues(live *unstructured.Unstructured, set *fieldpath.Set) map[string]any {
	if typedLive := withSchema(live); typedLive != nil {
		// Keys of list items that we don't own were defaulted, and will be again.
		items := typedLive.ExtractItems(set.Leaves()).AsValue()
		if values, ok := items.Unstructured().(map[string]any); ok {
			return values
		}
	}
	return pick(live.Object, set)
}

// withSchema gives the object with the structure of its kind, nil for custom
// resources and for what this client's version does not know.
func withSchema(u *unstructured.Unstructured) *typed.TypedValue {
	bare := u.DeepCopy()
	bare.SetManagedFields(nil)
	typedValue, err := schemas().ObjectToTyped(bare)
	if err != nil {
		return nil
	}
	return typedValue
}

// unchanged tells for certain that applying a configuration would change
// nothing: every field has its value already, and the fields are exactly those
// that we applied last. When it can't tell, the API server has to.
func unchanged(live, config *unstructured.Unstructured) bool {
	owned, err := applied(live, manager)
	if err != nil || owned == nil {
		return false
	}
	typedConfig := withSchema(config)
	if typedConfig == nil {
		return false
	}
	wanted, err := typedConfig.ToFieldSet()
	if err != nil || !wanted.Difference(identifying).Equals(owned.Difference(identifying)) {
		return false
	}
	same := true
	wanted.Leaves().Difference(identifying).Iterate(func(path fieldpath.Path) {
		then, found := lookUp(config.Object, path)
		now, alive := lookUp(live.Object, path)
		same = same && found && alive && equal(then, now)
	})
	return same
}

// identifying fields say which object is meant, and nobody owns them.
var identifying = fieldpath.NewSet(
	fieldpath.MakePathOrDie("apiVersion"),
	fieldpath.MakePathOrDie("kind"),
	fieldpath.MakePathOrDie("metadata"),
	fieldpath.MakePathOrDie("metadata", "name"),
	fieldpath.MakePathOrDie("metadata", "namespace"),
	fieldpath.MakePathOrDie("metadata", "uid"),
	fieldpath.MakePathOrDie("metadata", "resourceVersion"),
)

func equal(a, b any) bool {
	return value.Equals(value.NewValueInterface(a), value.NewValueInterface(b))
}
