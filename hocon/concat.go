package hocon

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// concat is the value of a concatenation.
func (r *resolver) concat(c *concat) (*Value, error) {
	if err := r.wait(c); err != nil {
		return nil, err
	}
	values := make([]*Value, 0, len(c.pieces))
	open := false
	for _, piece := range c.pieces {
		v, err := r.value(piece)
		if err != nil {
			r.done(c)
			return nil, err
		}
		values = append(values, v)
		open = open || v != nil && v.kind == Unresolved
	}
	r.done(c)
	if open {
		return r.joinOpen(c, values)
	}
	return r.join(c, values)
}

// join joins the values that there are.
func (r *resolver) join(c *concat, values []*Value) (*Value, error) {
	values = slices.DeleteFunc(values, func(v *Value) bool { return v == nil })
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) > 1 && !slices.ContainsFunc(values, func(v *Value) bool { return !v.scalar() }) {
		return r.joinText(c, values)
	}
	whole := values[0]
	for _, v := range values[1:] {
		var err error
		if whole, err = r.joinTwo(c, whole, v); err != nil {
			return nil, err
		}
	}
	if whole.blank {
		whole = newScalar(String, whole.text, whole.place)
	}
	return whole, nil
}

// joinText joins texts.
func (r *resolver) joinText(c *concat, values []*Value) (*Value, error) {
	length := 0
	for _, v := range values {
		length += len(v.string())
	}
	if r.written += length; r.written > r.limits.Bytes {
		return nil, c.place.fail(Limit, fmt.Sprintf("more than %d bytes of text are joined", r.limits.Bytes),
			"raise Limits.Bytes if this is meant")
	}
	var text strings.Builder
	text.Grow(length)
	for _, v := range values {
		text.WriteString(v.string())
	}
	return newScalar(String, text.String(), c.place), nil
}

// joinTwo joins two values, of which not all that are joined are texts.
func (r *resolver) joinTwo(c *concat, left, right *Value) (*Value, error) {
	switch {
	case left.kind == Object && right.kind == List:
		left = left.numbered()
	case left.kind == List && right.kind == Object:
		right = right.numbered()
	}
	switch {
	case left.kind == Object && right.kind == Object:
		return r.overlay(right, left)
	case left.kind == List && right.kind == List:
		return r.joinLists(c, left, right)
	case !left.scalar() && right.blank:
		return left, nil
	}
	return nil, cannotJoin(c.place, left.kind, right.kind)
}

// joinLists puts the items of one list behind another's. If those were joined
// last, they are grown in place: a list that is appended to many times would be
// copied as often otherwise.
func (r *resolver) joinLists(c *concat, left, right *Value) (*Value, error) {
	items := left.items
	last := len(items) - 1
	if last >= 0 && len(r.grown) == len(items) && &r.grown[last] == &items[last] {
		items = r.grown
	} else {
		items = append(make([]*Value, 0, len(items)+2*len(right.items)), items...)
		if err := r.spend(c.place, len(items)); err != nil {
			return nil, err
		}
	}
	items = append(items, right.items...)
	r.grown = items
	v := &Value{kind: List, place: c.place, items: items[:len(items):len(items)]}
	return v, r.weighSum(v, left, right)
}

// weighSum is weigh for a list that was joined from two that were weighed.
func (r *resolver) weighSum(v, left, right *Value) error {
	count := int64(left.count) + int64(right.count) - 1
	size := left.size + right.size
	if count > math.MaxInt32 || count > int64(r.limits.Values) || size > int64(r.limits.Bytes)*mostGrowth {
		return r.weigh(v)
	}
	v.count, v.size, v.height = int32(count), size, max(left.height, right.height) //nolint:gosec // bounded above
	return nil
}

// numbered is the list that an object with whole numbers as keys stands for, or
// the object itself if it has no such key.
func (v *Value) numbered() *Value {
	order := listOrder(v.fields.names())
	if len(order) == 0 {
		return v
	}
	l := &Value{kind: List, place: v.place, height: v.height, count: v.count, size: v.size}
	for _, i := range order {
		l.items = append(l.items, v.fields.values[i])
	}
	return l
}

// joinOpen joins values of which some were kept open. All of them are texts, or
// will be.
func (r *resolver) joinOpen(c *concat, values []*Value) (*Value, error) {
	var parts []part
	var only *Value
	for i, v := range values {
		if v == nil {
			continue
		}
		ref, isReference := c.pieces[i].(*reference)
		switch {
		case v.kind == List || v.kind == Object:
			return nil, c.place.fail(Open, article(v.kind)+" is joined with a substitution that is kept open",
				"what that will be is not known: give it a value, or set it on a line of its own")
		case v.kind != Unresolved:
			parts = append(parts, part{known: v})
		case isReference && v.over != nil:
			parts = append(parts, ref.whole())
		default:
			parts = append(parts, v.parts...)
		}
		only = v
	}
	if len(parts) == 1 {
		return only, nil
	}
	return newOpen(c.place, parts...), nil
}
