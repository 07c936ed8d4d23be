package hocon

import (
	"iter"
	"slices"
)

// fields is an object's members in the order in which their keys were first set.
type fields struct {
	keys   []string
	values []*Value
	index  map[string]int // nil for small objects
}

// indexed is the number of members from which on a map finds them faster than
// a walk.
const indexed = 17

// len is the number of members; a nil fields has none.
func (f *fields) len() int {
	if f == nil {
		return 0
	}
	return len(f.keys)
}

// find is the position of a key, or -1.
func (f *fields) find(key string) int {
	if f == nil {
		return -1
	}
	if f.index != nil {
		// The index may be shared with an object that has more members.
		if i, ok := f.index[key]; ok && i < len(f.keys) {
			return i
		}
		return -1
	}
	return slices.Index(f.keys, key)
}

// get is the value of a key, or nil.
func (f *fields) get(key string) *Value {
	if i := f.find(key); i >= 0 {
		return f.values[i]
	}
	return nil
}

// set gives a key a value; a key that is already there keeps its place.
func (f *fields) set(key string, v *Value) {
	if i := f.find(key); i >= 0 {
		f.values[i] = v
		return
	}
	f.add(key, v)
}

// add appends a member whose key is not there yet.
func (f *fields) add(key string, v *Value) {
	f.keys = append(f.keys, key)
	f.values = append(f.values, v)
	switch {
	case f.index != nil:
		f.index[key] = len(f.keys) - 1
	case len(f.keys) >= indexed:
		f.reindex()
	}
}

// reindex makes an index of its own.
func (f *fields) reindex() {
	f.index = make(map[string]int, 2*len(f.keys))
	for i, k := range f.keys {
		f.index[k] = i
	}
}

// all walks the members in order.
func (f *fields) all() iter.Seq2[string, *Value] {
	return func(yield func(string, *Value) bool) {
		for i := range f.len() {
			if !yield(f.keys[i], f.values[i]) {
				return
			}
		}
	}
}

// sorted is the positions of the members in the order in which objects are
// printed: keys that are whole numbers first, by value, then the others by text.
func (f *fields) sorted() []int {
	order := make([]int, f.len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareKeys(f.keys[a], f.keys[b]) })
	return order
}

// names is the keys in order.
func (f *fields) names() []string {
	if f == nil {
		return nil
	}
	return f.keys
}
