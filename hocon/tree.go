package hocon

import "slices"

// node is a value as it was written: a scalar *Value, an *object, a *list, a
// *reference or a *concat.
type node interface {
	at() place
}

// layer is one setting of a member, above those that were made before it. The
// layer at the top stands for the member itself.
type layer struct {
	node  node
	below *layer
}

// object is an object as it was written, and all those of its member that were
// written next to it without anything in between that could hide one of them.
type object struct {
	place  place
	keys   []string
	slots  []layer
	index  map[string]int // nil for small objects
	merged []place        // where the objects that came before were written
}

// list is a list as it was written. Its items have one layer each.
type list struct {
	place place
	items []layer
	open  bool // holds substitutions
}

// reference is a substitution.
type reference struct {
	place    place
	keys     []string // its path, behind the path that its file was included at
	prefix   int      // how many of the keys are that path
	text     string   // its path as it was written
	id       string   // the whole path, as a key for the same place
	optional bool
}

// concat is a concatenation with a substitution in it.
type concat struct {
	place  place
	pieces []node
}

func (v *Value) at() place     { return v.place }
func (o *object) at() place    { return o.place }
func (l *list) at() place      { return l.place }
func (r *reference) at() place { return r.place }
func (c *concat) at() place    { return c.place }

// find is the slot of a key, or nil.
func (o *object) find(key string) *layer {
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return &o.slots[i]
		}
		return nil
	}
	if i := slices.Index(o.keys, key); i >= 0 {
		return &o.slots[i]
	}
	return nil
}

// inner is the object that a key is set to at the top, made if there is none.
func (o *object) inner(key string, at place) *object {
	if slot := o.find(key); slot != nil {
		if inner, ok := slot.node.(*object); ok {
			inner.touch(at)
			return inner
		}
	}
	inner := &object{place: at}
	o.push(key, inner)
	return inner
}

// touch notes where a member is set from elsewhere, if that is another file.
func (o *object) touch(at place) {
	if at.file != o.place.file {
		o.merged = append(o.merged, o.place)
		o.place = at
	}
}

// push puts a setting of a key above those that are there.
func (o *object) push(key string, n node) {
	slot := o.find(key)
	if slot == nil {
		o.add(key, layer{node: n})
		return
	}
	slot.push(n)
}

// add appends a member that is not there yet.
func (o *object) add(key string, l layer) {
	o.keys = append(o.keys, key)
	o.slots = append(o.slots, l)
	switch {
	case o.index != nil:
		o.index[key] = len(o.keys) - 1
	case len(o.keys) >= indexed:
		o.index = make(map[string]int, 2*len(o.keys))
		for i, k := range o.keys {
			o.index[k] = i
		}
	}
}

// push puts a setting above those that are there. Two objects become one.
func (l *layer) push(n node) {
	top, isObject := l.node.(*object)
	if added, ok := n.(*object); ok && isObject {
		top.merge(added)
		return
	}
	*l = layer{node: n, below: &layer{node: l.node, below: l.below}}
}

// merge lays the members of another object, which is given up, above o's.
func (o *object) merge(above *object) {
	if len(o.keys) == 0 {
		o.keys, o.slots, o.index = above.keys, above.slots, above.index
	} else {
		for i, key := range above.keys {
			o.stack(key, &above.slots[i])
		}
	}
	o.merged = append(append(o.merged, o.place), above.merged...)
	o.place = above.place
}

// stack lays all layers of a slot above those of a key, the lowest first.
func (o *object) stack(key string, from *layer) {
	slot := o.find(key)
	if slot == nil {
		o.add(key, *from)
		return
	}
	for _, n := range slices.Backward(from.nodes()) {
		slot.push(n)
	}
}

// nodes are the settings from l down.
func (l *layer) nodes() []node {
	var all []node
	for ; l != nil; l = l.below {
		all = append(all, l.node)
	}
	return all
}
