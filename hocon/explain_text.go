package hocon

import (
	"strconv"
	"unicode/utf8"
)

const (
	// mostExcerpt is how many bytes of a value an explanation shows.
	mostExcerpt = 80

	// masked stands for a value that is secret.
	masked = "(secret)"

	// nothing stands for what was hidden before it was resolved.
	nothing = "…"
)

// excerpt is the beginning of a value on one line.
type excerpt struct {
	out    []byte
	most   int // how long it may be; 0 for no end
	secret []func(path string) bool
}

// full says whether there is more than will be shown.
func (x *excerpt) full() bool { return x.most > 0 && len(x.out) > x.most }

// text is the excerpt, cut to its length between two characters.
func (x *excerpt) text() string {
	if !x.full() {
		return string(x.out)
	}
	end := x.most
	for end > 0 && !utf8.RuneStart(x.out[end]) {
		end--
	}
	return string(x.out[:end]) + "…"
}

// value appends a value that stands at a path.
func (x *excerpt) value(path string, v *Value) {
	switch {
	case x.full():
	case x.hides(path):
		x.out = append(x.out, masked...)
	case v.kind == List:
		x.list(path, v)
	case v.kind == Object:
		x.object(path, v)
	case v.kind == Unresolved:
		x.parts(path, v)
	default:
		x.out = appendScalar(x.out, v)
	}
}

func (x *excerpt) hides(path string) bool {
	for _, secret := range x.secret {
		if secret(path) {
			return true
		}
	}
	return false
}

func (x *excerpt) list(path string, v *Value) {
	x.out = append(x.out, '[')
	if v.items == nil {
		x.out = append(x.out, nothing...)
	}
	for i, item := range v.items {
		if x.full() {
			return
		}
		if i > 0 {
			x.out = append(x.out, ", "...)
		}
		x.value(below(path, strconv.Itoa(i)), item)
	}
	x.out = append(x.out, ']')
}

func (x *excerpt) object(path string, v *Value) {
	switch {
	case v.fields == nil:
		x.out = append(x.out, '{')
		x.out = append(append(x.out, nothing...), '}')
		return
	case v.fields.len() == 0:
		x.out = append(x.out, "{}"...)
		return
	}
	x.out = append(x.out, '{')
	for n, i := range v.fields.sorted() {
		if x.full() {
			return
		}
		if n > 0 {
			x.out = append(x.out, ',')
		}
		key := v.fields.keys[i]
		x.out = append(appendKey(append(x.out, ' '), key), " = "...)
		x.value(below(path, key), v.fields.values[i])
	}
	x.out = append(x.out, " }"...)
}

// parts appends a value that was kept open, as it was written. Pieces that were
// hidden may be lists and objects, too.
func (x *excerpt) parts(path string, v *Value) {
	for i, p := range v.parts {
		switch {
		case p.known == nil || p.known.scalar():
			x.out = appendParts(x.out, v.parts[i:i+1])
		default:
			x.value(path, p.known)
		}
	}
}
