package hocon

import "fmt"

// parser reads one file into an object.
type parser struct {
	*lexer
	loader *loader

	token  token // the one to read next
	before token // the one that was read last

	prefix []string // the path that the file was included at
	trail  []string // where the parser is, behind prefix
	depth  int      // how many values surround the file
	lists  int      // how many lists surround the parser in it
	open   int      // how many substitutions it has seen
}

// advance reads the next token.
func (p *parser) advance() error {
	p.before = p.token
	t, err := p.next()
	p.token = t
	return err
}

// skipNewline reads over the ends of lines.
func (p *parser) skipNewline() error {
	if p.token.kind != newline {
		return nil
	}
	return p.advance()
}

// document reads the whole file into the root.
func (p *parser) document(root *object) error {
	if err := p.advance(); err != nil {
		return err
	}
	if err := p.skipNewline(); err != nil {
		return err
	}
	if err := p.top(root); err != nil {
		return err
	}
	if err := p.skipNewline(); err != nil {
		return err
	}
	if p.token.kind != endOfFile {
		return p.unexpected("the end of the file")
	}
	return nil
}

// top reads the object at the top, with braces or without.
func (p *parser) top(root *object) error {
	switch {
	case p.token.kind == openBracket:
		return p.token.place.fail(Type, "the file holds a list", "a configuration is an object: give the list a key")
	case p.token.kind == openBrace:
		return p.braces(root)
	case p.json:
		return p.unexpected("{")
	}
	return p.members(root, endOfFile)
}

// braces reads an object in braces.
func (p *parser) braces(o *object) error {
	opened := p.token.place
	if err := p.advance(); err != nil {
		return err
	}
	if err := p.members(o, closeBrace); err != nil {
		return err
	}
	if p.token.kind == endOfFile {
		return p.token.place.fail(Syntax, "the file ends within an object", "the { of "+opened.origin().String()+" is never closed: add }")
	}
	return p.advance()
}

// checkDepth refuses a value that too many others surround.
func (p *parser) checkDepth(at place) error {
	if p.depth+len(p.trail)+p.lists > p.loader.limits.Depth {
		return p.loader.limits.tooDeep(at)
	}
	return nil
}

// members reads the members of an object up to its end.
func (p *parser) members(o *object, end tokenKind) error {
	comma := false
	for {
		if err := p.skipNewline(); err != nil {
			return err
		}
		switch p.token.kind {
		case end:
			if comma && p.json {
				return p.unexpected("a member; JSON has no comma behind the last one")
			}
			return nil
		case endOfFile:
			return nil
		default:
		}
		if err := p.member(o); err != nil {
			return err
		}
		more, found, err := p.separator()
		if err != nil {
			return err
		}
		if !more && p.token.kind != end && p.token.kind != endOfFile {
			return p.unseparated(end)
		}
		comma = found
	}
}

// separator reads what stands between two members or items: a comma, the end of
// a line, or both. JSON wants the comma.
func (p *parser) separator() (more, found bool, err error) {
	if p.token.kind == newline {
		more = !p.json
		if err := p.advance(); err != nil {
			return false, false, err
		}
	}
	if p.token.kind == comma {
		return true, true, p.advance()
	}
	return more, false, nil
}

// unseparated is the error about two values without a comma or an end of line
// between them.
func (p *parser) unseparated(end tokenKind) error {
	expected := "a comma or the end of the line"
	if end != endOfFile {
		expected = fmt.Sprintf("a comma, the end of the line or %s", names[end])
	}
	return p.unexpected(expected)
}

// member reads a member, or an include.
func (p *parser) member(o *object) error {
	if p.token.kind == unquoted && p.token.text == "include" && !p.json {
		return p.include(o)
	}
	at, depth := p.token.place, len(p.trail)
	if err := p.key(); err != nil {
		return err
	}
	kind := p.token.kind
	if kind == newline {
		if err := p.advance(); err != nil {
			return err
		}
		kind = p.token.kind
	}
	if err := p.assigned(p.trail[depth:], kind); err != nil {
		return err
	}
	if err := p.checkDepth(at); err != nil {
		return err
	}
	v, err := p.assignment(kind)
	if err != nil {
		return err
	}
	err = p.put(o, p.trail[depth:], v, at)
	p.trail = p.trail[:depth]
	return err
}

// assigned checks what stands behind a key, and reads over : and =.
func (p *parser) assigned(keys []string, kind tokenKind) error {
	switch {
	case kind == colon, !p.json && (kind == equals || kind == plusEquals):
		if err := p.advance(); err != nil {
			return err
		}
		return p.skipNewline()
	case !p.json && kind == openBrace:
		return nil
	}
	return p.unexpected(fmt.Sprintf("= or : or { behind the key %s", JoinPath(keys...)))
}

// put gives the member of the keys a value.
func (p *parser) put(o *object, keys []string, v node, at place) error {
	for len(keys) > 1 {
		o, keys = o.inner(keys[0], at), keys[1:]
	}
	if p.json {
		if slot := o.find(keys[0]); slot != nil {
			return at.fail(Syntax, fmt.Sprintf("JSON has each key once, and %s is set at %s, too", JoinPath(keys[0]), slot.node.at().origin()), "remove one, or name the file .conf")
		}
	}
	o.push(keys[0], v)
	return nil
}

// key reads a member's key, which is a path, and follows it.
func (p *parser) key() (err error) {
	if !p.json {
		p.trail, err = p.pathExpression(p.trail)
		return err
	}
	if p.token.kind != quoted {
		return p.unexpected("a key in quotes")
	}
	p.trail = append(p.trail, p.token.text)
	return p.advance()
}

// pathExpression reads a path and appends its keys to others.
func (p *parser) pathExpression(keys []string) ([]string, error) {
	b := pathBuilder{keys: keys}
	at, first := p.token.place, true
	for p.token.kind >= quoted {
		t := p.token
		if !first && t.spaced(p.before) {
			b.last += p.source[p.before.end:t.start]
		}
		if !b.add(t.text, t.kind == quoted) {
			return keys, p.emptyKey(at)
		}
		first = false
		if err := p.advance(); err != nil {
			return keys, err
		}
	}
	if first {
		return keys, p.unexpected("a key")
	}
	if !b.end() {
		return keys, p.emptyKey(at)
	}
	return b.keys, nil
}

// emptyKey is the error about a path like a..b.
func (p *parser) emptyKey(at place) error {
	return at.fail(Syntax, "a path begins or ends with a dot, or has two in a row",
		`put a key that holds dots in quotes; an empty key is ""`)
}
