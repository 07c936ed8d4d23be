package hocon

import "slices"

// Kind is the type of a value.
type Kind uint8

// The kinds. An Unresolved value was kept open by [ResolveOptions].Keep.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Object
	Unresolved
)

// String is the name of the kind as errors give it.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "list", "object", "open substitution"}[k]
}

// Value is a resolved value. It never changes; values that stem from one
// substitution may be shared. A nil Value is absent.
type Value struct {
	kind Kind

	// blank marks the white space between two pieces of a concatenation, and
	// sealed an object beneath which no other object shows through.
	blank, sealed bool

	// height is how many values are nested in one another here, count how many
	// there are in all, and size about how many bytes they take to print.
	height int16
	count  int32
	size   int64

	place place

	// text is a string's text, or a number's or boolean's as it was written.
	text string

	// items are a list's.
	items []*Value

	// fields are an object's, in the order in which their keys were first set.
	fields *fields

	// parts are what an Unresolved value is joined from.
	parts []part

	// over is what this value replaced or was merged over, and so on from
	// there; nil when it was the first at its path. A substitution that was
	// hidden before it was needed stands there unresolved.
	over *Value
}

// part is a piece of a value that was kept open: a value that is known, or a
// substitution.
type part struct {
	known     *Value
	reference string // its path, as it is written between the braces
	optional  bool
	place     place
}

// Kind is the value's type.
func (v *Value) Kind() Kind { return v.kind }

// Origin is where the value was written; of an object merged from several
// places, the last of them.
func (v *Value) Origin() Origin { return v.place.origin() }

// scalar says whether the value has a text of its own: it is neither a list nor
// an object, nor open.
func (v *Value) scalar() bool { return v.kind <= String }

// string is a scalar's text in a concatenation.
func (v *Value) string() string {
	if v.kind == Null {
		return "null"
	}
	return v.text
}

// above is the value, having replaced another one.
func (v *Value) above(old *Value) *Value {
	if old == nil {
		return v
	}
	c := *v
	c.over = old
	return &c
}

// newScalar is a value without members.
func newScalar(k Kind, text string, p place) *Value {
	return &Value{kind: k, text: text, place: p, height: 1, count: 1, size: int64(len(text)) + 4}
}

// newOpen is a value that waits for its parts.
func newOpen(p place, parts ...part) *Value {
	v := &Value{kind: Unresolved, parts: slices.Clip(parts), place: p, height: 1, count: 1}
	for _, piece := range parts {
		v.size += int64(len(piece.reference)) + 8
		if piece.known != nil {
			v.size += piece.known.size
		}
	}
	return v
}
