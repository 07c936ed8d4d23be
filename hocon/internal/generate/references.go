package generate

import "slices"

// reference writes a substitution. Most refer to something of the kind that is
// wanted, which was set before; the rest to any path, to the value itself, to
// what is around it, or to the environment.
func (w *writer) reference(of kind) {
	path, sure := w.target(of)
	switch {
	case w.inList == 0 && w.one(10):
		path, sure = w.near()
	case of == scalar && w.one(12):
		path, sure = []string{w.pick("HOST", "EMPTY", "NONE", "7")}, false
	case !sure && !w.one(6):
		path = []string{"unset"}
	}
	mark := "?"
	if sure && w.one(2) || w.one(50) {
		mark = ""
	}
	w.put("${", mark, w.path(path), "}")
}

// target is a path that was set to a value of a kind, and true; or any path, and
// false. Mostly it comes before the value that is being written, in the order of
// the keys: few references run in a circle.
func (w *writer) target(of kind) ([]string, bool) {
	for range 10 {
		if len(w.set) == 0 || w.one(40) {
			break
		}
		s := w.set[w.random.IntN(len(w.set))]
		if w.kindOf(s.path) == of && (slices.Compare(s.path, w.at) < 0 && !starts(w.at, s.path) || w.one(20)) {
			return s.path, true
		}
	}
	return w.keys(of), false
}

// starts says whether a path begins with another.
func starts(path, with []string) bool {
	return len(with) <= len(path) && slices.Equal(path[:len(with)], with)
}

func (w *writer) isSet(path []string) bool {
	return slices.ContainsFunc(w.set, func(s setting) bool { return slices.Equal(s.path, path) })
}

// kindOf is the kind of value that was last written to a path.
func (w *writer) kindOf(path []string) kind {
	for _, s := range slices.Backward(w.set) {
		if slices.Equal(s.path, path) {
			return s.kind
		}
	}
	return none
}

// near is the path that is being set, one below it, or one above it. The first
// two look back, and are sure when something was there before.
func (w *writer) near() ([]string, bool) {
	path := append([]string(nil), w.at...)
	switch {
	case len(path) > 1 && w.one(5):
		path = path[:len(path)-1]
	case w.one(3):
		path = append(path, w.key(w.anyKind(1)))
	}
	return path, w.isSet(path)
}
