package generate

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// writer writes one file of a random project. It keeps account of the paths it
// has set, so that most references meet something that fits.
type writer struct {
	random  *rand.Rand
	shape   Shape
	project Project
	file    string
	text    strings.Builder

	// at is where in the file the writer is: the keys of the objects around it.
	at []string

	// set are the paths that have been set, from the file's root.
	set []setting

	// inList is how many lists are around the writer: what is in them has no path.
	inList int
}

// setting is a path and what kind of value was written to it.
type setting struct {
	path []string
	kind kind
}

type kind int

const (
	none kind = iota // not set
	scalar
	list
	object
	indexed // an object whose keys are numbers
)

// one says yes once in n.
func (w *writer) one(n int) bool { return w.random.IntN(n) == 0 }

// pick chooses one of the choices; one that stands twice is as likely again.
func (w *writer) pick(choices ...string) string { return choices[w.random.IntN(len(choices))] }

func (w *writer) put(pieces ...string) {
	for _, piece := range pieces {
		w.text.WriteString(piece)
	}
}

func (w *writer) document() {
	braces := w.one(5)
	w.put(w.pick("", "", "", "# begin\n", "\n\n", " "))
	if braces {
		w.put("{", w.gap())
	}
	w.fields(w.shape.Depth)
	if braces {
		w.put("}")
	}
	w.put(w.pick("", "\n", "\n", " # end", "// end\n"))
}

// fields writes the fields of one object, with what separates them.
func (w *writer) fields(depth int) {
	count := 1 + w.random.IntN(w.shape.Fields)
	for i := range count {
		if i > 0 {
			w.put(w.pick("\n", "\n", "\n", ",", ", ", ",\n", "\n\n", " // so\n", " # and so\n", "\r\n", "\n  # \"on\" ${its = own\n"))
		}
		w.put(strings.Repeat("  ", len(w.at)))
		if len(w.project.Files) < w.shape.Files && w.inList == 0 && w.one(7) {
			w.include()
			continue
		}
		w.field(depth)
	}
	w.put(w.pick("", "", "\n", ",", ",\n", "\n\n", " ", " # last\n"))
}

func (w *writer) field(depth int) {
	of := w.anyKind(depth)
	keys := w.keys(of)
	w.put(w.path(keys))
	outer := w.at
	w.at = append(append([]string(nil), outer...), keys...)
	defer func() { w.at = outer }()

	switch {
	case of == list && w.appends():
		w.put(" ", w.gap(), "+=", w.gap()) // a space, since 1+ would be read as a number
		w.inList++                         // to the reference it is one
		w.value(w.anyKind(depth-1), depth-1)
		w.inList--
	case of == object && depth > 0 && w.one(2):
		w.put(w.gap())
		w.object(depth - 1)
	default:
		w.put(w.gap(), w.pick("=", ":"), w.gap(), w.pick("", "", "", "", "", "", "\n "))
		w.value(of, depth)
	}
	if w.inList == 0 {
		w.set = append(w.set, setting{path: w.at, kind: of})
	}
}

// appends says whether a list is to be written with +=: seldom, where that
// fails.
func (w *writer) appends() bool {
	if w.inList > 0 {
		return w.one(200) // the reference refuses it there
	}
	return w.one(3)
}

// keys are those of a path to a value of a kind: one to three, mostly one.
func (w *writer) keys(of kind) []string {
	var keys []string
	for len(keys) < 2 && w.one(4) {
		keys = append(keys, w.key(object))
	}
	return append(keys, w.key(of))
}

// key is one of the few that values of a kind have. Seldom it is one of another
// kind's, so that objects and values that are none replace each other, too.
func (w *writer) key(of kind) string {
	if w.one(40) {
		return w.pick("x y", "a.b", "", "ü", "é-1", "true", "null", "include", "$", "10", "0", "1", "HOST")
	}
	if w.one(40) {
		of = w.anyKind(1)
	}
	switch of {
	case object:
		return w.pick("a", "a", "a", "b", "b", "c", "d")
	case list:
		return w.pick("l", "l", "m")
	case indexed:
		return "i"
	default:
		return w.pick("s", "s", "s", "t", "t", "e", "n")
	}
}

// path writes keys as a path expression.
func (w *writer) path(keys []string) string {
	elements := make([]string, len(keys))
	for i, key := range keys {
		plain := key != "" && !strings.ContainsAny(key, " .$") && (key != "include" || i > 0)
		switch {
		case !plain || w.one(20):
			elements[i] = strconv.Quote(key)
		default:
			elements[i] = key
		}
	}
	return strings.Join(elements, ".")
}

// gap is white space that does not end a line.
func (w *writer) gap() string {
	return w.pick("", " ", " ", " ", " ", "  ", "\t", " \u00a0", "\u2003")
}
