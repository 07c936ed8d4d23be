package kubernetes

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// replicas is the one field whose default, 1, must never replace a value that a
// release merely stops setting.
var replicas = fieldpath.MakePathOrDie("spec", "replicas")

// handOver gives replicas to a manager of their own before a release drops
// them, unless somebody else owns them too. If a handover happened before and
// the release sets replicas again, the new value goes in by that manager first,
// so that the two never disagree.
func (w *writer) handOver(ctx context.Context, config, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	wanted, sets := lookUp(config.Object, replicas)
	current, has := lookUp(live.Object, replicas)
	handed := ownerOf(live, replicas, handoverManager)
	switch {
	case sets && handed:
		return w.apply(ctx, withReplicas(live, wanted), live, handoverManager)
	case !sets && has && !handed && solelyOurs(live, replicas):
		return w.apply(ctx, withReplicas(live, current), live, handoverManager)
	default:
		return live, nil
	}
}

// takeBack ends a handover once the release owns replicas itself.
func (w *writer) takeBack(ctx context.Context, config, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	_, sets := lookUp(config.Object, replicas)
	if !sets || !ownerOf(live, replicas, handoverManager) {
		return live, nil
	}
	return w.apply(ctx, bare(live), live, handoverManager)
}

// bare names an object and sets none of its fields: applying it gives up all
// that the manager owned.
func bare(live *unstructured.Unstructured) *unstructured.Unstructured {
	named := &unstructured.Unstructured{Object: map[string]any{}}
	named.SetAPIVersion(live.GetAPIVersion())
	named.SetKind(live.GetKind())
	named.SetName(live.GetName())
	named.SetNamespace(live.GetNamespace())
	return named
}

func withReplicas(live *unstructured.Unstructured, count any) *unstructured.Unstructured {
	config := bare(live)
	config.Object["spec"] = map[string]any{"replicas": count}
	return config
}

// owners lists who owns a field, whether by applying or by updating it.
func owners(live *unstructured.Unstructured, path fieldpath.Path) []string {
	var names []string
	for _, entry := range live.GetManagedFields() {
		set, err := fieldsOf(&entry)
		if err == nil && set.Has(path) {
			names = append(names, entry.Manager)
		}
	}
	return names
}

func ownerOf(live *unstructured.Unstructured, path fieldpath.Path, manager string) bool {
	for _, owner := range owners(live, path) {
		if owner == manager {
			return true
		}
	}
	return false
}

func solelyOurs(live *unstructured.Unstructured, path fieldpath.Path) bool {
	names := owners(live, path)
	return len(names) == 1 && names[0] == manager
}
