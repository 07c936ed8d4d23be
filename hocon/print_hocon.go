package hocon

import (
	"bytes"
	"io"
	"slices"
)

// width is how long a list may be to stand on one line.
const width = 72

// WriteHOCON writes the members of the value at the top as HOCON that reads
// well: keys sorted as in JSON, quotes where they are needed, each member on a
// line. Parsing it gives the same values again. A substitution that was kept
// open is written behind what counts if it has no value:
//
//	pool = 10
//	pool = ${?DB_POOL}
//
// What it replaces in any case is not written: it may be a secret that was moved
// out of the file. Nor are comments kept, or the division into files.
func (c *Config) WriteHOCON(w io.Writer) error {
	return printTo(w, func(p *printer) { p.members(c.root) })
}

// members prints each member of an object from the beginning of a line.
func (p *printer) members(v *Value) {
	mark := p.sort(v.fields)
	for i := range v.fields.len() {
		at := p.order[mark+i]
		p.member(v.fields.keys[at], v.fields.values[at])
		p.offer()
	}
	p.order = p.order[:mark]
}

// member prints a member, what it builds on first.
func (p *printer) member(key string, v *Value) {
	p.keys = append(p.keys, key)
	if v.kind == Unresolved {
		for _, low := range slices.Backward(v.base(p.keys)) {
			p.setting(key, low)
		}
	}
	p.setting(key, v)
	p.keys = p.keys[:len(p.keys)-1]
}

// setting prints a key and a value.
func (p *printer) setting(key string, v *Value) {
	p.indent()
	if key == "include" {
		p.out = append(p.out, `"include"`...)
	} else {
		p.out = appendKey(p.out, key)
	}
	if v.kind == Object {
		p.out = append(p.out, ' ')
	} else {
		p.out = append(p.out, " = "...)
	}
	p.hocon(v)
	p.out = append(p.out, '\n')
}

// hocon prints a value from where the line has come to.
func (p *printer) hocon(v *Value) {
	switch v.kind {
	case Object:
		p.out = append(p.out, '{')
		if v.fields.len() > 0 {
			p.out = append(p.out, '\n')
			p.level++
			p.members(v)
			p.level--
			p.indent()
		}
		p.out = append(p.out, '}')
	case List:
		p.list(v)
	case Unresolved:
		p.out = appendParts(p.out, v.parts)
	default:
		p.out = appendWord(p.out, v)
	}
}

// list prints a list on one line if it is short and has nothing nested.
func (p *printer) list(v *Value) {
	begin := len(p.out)
	if p.shortList(v) && len(p.out)-begin <= width && !bytes.ContainsRune(p.out[begin:], '\n') {
		return
	}
	p.out = append(p.out[:begin], '[')
	p.level++
	p.keys = append(p.keys, "[]") // no path leads into a list
	for _, item := range v.items {
		p.line()
		p.hocon(item)
		p.offer()
	}
	p.keys = p.keys[:len(p.keys)-1]
	p.level--
	p.line()
	p.out = append(p.out, ']')
}

// shortList is false, and the list not all printed, if it is not short.
func (p *printer) shortList(v *Value) bool {
	begin := len(p.out)
	p.out = append(p.out, '[')
	for i, item := range v.items {
		if item.kind == Object || item.kind == List || len(p.out)-begin > width {
			return false
		}
		if i > 0 {
			p.out = append(p.out, ", "...)
		}
		p.hocon(item)
	}
	p.out = append(p.out, ']')
	return true
}

// appendWord appends a scalar, a string with quotes only where it needs them.
// Numbers stand as they were written, which applications can see.
func appendWord(b []byte, v *Value) []byte {
	switch {
	case v.kind != String, isWord(v.text):
		return append(b, v.string()...)
	case isBlock(v.text):
		return append(append(append(b, tripleQuote...), v.text...), tripleQuote...)
	}
	return appendQuoted(b, v.text)
}
