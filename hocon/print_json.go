package hocon

import "io"

// WriteJSON writes the value at the top as compact JSON, keys sorted: whole
// numbers first, by value, then the others by text. Numbers stand as they were
// written as far as JSON allows that. Nothing is written if a substitution was
// kept open; the error, an [Errors], names the path of each.
func (c *Config) WriteJSON(w io.Writer) error {
	if err := c.root.closed(); err != nil {
		return err
	}
	return printTo(w, func(p *printer) { p.json(c.root) })
}

// WriteIndentedJSON does as WriteJSON, with each member and item on a line of
// its own and a newline at the end.
func (c *Config) WriteIndentedJSON(w io.Writer) error {
	if err := c.root.closed(); err != nil {
		return err
	}
	return printTo(w, func(p *printer) {
		p.indentedJSON(c.root)
		p.out = append(p.out, '\n')
	})
}

// AppendJSON appends the value as [Config.WriteJSON] prints it. The paths in
// errors begin at the value.
func (v *Value) AppendJSON(b []byte) ([]byte, error) {
	if err := v.closed(); err != nil {
		return b, err
	}
	p := printer{out: b}
	p.json(v)
	return p.out, nil
}

// json prints a value without any white space.
func (p *printer) json(v *Value) {
	switch v.kind {
	case List:
		p.out = append(p.out, '[')
		for i, item := range v.items {
			if i > 0 {
				p.out = append(p.out, ',')
			}
			p.json(item)
		}
		p.out = append(p.out, ']')
	case Object:
		p.out = append(p.out, '{')
		mark := p.sort(v.fields)
		for i := range v.fields.len() {
			if i > 0 {
				p.out = append(p.out, ',')
			}
			at := p.order[mark+i]
			p.out = append(appendQuoted(p.out, v.fields.keys[at]), ':')
			p.json(v.fields.values[at])
		}
		p.order = p.order[:mark]
		p.out = append(p.out, '}')
	default:
		p.out = appendScalar(p.out, v)
	}
	p.offer()
}

// indentedJSON prints a value over as many lines as it has members.
func (p *printer) indentedJSON(v *Value) {
	switch {
	case v.kind == List && len(v.items) > 0:
		p.out = append(p.out, '[')
		p.level++
		for i, item := range v.items {
			p.next(i)
			p.indentedJSON(item)
		}
		p.level--
		p.line()
		p.out = append(p.out, ']')
	case v.kind == Object && v.fields.len() > 0:
		p.out = append(p.out, '{')
		p.level++
		mark := p.sort(v.fields)
		for i := range v.fields.len() {
			at := p.order[mark+i]
			p.next(i)
			p.out = append(appendQuoted(p.out, v.fields.keys[at]), ": "...)
			p.indentedJSON(v.fields.values[at])
		}
		p.order = p.order[:mark]
		p.level--
		p.line()
		p.out = append(p.out, '}')
	default:
		p.json(v)
	}
	p.offer()
}

// next begins the line of a member or item.
func (p *printer) next(i int) {
	if i > 0 {
		p.out = append(p.out, ',')
	}
	p.line()
}

// appendScalar appends a value without members as JSON has it.
func appendScalar(b []byte, v *Value) []byte {
	switch v.kind {
	case String:
		return appendQuoted(b, v.text)
	case Number:
		return appendNumber(b, v.text)
	default:
		return append(b, v.string()...)
	}
}

// appendNumber appends a number without what JSON doesn't know: zeros in front,
// and a point without digits on both sides.
func appendNumber(b []byte, s string) []byte {
	if s[0] == '-' {
		b, s = append(b, '-'), s[1:]
	}
	n := digits(s)
	whole, rest := s[:n], s[n:]
	for len(whole) > 1 && whole[0] == '0' {
		whole = whole[1:]
	}
	if whole == "" {
		whole = "0"
	}
	if rest != "" && rest[0] == '.' && digits(rest[1:]) == 0 {
		rest = rest[1:]
	}
	return append(append(b, whole...), rest...)
}
