package hocon

import (
	"iter"
	"strconv"
)

// Leaves walks the values that have no members, in the order in which they are
// printed: scalars, nulls, open substitutions, and empty lists and objects. Each
// comes with its path as it would be written in a substitution; the items of a
// list are numbered from 0.
func (c *Config) Leaves() iter.Seq2[string, *Value] {
	return c.root.Leaves()
}

// Leaves walks the values below v that have no members as [Config.Leaves] does,
// with paths that begin at v. If v has no members itself, it is the only one,
// at the path "".
func (v *Value) Leaves() iter.Seq2[string, *Value] {
	return func(yield func(string, *Value) bool) {
		w := walker{yield: yield}
		w.walk(v)
	}
}

// walker goes through values, with the path to the one where it is.
type walker struct {
	printer // its text is the path

	raw   bool // keys stand in the path without quotes
	yield func(string, *Value) bool
}

// walk is false if nothing more is wanted.
func (w *walker) walk(v *Value) bool {
	switch {
	case v.kind == List && len(v.items) > 0:
		for i, item := range v.items {
			if !w.step(strconv.Itoa(i), item) {
				return false
			}
		}
		return true
	case v.kind == Object && v.fields.len() > 0:
		mark := w.sort(v.fields)
		for i := range v.fields.len() {
			at := w.order[mark+i]
			if !w.step(v.fields.keys[at], v.fields.values[at]) {
				return false
			}
		}
		w.order = w.order[:mark]
		return true
	}
	return w.yield(string(w.out), v)
}

// step walks a member or item.
func (w *walker) step(key string, v *Value) bool {
	before := len(w.out)
	if w.level > 0 {
		w.out = append(w.out, '.')
	}
	if w.raw {
		w.out = append(w.out, key...)
	} else {
		w.out = appendKey(w.out, key)
	}
	w.level++
	more := w.walk(v)
	w.level--
	w.out = w.out[:before]
	return more
}

// closed is nil if no substitution below v was kept open, and else an error
// that names them.
func (v *Value) closed() error {
	if !v.hasOpen() {
		return nil
	}
	var errs Errors
	for path, leaf := range v.Leaves() {
		if leaf.kind != Unresolved {
			continue
		}
		e := leaf.isOpen("print it as HOCON, or resolve it")
		e.Path = path
		if errs = append(errs, e); len(errs) == mostMissing {
			break
		}
	}
	return errs
}

// hasOpen says whether a substitution was kept open at v or below it.
func (v *Value) hasOpen() bool {
	for _, item := range v.items {
		if item.hasOpen() {
			return true
		}
	}
	if v.fields != nil {
		for _, member := range v.fields.values {
			if member.hasOpen() {
				return true
			}
		}
	}
	return v.kind == Unresolved
}

// isOpen is the error about a value that was kept open.
func (v *Value) isOpen(hint string) *Error {
	return v.place.fail(Open, string(appendReferences(nil, v.parts))+" is kept open, so the value is not known", hint)
}
