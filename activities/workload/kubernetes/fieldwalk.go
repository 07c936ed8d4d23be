package kubernetes

import (
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// lookUp finds the value at a path.
func lookUp(root any, path fieldpath.Path) (any, bool) {
	at := root
	for _, element := range path {
		next, found := child(at, element)
		if !found {
			return nil, false
		}
		at = next
	}
	return at, true
}

func child(at any, element fieldpath.PathElement) (any, bool) {
	if element.FieldName != nil {
		fields, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		found, ok := fields[*element.FieldName]
		return found, ok
	}
	items, ok := at.([]any)
	if !ok {
		return nil, false
	}
	for i, item := range items {
		if isItem(item, i, element) {
			return item, true
		}
	}
	return nil, false
}

// isItem tells whether a path element means this item of a list: by its keys,
// by its value or by its place. A key that the item lacks was left to its default.
func isItem(item any, place int, element fieldpath.PathElement) bool {
	switch {
	case element.Key != nil:
		fields, ok := item.(map[string]any)
		if !ok {
			return false
		}
		for _, key := range *element.Key {
			if own, has := fields[key.Name]; has && !value.Equals(value.NewValueInterface(own), key.Value) {
				return false
			}
		}
		return true
	case element.Value != nil:
		return value.Equals(value.NewValueInterface(item), *element.Value)
	case element.Index != nil:
		return place == *element.Index
	default:
		return false
	}
}

// without removes the field at a path and gives the root again. Lists are
// copied, as their items move.
func without(root any, path fieldpath.Path) any {
	if len(path) == 0 {
		return root
	}
	element, rest := path[0], path[1:]
	switch node := root.(type) {
	case map[string]any:
		if element.FieldName == nil {
			return root
		}
		below, found := node[*element.FieldName]
		switch {
		case found && len(rest) == 0:
			delete(node, *element.FieldName)
		case found:
			node[*element.FieldName] = without(below, rest)
		}
		return node
	case []any:
		kept := make([]any, 0, len(node))
		for i, item := range node {
			switch {
			case !isItem(item, i, element):
				kept = append(kept, item)
			case len(rest) > 0:
				kept = append(kept, without(item, rest))
			}
		}
		return kept
	default:
		return root
	}
}

// with puts a value at a path and gives the root again. What is missing on the
// way is made; a list item is made with its keys.
func with(root any, path fieldpath.Path, what any) any {
	if len(path) == 0 {
		return runtime.DeepCopyJSONValue(what)
	}
	element, rest := path[0], path[1:]
	if element.FieldName != nil {
		node, ok := root.(map[string]any)
		if !ok {
			node = map[string]any{}
		}
		node[*element.FieldName] = with(node[*element.FieldName], rest, what)
		return node
	}
	items, _ := root.([]any)
	for i, item := range items {
		if isItem(item, i, element) {
			items[i] = with(item, rest, what)
			return items
		}
	}
	return append(items, with(itemOf(element), rest, what))
}

func itemOf(element fieldpath.PathElement) any {
	switch {
	case element.Key != nil:
		item := map[string]any{}
		for _, key := range *element.Key {
			item[key.Name] = key.Value.Unstructured()
		}
		return item
	case element.Value != nil:
		return (*element.Value).Unstructured()
	default:
		return nil
	}
}

// pick copies the fields of a set out of an object, by the shape of the set
// alone. It serves kinds without a known schema.
func pick(from map[string]any, set *fieldpath.Set) map[string]any {
	picked, _ := pickNode(from, set).(map[string]any)
	if picked == nil {
		return map[string]any{}
	}
	return picked
}

func pickNode(from any, set *fieldpath.Set) any {
	switch node := from.(type) {
	case map[string]any:
		picked := map[string]any{}
		for name, field := range node {
			element := fieldpath.PathElement{FieldName: &name}
			if kept, owned := pickChild(field, element, set); owned {
				picked[name] = kept
			}
		}
		return picked
	case []any:
		picked := []any{}
		for i, item := range node {
			if kept, owned := pickItem(item, i, set); owned {
				picked = append(picked, kept)
			}
		}
		return picked
	default:
		return from
	}
}

func pickChild(field any, element fieldpath.PathElement, set *fieldpath.Set) (any, bool) {
	if below, has := set.Children.Get(element); has {
		return pickNode(field, below), true
	}
	return field, set.Members.Has(element)
}

func pickItem(item any, place int, set *fieldpath.Set) (any, bool) {
	var element *fieldpath.PathElement
	consider := func(candidate fieldpath.PathElement) {
		if element == nil && isItem(item, place, candidate) {
			element = &candidate
		}
	}
	set.Children.Iterate(consider)
	set.Members.Iterate(consider)
	if element == nil {
		return nil, false
	}
	return pickChild(item, *element, set)
}
