package hocon

import (
	"fmt"
	"io"
	"unicode/utf16"
)

// WriteProperties writes the values as Java properties, one line for each leaf
// in the order in which they are printed, in ASCII. Items of lists have their
// number as key: hosts.0, hosts.1. Nulls and empty lists and objects, which the
// form cannot say, are left out.
//
// Nothing is written if a substitution was kept open, or if a key with a dot
// in it would make two paths the same; the error, an [Errors], names them.
func (c *Config) WriteProperties(w io.Writer) error {
	if err := c.root.closed(); err != nil {
		return err
	}
	if err := c.distinct(); err != nil {
		return err
	}
	return printTo(w, func(p *printer) {
		for path, v := range c.properties() {
			p.out = append(appendProperty(p.out, path, true), '=')
			p.out = append(appendProperty(p.out, v.text, false), '\n')
			p.offer()
		}
	})
}

// properties walks the values that properties can say, by paths without quotes.
func (c *Config) properties() func(yield func(string, *Value) bool) {
	return func(yield func(string, *Value) bool) {
		w := walker{raw: true, yield: func(path string, v *Value) bool {
			return !v.scalar() || v.kind == Null || yield(path, v)
		}}
		w.walk(c.root)
	}
}

// distinct refuses paths that differ only in their quotes.
func (c *Config) distinct() error {
	places := make(map[string]place)
	var errs Errors
	for path, v := range c.properties() {
		if first, ok := places[path]; ok {
			e := v.place.fail(Type, fmt.Sprintf("is the same property as the one at %s", first.origin()),
				"properties cannot tell a key with a dot in it from two keys: rename one, or print JSON or HOCON")
			e.Path = path
			errs = append(errs, e)
		}
		places[path] = v.place
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// appendProperty appends a key or a value with the escapes that Java reads.
func appendProperty(b []byte, s string, key bool) []byte {
	for i, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\f' || r == '\\':
			b = append(b, '\\', escaped[r])
		case key && (r == '=' || r == ':' || r == ' '), i == 0 && (r == ' ' || r == '#' || r == '!'):
			b = append(b, '\\', byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = appendHex(appendHex(b, high), low)
		case r < ' ' || r > '~':
			b = appendHex(b, r)
		default:
			b = append(b, byte(r))
		}
	}
	return b
}
