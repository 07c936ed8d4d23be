package hocon

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const tripleQuote = `"""`

// quoted reads a string in quotes, single or triple.
func (l *lexer) quoted(t token) (token, error) {
	t.kind = quoted
	if !l.json && strings.HasPrefix(l.source[l.pos:], tripleQuote) {
		return l.tripleQuoted(t)
	}
	l.pos++
	begin := l.pos
	for l.pos < len(l.source) {
		switch c := l.source[l.pos]; c {
		case '"':
			t.text = l.source[begin:l.pos]
			l.pos++
			t.end = l.pos
			return t, nil
		case '\\':
			return l.escaped(t, begin)
		default:
			if err := l.checkQuoted(t); err != nil {
				return t, err
			}
			l.pos++
		}
	}
	return t, l.unclosed(t)
}

// tripleQuoted reads a string in triple quotes, in which nothing is special but
// the end. Quotes beyond the last three belong to the string.
func (l *lexer) tripleQuoted(t token) (token, error) {
	begin := l.pos + len(tripleQuote)
	length := strings.Index(l.source[begin:], tripleQuote)
	if length < 0 {
		return t, t.place.fail(Syntax, `a string that begins with """ does not end`, `close it with """`)
	}
	end := begin + length
	for strings.HasPrefix(l.source[end+1:], tripleQuote) {
		end++
	}
	t.text = l.source[begin:end]
	l.pos = end + len(tripleQuote)
	t.end = l.pos
	if lines := strings.Count(t.text, "\n"); lines > 0 {
		l.line += int32(lines) //nolint:gosec // sources are bounded by Limits.Bytes
		l.column, l.counted = 1, begin+strings.LastIndexByte(t.text, '\n')+1
	}
	return t, nil
}

// escaped reads the rest of a quoted string in which there is an escape.
func (l *lexer) escaped(t token, begin int) (token, error) {
	text := append(make([]byte, 0, 64), l.source[begin:l.pos]...)
	for l.pos < len(l.source) {
		switch c := l.source[l.pos]; c {
		case '"':
			l.pos++
			t.text, t.end = string(text), l.pos
			return t, nil
		case '\\':
			r, err := l.escape()
			if err != nil {
				return t, err
			}
			text = utf8.AppendRune(text, r)
		default:
			if err := l.checkQuoted(t); err != nil {
				return t, err
			}
			text = append(text, c)
			l.pos++
		}
	}
	return t, l.unclosed(t)
}

// checkQuoted refuses a character that a quoted string holds only escaped.
func (l *lexer) checkQuoted(t token) error {
	c := l.source[l.pos]
	if c == '\n' {
		return l.unclosed(t)
	}
	control := c < ' ' || c == 0x7f || c == 0xC2 && l.source[l.pos+1] < 0xA0
	if !control {
		return nil
	}
	r, _ := utf8.DecodeRuneInString(l.source[l.pos:])
	return l.here(l.pos).fail(Syntax, fmt.Sprintf("the control character %U in a quoted string", r),
		fmt.Sprintf(`write \u%04x, or use """`, r))
}

// unclosed is the error about a string without an end.
func (l *lexer) unclosed(t token) error {
	hint := `close it with "; a string over several lines stands in """`
	if l.json {
		hint = `close it with ", and write the end of a line as \n`
	}
	return t.place.fail(Syntax, "a quoted string does not end on its line", hint)
}

// escapes has what the character behind a backslash stands for.
var escapes = [256]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads an escape, or two if they are the halves of one character.
func (l *lexer) escape() (rune, error) {
	p := l.here(l.pos)
	rest := l.source[l.pos+1:]
	if rest == "" {
		return 0, p.fail(Syntax, "a quoted string does not end", "")
	}
	if r := escapes[rest[0]]; r != 0 {
		l.pos += 2
		return r, nil
	}
	r, n := unicodeEscapes(l.source[l.pos:])
	if n == 0 {
		return 0, p.fail(Syntax, fmt.Sprintf(`\%s is no escape`, rest[:firstRune(rest)]),
			`write \\ for a backslash; the others are \" \/ \b \f \n \r \t and \u with four hexadecimal digits`)
	}
	l.pos += n
	return r, nil
}

// firstRune is how many bytes the first character takes.
func firstRune(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// unicodeEscapes reads the character that one unicode escape, or a pair of them,
// stands for, and says how many bytes that takes: 0 if there is none.
func unicodeEscapes(s string) (r rune, n int) {
	r, ok := unicodeEscape(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := unicodeEscape(s[6:]); ok {
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, 12
		}
	}
	return utf8.RuneError, 6
}

// unicodeEscape reads a backslash, u and four hexadecimal digits.
func unicodeEscape(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
