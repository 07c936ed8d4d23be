package hocon

import "slices"

// layers is the value of several layers, each on top of those below.
func (r *resolver) layers(slot, from *layer, m mark) (*Value, error) {
	if err := r.prepare(slot, from); err != nil {
		return nil, err
	}
	var low *Value
	var values []*Value
	covered := false // by an object, under which no list is needed
	for l := from; l != nil; l = l.below {
		known, ok := r.recall(slot, l)
		if ok {
			low = known
			break
		}
		if lists, ok := l.node.(*list); ok && covered {
			low = asWritten(lists).above(past(l.below))
			break
		}
		covered = covered || isObject(l.node) && !open(l.node)
		v, err := r.layer(slot, l)
		if err != nil {
			return nil, err
		}
		if closes(l.node) {
			low = v.above(past(l.below))
			break
		}
		values = append(values, v)
	}
	for _, v := range slices.Backward(values) {
		var err error
		if low, err = r.overlay(v, low); err != nil {
			return nil, err
		}
	}
	r.keepSlot(slot, from, low, m)
	return low, nil
}

// manyLayers is from how many layers on their values are worked out from the
// lowest up. Each may need the one below, and stacks must not grow without end.
const manyLayers = 32

// prepare works out the layers below those that refer to their own slot.
func (r *resolver) prepare(slot, from *layer) error {
	var todo []*layer
	for l := from; l != nil && !closes(l.node); l = l.below {
		if _, ok := r.recall(slot, l); ok {
			break
		}
		todo = append(todo, l)
	}
	if len(todo) < manyLayers {
		return nil
	}
	for _, l := range slices.Backward(todo) {
		c, ok := l.node.(*concat)
		if !ok || l.below == nil || !r.refersTo(c, slot) {
			continue
		}
		r.cut(slot, l.below)
		_, err := r.slot(slot, l.below)
		r.uncut()
		if err != nil {
			return err
		}
	}
	return nil
}

// refersTo says whether a concatenation begins with a substitution that plainly
// leads to a slot.
func (r *resolver) refersTo(c *concat, slot *layer) bool {
	ref, ok := c.pieces[0].(*reference)
	if !ok {
		return false
	}
	o := r.root
	for i, key := range ref.keys {
		next := o.find(key)
		if next == nil {
			return false
		}
		if i == len(ref.keys)-1 {
			return next == slot
		}
		if o, ok = next.node.(*object); !ok {
			return false
		}
	}
	return false
}

// layer is the value of one layer by itself. If that is or has substitutions,
// they don't see it, only what is below.
func (r *resolver) layer(slot, l *layer) (*Value, error) {
	if !substitutes(l.node) {
		return r.value(l.node)
	}
	v, ok := r.own[l]
	if ok && r.whole(slot) {
		return v, nil
	}
	if r.cuttable(slot, l) {
		r.cut(slot, l.below)
		defer r.uncut()
	}
	v, err := r.value(l.node)
	if _, joined := l.node.(*concat); joined && v != nil && r.whole(slot) {
		r.own[l] = v
	}
	return v, err
}

// cuttable says whether a layer's substitutions are to look below it. Where it
// is all that is left of its slot, they find the layer itself, which is a cycle.
func (r *resolver) cuttable(slot, l *layer) bool {
	return slot.below != nil && (l.below != nil || r.visible(slot) != l)
}

// substitutes says whether a node is a substitution, or joined with one.
func substitutes(n node) bool {
	switch n.(type) {
	case *reference, *concat:
		return true
	}
	return false
}

// isObject says whether a node is an object.
func isObject(n node) bool {
	_, ok := n.(*object)
	return ok
}

// open says whether there are substitutions in a node.
func open(n node) bool {
	switch n := n.(type) {
	case *object:
		return slices.ContainsFunc(n.slots, func(l layer) bool {
			for below := &l; below != nil; below = below.below {
				if open(below.node) {
					return true
				}
			}
			return false
		})
	case *list:
		return n.open
	}
	return substitutes(n)
}

// closes says whether nothing shows through a node, and nothing in it can look
// beneath.
func closes(n node) bool {
	switch n := n.(type) {
	case *Value:
		return true
	case *list:
		return !n.open
	}
	return false
}
