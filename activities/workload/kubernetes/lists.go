package kubernetes

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	// listFrom is from how many objects of a kind on a list is asked for instead
	// of each. A list also brings objects of the namespace that are not ours.
	listFrom = 20

	// listPage bounds what one answer holds, for the memory on both sides.
	listPage = 250
)

// shelf is where objects of one kind lie.
type shelf struct {
	kind      schema.GroupVersionKind
	namespace string
}

// readLists reads the objects of those kinds of which there are many. What a
// list could not tell, for lack of a right or of an answer, stays unread.
//
// Secrets are never listed: those of others would come with them.
func (c *cluster) readLists(ctx context.Context, objects []object) (live []*unstructured.Unstructured, read []bool) {
	live, read = make([]*unstructured.Unstructured, len(objects)), make([]bool, len(objects))
	shelves := map[shelf][]int{}
	for i, o := range objects {
		s := shelf{kind: o.GroupVersionKind(), namespace: o.GetNamespace()}
		shelves[s] = append(shelves[s], i)
	}
	for s, places := range shelves {
		if len(places) < listFrom || s.kind.Group == "" && s.kind.Kind == kindSecret {
			continue
		}
		found, err := c.listNamed(ctx, objects, places)
		if err != nil {
			continue
		}
		for _, place := range places {
			live[place], read[place] = found[objects[place].GetName()], true
		}
	}
	return live, read
}

// listNamed lists one kind in one namespace and keeps what has one of the names.
func (c *cluster) listNamed(ctx context.Context, objects []object, places []int) (map[string]*unstructured.Unstructured, error) {
	resource, err := c.resource(objects[places[0]].Unstructured)
	if err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(places))
	for _, place := range places {
		wanted[objects[place].GetName()] = true
	}
	found := make(map[string]*unstructured.Unstructured, len(places))
	options := metav1.ListOptions{Limit: listPage}
	for {
		page, err := resource.List(ctx, options)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			if item := &page.Items[i]; wanted[item.GetName()] {
				found[item.GetName()] = item
			}
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return found, nil
		}
	}
}
