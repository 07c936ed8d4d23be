package generate

import "strconv"

// anyKind chooses a kind as often as documents have it.
func (w *writer) anyKind(depth int) kind {
	choice := w.random.IntN(100)
	switch {
	case choice < 50 || depth <= 0:
		return scalar
	case choice < 75:
		return object
	case choice < 94:
		return list
	default:
		return indexed
	}
}

// value writes a value of a kind: literally, by reference, or joined from pieces.
func (w *writer) value(of kind, depth int) {
	if depth <= 0 && of != scalar {
		w.reference(of)
		return
	}
	switch choice := w.random.IntN(100); {
	case choice < 20:
		w.reference(of)
	case choice < 40:
		w.joined(of, depth)
	default:
		w.literal(of, depth)
	}
}

func (w *writer) literal(of kind, depth int) {
	switch of {
	case object:
		w.object(depth - 1)
	case list:
		w.list(depth - 1)
	case indexed:
		w.indexed()
	default:
		w.put(w.scalar())
	}
}

func (w *writer) object(depth int) {
	if w.one(12) {
		w.put("{", w.gap(), "}")
		return
	}
	w.put("{", w.pick("", " ", "\n", "\n", " # in\n"))
	w.fields(depth)
	w.put("}")
}

// indexed writes an object that becomes a list where it is joined with one.
func (w *writer) indexed() {
	w.put("{ ", w.pick("0", "1", "2", `"10"`), " = ", w.plain(), ", ", w.pick("0", "3", "-1", "x"), " = ", w.plain(), "}")
}

func (w *writer) list(depth int) {
	w.inList++
	defer func() { w.inList-- }()
	w.put("[", w.pick("", "", " ", "\n"))
	count := w.random.IntN(4)
	for i := range count {
		if i > 0 {
			w.put(w.pick(",", ", ", "\n", ",\n", " # next\n"))
		}
		w.value(w.anyKind(depth), depth)
	}
	if count > 0 {
		w.put(w.pick("", "", "", ",", "\n", " "))
	}
	w.put("]")
}

// joined writes two or three pieces that are joined to one value of a kind.
func (w *writer) joined(of kind, depth int) {
	for i := range 2 + w.random.IntN(2) {
		if i > 0 {
			w.put(w.gap())
		}
		piece := of
		switch {
		case w.one(200):
			piece = w.anyKind(depth)
		case of == list && w.one(6):
			piece = indexed
		}
		switch {
		case w.one(2) || (piece == indexed && of == list):
			w.reference(piece)
		case piece != scalar:
			w.literal(piece, depth)
		case i > 0 && w.one(2):
			w.put(w.quoted())
		default:
			w.put(" ", w.plain())
		}
	}
}

func (w *writer) scalar() string {
	switch w.random.IntN(6) {
	case 0:
		return w.quoted()
	case 1:
		return w.plain() + w.pick(" ", " ", "  ", "\t") + w.plain()
	case 2:
		return w.pick("true", "false", "null", "null", "yes", "off")
	default:
		return w.plain()
	}
}

// plain is a piece that needs no quotes.
func (w *writer) plain() string {
	switch w.random.IntN(3) {
	case 0:
		return w.pick("0", "1", "-2", "3.5", "1.0", "007", "1e3", "2E-3", "-0", "12s", "512k", "1.2.3", "-", "10.0.0.1", "3e", "1-2")
	case 1:
		return strconv.Itoa(w.random.IntN(1000))
	default:
		return w.pick("w", "word", "true", "truest", "null", "nullable", "a.b", "/usr/bin", "http", "über", "include", "x_y", "(z)", "50%", "a;b", "<c>", "it's", "a|b~c")
	}
}

func (w *writer) quoted() string {
	return w.pick(
		`""`, `"a"`, `"a b"`, `" padded "`, `"1"`, `"true"`, `"line\nbreak"`, `"tab\tquote\"slash\\"`,
		`"\u00fc\u20ac"`, `"\ud83d\ude80"`, `"${a}"`, `"# no comment"`, `"http://x/y"`, `"{[,]}"`, `"\/"`,
		`"""raw"""`, `"""raw "quotes" \n"""`, "\"\"\"two\n  lines\"\"\"", `"""ends in quote""""`, `""""""`, `"""${b}"""`,
	)
}
