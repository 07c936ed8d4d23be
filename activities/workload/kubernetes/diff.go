package kubernetes

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/workload"
)

// newDiff tells what is worth telling of an object that is not there yet.
func newDiff(u *unstructured.Unstructured) *workload.Diff {
	spec := podSpecOf(u)
	if spec == nil {
		return nil
	}
	diff := &workload.Diff{}
	for _, container := range spec.InitContainers {
		diff.Images = append(diff.Images, workload.ImageChange{Container: container.Name, New: harmless(container.Image)})
	}
	for _, container := range spec.Containers {
		diff.Images = append(diff.Images, workload.ImageChange{Container: container.Name, New: harmless(container.Image)})
	}
	return diff
}

// objectDiff tells how an object would differ from what is live, in the fields
// that releases own. Without a dry run it goes by what the release says, and
// can't tell what is only written in another way.
func objectDiff(o object, live, tried *unstructured.Unstructured) *workload.Diff {
	paths, wanted := fieldsOfRelease(o), o.Unstructured
	if tried != nil {
		paths, wanted = released(tried), tried
	}
	kept := keepsReplicas(o, live)
	diff := &workload.Diff{}
	eachDifference(paths.Union(released(live)).Leaves(), wanted, live, func(path fieldpath.Path, want, is fieldValue) {
		if kept && path.Equals(replicas) {
			return
		}
		addField(diff, wanted, path, is, want)
	})
	return diff
}

// keepsReplicas tells that a release stops setting replicas, and that a handover
// will keep them, of which a dry run knows nothing.
func keepsReplicas(o object, live *unstructured.Unstructured) bool {
	_, sets := lookUp(o.Object, replicas)
	return !sets && (solelyOurs(live, replicas) || ownerOf(live, replicas, handoverManager))
}

func addField(diff *workload.Diff, u *unstructured.Unstructured, path fieldpath.Path, old, now fieldValue) {
	if container := containerOf(path); container != "" {
		diff.Images = append(diff.Images, workload.ImageChange{Container: container, Old: old.plain(), New: now.plain()})
		return
	}
	name := nameOf(path)
	if isSecret(u) && path[0].FieldName != nil && (*path[0].FieldName == "data" || *path[0].FieldName == "stringData") {
		name = secretName
	}
	diff.Fields = append(diff.Fields, valueChange(shownPath(path), name, old, now))
}

// containerOf gives the name of the container whose image a path means.
func containerOf(path fieldpath.Path) string {
	if len(path) < 3 {
		return ""
	}
	list, item, field := path[len(path)-3], path[len(path)-2], path[len(path)-1]
	if field.FieldName == nil || *field.FieldName != "image" || list.FieldName == nil || item.Key == nil {
		return ""
	}
	if *list.FieldName != "containers" && *list.FieldName != "initContainers" {
		return ""
	}
	return keyed(item)
}

// nameOf gives the name by which a value may be known as a secret: that of its
// field, or of the variable whose value it is.
func nameOf(path fieldpath.Path) string {
	last := len(path) - 1
	if path[last].FieldName == nil {
		return ""
	}
	name := *path[last].FieldName
	if name == "value" && last > 0 && path[last-1].Key != nil {
		return keyed(path[last-1])
	}
	return name
}

// keyed gives the name of a list item, empty when it has none.
func keyed(item fieldpath.PathElement) string {
	for _, key := range *item.Key {
		if text, ok := key.Value.Unstructured().(string); ok && key.Name == "name" {
			return text
		}
	}
	return ""
}

func isSecret(u *unstructured.Unstructured) bool {
	return u.GroupVersionKind().Group == "" && u.GetKind() == kindSecret
}
