package hocon

import "slices"

// overlay is a value on top of another one. Objects are merged; anything else
// replaces what is beneath.
func (r *resolver) overlay(top, low *Value) (*Value, error) {
	switch {
	case top == nil:
		return low, nil
	case low == nil:
		return top, nil
	case top.kind != Object || top.sealed:
		return top.above(low), nil
	case top.over == low:
		// It was merged with that already, when it referred to itself.
		return top, nil
	case low.kind == Object:
		return r.mergeObjects(top, low)
	case low.kind == Unresolved:
		return nil, top.place.fail(Open, "an object is merged with a substitution that is kept open",
			"what that will be is not known: give it a value")
	}
	v := top.above(low)
	v.sealed = true
	return v, nil
}

// mergeObjects is an object on top of another one.
func (r *resolver) mergeObjects(top, low *Value) (*Value, error) {
	v := &Value{kind: Object, place: top.place, over: low, sealed: low.sealed}
	merged, err := r.mergeFields(top.fields, low.fields)
	if err != nil {
		return nil, err
	}
	v.fields = merged
	if err := r.spend(top.place, merged.len()); err != nil {
		return nil, err
	}
	return v, r.weigh(v)
}

// mergeFields is the members of two objects.
func (r *resolver) mergeFields(top, low *fields) (*fields, error) {
	switch {
	case top.len() == 0:
		return low, nil
	case low.len() == 0:
		return top, nil
	}
	merged, more := &fields{keys: slices.Clip(low.keys), index: low.index}, false
	for _, key := range top.keys {
		more = more || low.find(key) < 0
	}
	switch {
	case !more:
		// The keys and their index are shared.
		merged.values = slices.Clone(low.values)
	case r.tip == low && !low.any(top.keys):
		// What is only grown, time and again, isn't copied each time.
		merged.keys, merged.values = low.keys, low.values
	default:
		merged.keys, merged.values = slices.Concat(low.keys, nil), slices.Clone(low.values)
		if low.index != nil {
			merged.reindex()
		}
	}
	for key, v := range top.all() {
		i := low.find(key)
		if i < 0 {
			merged.add(key, v)
			continue
		}
		both, err := r.overlay(v, low.values[i])
		if err != nil {
			return nil, err
		}
		merged.values[i] = both
	}
	if more {
		r.tip = merged
	}
	return merged, nil
}

// any says whether one of the keys is there.
func (f *fields) any(keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return f.find(key) >= 0 })
}
