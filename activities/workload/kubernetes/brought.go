package kubernetes

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// broughtNames knows what a release brings, or has a controller bring.
type broughtNames struct {
	objects map[[2]string]bool
	// words are all texts in its custom resources: an ExternalSecret, a
	// Certificate or a Bundle names what its controller will make, each in a field
	// of its own.
	words map[string]bool
}

func bringing(objects []object) broughtNames {
	brought := broughtNames{objects: map[[2]string]bool{}, words: map[string]bool{}}
	for _, o := range objects {
		if group := o.GroupVersionKind().Group; strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io") {
			brought.read(o.Object)
			continue
		}
		brought.objects[[2]string{o.GetKind(), o.GetName()}] = true
	}
	return brought
}

func (b broughtNames) has(kind, name string) bool {
	return b.objects[[2]string{kind, name}] || b.words[name]
}

// read collects the texts of a custom resource, but for its labels and
// annotations, which say nothing of what it makes.
func (b broughtNames) read(object map[string]any) {
	for field, part := range object {
		if field != "metadata" {
			b.collect(part)
		}
	}
	b.words[(&unstructured.Unstructured{Object: object}).GetName()] = true
}

func (b broughtNames) collect(part any) {
	switch node := part.(type) {
	case string:
		b.words[node] = true
	case []any:
		for _, item := range node {
			b.collect(item)
		}
	case map[string]any:
		for _, item := range node {
			b.collect(item)
		}
	}
}
