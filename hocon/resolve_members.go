package hocon

import (
	"fmt"
	"math"
)

// object is the value of an object by itself.
func (r *resolver) object(o *object) (*Value, error) {
	if err := r.enter(o.place, len(o.slots)); err != nil {
		return nil, err
	}
	values := make([]*Value, 0, len(o.slots))
	for i := range o.slots {
		v, err := r.member(&o.slots[i])
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	r.nested--
	v := &Value{kind: Object, place: o.place, fields: o.fields(values)}
	for _, p := range o.merged {
		v.over = &Value{kind: Object, place: p, over: v.over}
	}
	return v, r.weigh(v)
}

// fields are the members that have a value. If all have one, the keys are
// shared with the object.
func (o *object) fields(values []*Value) *fields {
	f := &fields{keys: o.keys, values: values, index: o.index}
	for _, v := range values {
		if v == nil {
			return f.compact()
		}
	}
	return f
}

// compact is the fields without those that have no value.
func (f *fields) compact() *fields {
	c := &fields{}
	for i, v := range f.values {
		if v != nil {
			c.add(f.keys[i], v)
		}
	}
	return c
}

// list is the value of a list. Items without a value are left out.
func (r *resolver) list(l *list) (*Value, error) {
	if err := r.enter(l.place, len(l.items)); err != nil {
		return nil, err
	}
	v := &Value{kind: List, place: l.place, items: make([]*Value, 0, len(l.items))}
	for i := range l.items {
		item, err := r.member(&l.items[i])
		if err != nil {
			return nil, err
		}
		if item != nil {
			v.items = append(v.items, writable(item, l.items[i].node))
		}
	}
	r.nested--
	return v, r.weigh(v)
}

// writable is an item in the form that a list can hold. A value that is kept open
// above another one cannot be written there, but the path that it came from can.
func writable(item *Value, n node) *Value {
	ref, ok := n.(*reference)
	if !ok || item.kind != Unresolved || item.over == nil {
		return item
	}
	return newOpen(ref.place, ref.whole())
}

// mostUnderWay is how many values may be under way at once. Each takes a little
// of the stack.
const mostUnderWay = 20_000

// enter notes that a value is under way, and what it will cost.
func (r *resolver) enter(at place, cost int) error {
	if r.nested++; r.nested > mostUnderWay {
		return r.limits.tooDeep(at)
	}
	return r.spend(at, cost+1)
}

// spend counts steps.
func (r *resolver) spend(at place, steps int) error {
	if r.work += steps; r.work/mostWork > r.limits.Values {
		return r.tooManySteps(at)
	}
	return nil
}

// tooManySteps is the error about substitutions that take too long.
func (r *resolver) tooManySteps(at place) error {
	return at.fail(Limit, "the substitutions take too many steps",
		"too many of them need one another: make them simpler, or raise Limits.Values")
}

// weigh finds out how large a value with members is, and refuses one that is
// too large.
func (r *resolver) weigh(v *Value) error {
	count, size, height := int64(1), int64(2), int16(0)
	deepest := v.place
	add := func(m *Value) {
		count += int64(m.count)
		size += m.size + 1
		if m.height > height {
			height, deepest = m.height, m.place
		}
	}
	for _, item := range v.items {
		add(item)
	}
	if v.fields != nil {
		for i, m := range v.fields.values {
			size += int64(len(v.fields.keys[i])) + 3
			add(m)
		}
	}
	switch {
	case count > int64(min(r.limits.Values, math.MaxInt32)):
		return v.place.fail(Limit, fmt.Sprintf("the resolved document has more than %d values", r.limits.Values),
			"raise Limits.Values if this is meant")
	case size > int64(r.limits.Bytes)*mostGrowth:
		return r.tooMuchText(v.place)
	case int(height) > r.limits.Depth:
		return r.limits.tooDeep(deepest)
	}
	v.count, v.size, v.height = int32(count), size, height+1
	return nil
}

// tooMuchText is the error about a document that grows too large.
func (r *resolver) tooMuchText(at place) error {
	return at.fail(Limit, fmt.Sprintf("the text of the resolved document takes more than %d bytes", r.limits.Bytes*mostGrowth),
		"raise Limits.Bytes if this is meant")
}
