package hocon

import "iter"

// Text is a scalar's text: a string, or a number or boolean as it was written.
// It is empty for a null and for what is no scalar.
func (v *Value) Text() string { return v.text }

// Items walks the items of a list; those of anything else are none.
func (v *Value) Items() iter.Seq[*Value] {
	return func(yield func(*Value) bool) {
		for _, item := range v.items {
			if !yield(item) {
				return
			}
		}
	}
}

// Members walks the members of an object in the order in which their keys were
// first set; those of anything else are none.
func (v *Value) Members() iter.Seq2[string, *Value] { return v.fields.all() }
