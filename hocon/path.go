package hocon

import (
	"strconv"
	"strings"
	"unicode"
)

// ParsePath splits a path expression into its keys, as a substitution does:
// a.b has two, "a.b" in quotes is one.
func ParsePath(s string) ([]string, error) {
	name := "path"
	if at := invalidUTF8(s); at >= 0 {
		return nil, &Error{Code: Encoding, Path: strconv.QuoteToASCII(s), Problem: "is not UTF-8"}
	}
	p := parser{lexer: newLexer(&name, s, false)}
	if err := p.advance(); err != nil {
		return nil, pathError(s, err)
	}
	keys, err := p.pathExpression(nil)
	if err != nil {
		return nil, pathError(s, err)
	}
	if p.token.kind != endOfFile {
		return nil, pathError(s, p.unexpected("the end of the path"))
	}
	return keys, nil
}

// pathError tells of a mistake in a path that the program gave.
func pathError(path string, err error) error {
	e, ok := err.(*Error) //nolint:errorlint // the lexer and the parser return their own errors unwrapped
	if !ok {
		return err
	}
	return &Error{Code: e.Code, Path: path, Problem: "is not a path: " + e.Problem, Hint: e.Hint}
}

// JoinPath is the path expression of the keys, each quoted where it must be.
func JoinPath(keys ...string) string {
	if len(keys) == 1 && plainKey(keys[0]) {
		return keys[0]
	}
	var b strings.Builder
	for i, key := range keys {
		if i > 0 {
			b.WriteByte('.')
		}
		if plainKey(key) {
			b.WriteString(key)
		} else {
			writeQuoted(&b, key)
		}
	}
	return b.String()
}

// plainKey says whether a key needs no quotes in a path.
func plainKey(key string) bool {
	for _, r := range key {
		if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return key != ""
}

// writeQuoted writes a string as JSON does.
func writeQuoted(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r):
			b.WriteString(`\u` + strconv.FormatInt(0x10000+int64(r), 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// pathBuilder gathers the keys of a path from the tokens it is written with.
type pathBuilder struct {
	keys   []string
	last   string
	quoted bool // last has a quoted part, so it may be empty
}

// add takes a token's text. Only the dots outside quotes part keys.
func (b *pathBuilder) add(text string, inQuotes bool) bool {
	if inQuotes {
		b.last += text
		b.quoted = true
		return true
	}
	for {
		before, after, found := strings.Cut(text, ".")
		b.last += before
		if !found {
			return true
		}
		if !b.end() {
			return false
		}
		text = after
	}
}

// end closes a key; it is false for an empty one without quotes.
func (b *pathBuilder) end() bool {
	ok := b.last != "" || b.quoted
	b.keys = append(b.keys, b.last)
	b.last, b.quoted = "", false
	return ok
}
