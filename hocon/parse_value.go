package hocon

import (
	"slices"
	"strings"
)

// assignment reads the value behind a separator, or behind a key before {.
func (p *parser) assignment(separator tokenKind) (node, error) {
	at := p.token.place
	switch separator {
	case openBrace:
		return p.piece()
	case colon, equals:
		return p.value()
	default:
		return p.appended(at)
	}
}

// appended reads the value behind +=, which becomes the last item of what is
// there already.
func (p *parser) appended(at place) (node, error) {
	if p.lists > 0 {
		return nil, at.fail(Syntax, "+= within a list: there is no path that the items before could be found at",
			"write out the list")
	}
	p.open++
	p.lists++
	v, err := p.value()
	p.lists--
	if err != nil {
		return nil, err
	}
	keys := append(slices.Clone(p.prefix), p.trail...)
	before := p.newReference(at, keys, JoinPath(p.trail...), true)
	return &concat{place: at, pieces: []node{before, &list{place: at, items: []layer{{node: v}}}}}, nil
}

// value reads a value: one, or several on a line that are joined.
func (p *parser) value() (node, error) {
	first, err := p.piece()
	if err != nil {
		return nil, err
	}
	if first == nil {
		return nil, p.unexpected("a value")
	}
	if !p.continues() {
		return first, nil
	}
	return p.concatenation(first)
}

// continues says whether another piece of the same value comes next.
func (p *parser) continues() bool {
	k := p.token.kind
	return !p.json && (k >= openSubstitution || k == openBrace || k == openBracket)
}

// concatenation reads on behind the first piece of a value.
func (p *parser) concatenation(first node) (node, error) {
	j := joiner{pieces: []node{first}}
	simple := p.simple(first)
	for p.continues() {
		blank := ""
		if simple && p.token.spaced(p.before) && p.token.kind >= openSubstitution {
			blank = p.source[p.before.end:p.token.start]
		}
		n, err := p.piece()
		if err != nil {
			return nil, err
		}
		if blank != "" {
			v := newScalar(String, blank, n.at())
			v.blank = true
			if err := j.add(v); err != nil {
				return nil, err
			}
		}
		if err := j.add(n); err != nil {
			return nil, err
		}
		simple = p.simple(n)
	}
	j.end()
	if len(j.pieces) == 1 {
		return j.pieces[0], nil
	}
	return &concat{place: first.at(), pieces: j.pieces}, nil
}

// simple says whether white space next to a piece belongs to the value.
func (p *parser) simple(n node) bool {
	switch n.(type) {
	case *object, *list:
		return false
	}
	return true
}

// piece reads one value; nil if there is none.
func (p *parser) piece() (node, error) {
	t := p.token
	switch t.kind {
	case quoted:
		return newScalar(String, t.text, t.place), p.advance()
	case number:
		return newScalar(Number, t.text, t.place), p.advance()
	case unquoted:
		return p.word(t)
	case openSubstitution:
		return p.substitution()
	case openBrace:
		o := &object{place: t.place}
		return o, p.braces(o)
	case openBracket:
		return p.list()
	default:
		return nil, nil
	}
}

// word reads unquoted text, which may be true, false or null.
func (p *parser) word(t token) (node, error) {
	switch t.text {
	case "true", "false":
		return newScalar(Bool, t.text, t.place), p.advance()
	case "null":
		return newScalar(Null, "", t.place), p.advance()
	}
	if p.json {
		return nil, p.unexpected("a value; JSON has text in quotes")
	}
	return newScalar(String, t.text, t.place), p.advance()
}

// substitution reads ${path} or ${?path}.
func (p *parser) substitution() (node, error) {
	opened := p.token
	if p.json {
		return nil, p.unexpected("a value; JSON has no substitutions")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	begin := p.token.start
	keys, err := p.pathExpression(slices.Clip(p.prefix))
	if err != nil {
		return nil, err
	}
	if len(keys) > p.loader.limits.Depth {
		return nil, p.loader.limits.tooDeep(opened.place)
	}
	text := p.source[begin:p.before.end]
	if p.token.kind != closeBrace {
		return nil, p.unexpected("} at the end of ${" + shorten(text))
	}
	p.open++
	return p.newReference(opened.place, keys, text, opened.optional), p.advance()
}

// newReference is a substitution in this file, whose keys begin with the path
// that the file was included at.
func (p *parser) newReference(at place, keys []string, text string, optional bool) *reference {
	r := &reference{place: at, keys: keys, text: text, id: text, optional: optional, prefix: len(p.prefix)}
	if r.prefix > 0 {
		r.id = strings.Join(p.prefix, "\x00") + "\x00" + text
	}
	return r
}

// list reads a list.
func (p *parser) list() (node, error) {
	opened := p.token.place
	l := &list{place: opened}
	p.lists++
	if err := p.checkDepth(opened); err != nil {
		return nil, err
	}
	open := p.open
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.items(l, opened); err != nil {
		return nil, err
	}
	l.open = p.open > open
	p.lists--
	return l, p.advance()
}

// items reads a list's items up to its end.
func (p *parser) items(l *list, opened place) error {
	comma := false
	for {
		if err := p.skipNewline(); err != nil {
			return err
		}
		switch p.token.kind {
		case closeBracket:
			if comma && p.json {
				return p.unexpected("an item; JSON has no comma behind the last one")
			}
			return nil
		case endOfFile:
			return p.token.place.fail(Syntax, "the file ends within a list", "the [ of "+opened.origin().String()+" is never closed: add ]")
		default:
		}
		v, err := p.value()
		if err != nil {
			return err
		}
		l.items = append(l.items, layer{node: v})
		more, found, err := p.separator()
		if err != nil {
			return err
		}
		if !more && p.token.kind != closeBracket && p.token.kind != endOfFile {
			return p.unseparated(closeBracket)
		}
		comma = found
	}
}
