package hocon

import (
	"iter"
	"strings"
)

// Text is a scalar's text: a string, or a number or boolean as it was written.
// It is empty for a null and for what is no scalar.
func (v *Value) Text() string { return v.text }

// Known is a scalar's text, and of an open value what is known of it, with
// nothing in the place of its substitutions: what it prints of itself wherever
// they lead. It is empty for a null, a list and an object.
func (v *Value) Known() string {
	if v.kind != Unresolved {
		return v.text
	}
	var known strings.Builder
	for _, piece := range v.parts {
		if piece.known != nil {
			known.WriteString(piece.known.string())
		}
	}
	return known.String()
}

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
