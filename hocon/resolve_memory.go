package hocon

import "math"

// memory is what is known already.
//
// While the upper layers of a slot are cut off, whatever the slot is part of is
// another value than it is otherwise, and neither kept nor taken. What only
// refers to the slot is kept: that a value is worked out once, with what could
// be seen then, is how two values that refer to one another become the same.
type memory struct {
	slots map[*layer]*Value // values of slots, from the layer down
	own   map[*layer]*Value // values of concatenations by themselves
	cutIn map[*layer]int    // how many cuts are active within a slot
	up    map[*layer]*ancestor

	// A path may lead to several slots, and is the same everywhere only if no
	// cut was met on the way. taint is the first cut that was met.
	paths map[string]kept
	seen  map[*layer]int // when a slot with several layers was first seen whole
	clock int            // counts the paths that were kept
	taint int

	looped int // the first in the chain that a cycle led back to
}

// kept is a path's value, and when it was kept.
type kept struct {
	value *Value
	clock int
}

// cut hides the layers of a slot above from. What was kept for paths after the
// slot was first seen, and until the cut, may have seen what is hidden now.
type cut struct {
	slot, from   *layer
	after, until int
}

// mark is the state before a value is made.
type mark struct{ cuts, taint, chain, looped int }

func newMemory() memory {
	return memory{
		slots: make(map[*layer]*Value), own: make(map[*layer]*Value), cutIn: make(map[*layer]int),
		paths: make(map[string]kept), seen: make(map[*layer]int),
		taint: math.MaxInt, looped: math.MaxInt,
	}
}

// mark begins a value.
func (r *resolver) mark() mark {
	m := mark{cuts: len(r.cuts), taint: r.taint, chain: len(r.chain), looped: r.looped}
	r.taint, r.looped = math.MaxInt, math.MaxInt
	return m
}

// settle ends a value. What it met goes on to those that it is part of, but for
// the cuts and cycles that were its own.
func (r *resolver) settle(m mark) {
	if r.taint >= m.cuts {
		r.taint = math.MaxInt
	}
	if r.looped >= m.chain {
		r.looped = math.MaxInt
	}
	r.taint, r.looped = min(r.taint, m.taint), min(r.looped, m.looped)
}

// pure says whether a value that was begun at the mark met neither a cut nor a
// cycle that it is only a part of.
func (r *resolver) pure(m mark) bool {
	return r.taint >= m.cuts && r.looped >= m.chain
}

// visible is the layer from which on a slot can be seen.
func (r *resolver) visible(slot *layer) *layer {
	if slot.below == nil {
		return slot
	}
	for i := len(r.cuts) - 1; i >= 0; i-- {
		if r.cuts[i].slot == slot {
			r.taint = min(r.taint, i)
			return r.cuts[i].from
		}
	}
	if _, ok := r.seen[slot]; !ok {
		r.seen[slot] = r.clock
	}
	return slot
}

// cut hides the layers of a slot above from.
func (r *resolver) cut(slot, from *layer) {
	if r.up == nil {
		r.up = ancestors(r.root)
	}
	for a := r.up[slot]; a != nil; a = a.up {
		r.cutIn[a.slot]++
	}
	after, ok := r.seen[slot]
	if !ok {
		after = r.clock
	}
	r.cuts = append(r.cuts, cut{slot: slot, from: from, after: after, until: r.clock})
}

// uncut ends the last cut.
func (r *resolver) uncut() {
	last := len(r.cuts) - 1
	for a := r.up[r.cuts[last].slot]; a != nil; a = a.up {
		r.cutIn[a.slot]--
	}
	r.cuts = r.cuts[:last]
}

// whole says whether no cut is active within a slot.
func (r *resolver) whole(slot *layer) bool {
	return len(r.cuts) == 0 || r.cutIn[slot] == 0
}

// recall is the kept value of a slot from a layer down.
func (r *resolver) recall(slot, from *layer) (*Value, bool) {
	if !r.whole(slot) {
		return nil, false
	}
	v, ok := r.slots[from]
	return v, ok
}

// keepSlot keeps the value of a slot from a layer down. That there is none is
// kept only if that is so for good.
func (r *resolver) keepSlot(slot, from *layer, v *Value, m mark) {
	if r.whole(slot) && (v != nil || r.pure(m)) {
		r.slots[from] = v
	}
}

// recallPath is the kept value of a path.
func (r *resolver) recallPath(id string) (*Value, bool) {
	k, ok := r.paths[id]
	if !ok {
		return nil, false
	}
	for _, c := range r.cuts {
		if c.after < k.clock && k.clock <= c.until {
			return nil, false
		}
	}
	return k.value, true
}

// keepPath keeps the value of a path, if it is the same everywhere.
func (r *resolver) keepPath(id string, v *Value, m mark) {
	if v != nil && r.pure(m) {
		r.clock++
		r.paths[id] = kept{v, r.clock}
	}
}
