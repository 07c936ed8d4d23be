package hocon

import "slices"

// past is what hidden layers held, for those who ask what was replaced.
func past(from *layer) *Value {
	var v *Value
	var all []*layer
	for l := from; l != nil; l = l.below {
		all = append(all, l)
	}
	for _, l := range slices.Backward(all) {
		v = asWritten(l.node).above(v)
	}
	return v
}

// asWritten stands for a node that is hidden, without its members.
func asWritten(n node) *Value {
	switch n := n.(type) {
	case *Value:
		return n
	case *object:
		return &Value{kind: Object, place: n.place}
	case *list:
		return &Value{kind: List, place: n.place}
	case *reference:
		return newOpen(n.place, n.part())
	case *concat:
		v := &Value{kind: Unresolved, place: n.place}
		for _, piece := range n.pieces {
			if ref, ok := piece.(*reference); ok {
				v.parts = append(v.parts, ref.part())
			} else {
				v.parts = append(v.parts, part{known: asWritten(piece)})
			}
		}
		return v
	}
	return nil
}

// part is the substitution as it was written.
func (r *reference) part() part {
	return part{reference: JoinPath(r.keys[r.prefix:]...), optional: r.optional, place: r.place}
}

// whole is the substitution as it would be written at the top, for a path that
// the document sets.
func (r *reference) whole() part {
	return part{reference: JoinPath(r.keys...), optional: r.optional, place: r.place}
}
