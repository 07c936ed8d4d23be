package hocon

import (
	"strings"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	endOfFile tokenKind = iota
	newline             // one or more of them, with the comments in between
	comma
	colon
	equals
	plusEquals
	openBrace
	closeBrace
	openBracket
	closeBracket
	openSubstitution // ${ or ${?
	quoted           // a quoted string; its text is without quotes and escapes
	number           // a text that Java reads as a number
	unquoted         // a run of any other characters that need no quotes
)

// token is a piece of the text.
type token struct {
	kind     tokenKind
	optional bool // of openSubstitution: it was ${?
	place    place
	start    int    // where it begins in the source
	end      int    // and where it ends
	text     string // what it stands for
	comment  string // of newline and endOfFile: the comment before it on its line
}

// spaced says whether there is white space between two neighbours.
func (t token) spaced(before token) bool { return t.start > before.end }

// lexer cuts a source into tokens.
type lexer struct {
	source string
	json   bool // JSON has fewer tokens
	pos    int

	// line counts the lines up to pos. counted is a position in that line, and
	// column its column: columns are counted on from there.
	line    int32
	counted int
	column  int32
	file    *string
}

// newLexer begins at the start of the source, behind a byte order mark.
func newLexer(file *string, source string, json bool) *lexer {
	return &lexer{
		source: strings.TrimPrefix(source, "\uFEFF"), json: json,
		line: 1, column: 1, file: file,
	}
}

// here is the place of the given position, which is in the current line and not
// before one that was asked for.
func (l *lexer) here(pos int) place {
	l.column += int32(utf8.RuneCountInString(l.source[l.counted:pos])) //nolint:gosec // sources are bounded by Limits.Bytes
	l.counted = pos
	return place{file: l.file, line: l.line, column: l.column}
}

// next reads the next token.
func (l *lexer) next() (token, error) {
	l.skipBlanks()
	start := l.pos
	t := token{start: start, place: l.here(start)}
	if start >= len(l.source) {
		t.end = start
		return t, nil
	}
	c := l.source[start]
	switch {
	case c == '\n' || l.atComment():
		return l.lineEnd(t)
	case c == '"':
		return l.quoted(t)
	case c == '$':
		return l.substitution(t)
	case c == '+':
		return l.plus(t)
	case c == '-' || '0' <= c && c <= '9':
		return l.number(t)
	case single[c] != endOfFile:
		l.pos++
		t.kind, t.end = single[c], l.pos
		return t, nil
	case class[c]&reserved != 0:
		return t, l.refuse(t.place, c)
	}
	return l.unquoted(t)
}

// single has the tokens of one character.
var single = [256]tokenKind{
	',': comma, ':': colon, '=': equals, '{': openBrace, '}': closeBrace, '[': openBracket, ']': closeBracket,
}

// skipBlanks moves to the next character that isn't white space, or to the end
// of the line.
func (l *lexer) skipBlanks() {
	for l.pos < len(l.source) {
		n := l.blank(l.pos)
		if n == 0 {
			return
		}
		l.pos += n
	}
}

// blank is how many bytes the white space character at pos takes, or 0. A
// newline is none.
func (l *lexer) blank(pos int) int {
	c := l.source[pos]
	if c < utf8.RuneSelf {
		return int(class[c] & space)
	}
	if class[c]&maybeSpace == 0 {
		return 0
	}
	r, n := utf8.DecodeRuneInString(l.source[pos:])
	if isWideSpace(r) {
		return n
	}
	return 0
}

// atComment says whether a comment begins at pos.
func (l *lexer) atComment() bool {
	return l.source[l.pos] == '#' || strings.HasPrefix(l.source[l.pos:], "//")
}

// lineEnd reads over ends of lines, comments and white space.
func (l *lexer) lineEnd(t token) (token, error) {
	first := true
	for l.pos < len(l.source) {
		switch {
		case l.source[l.pos] == '\n':
			l.pos++
			l.newLine()
			t.kind, first = newline, false
		case l.atComment():
			if l.json {
				return t, t.place.fail(Syntax, "a comment in JSON", "remove it, or name the file .conf")
			}
			text := l.comment()
			if first {
				t.comment = text
			}
		default:
			before := l.pos
			l.skipBlanks()
			if l.pos == before {
				t.end = l.pos
				return t, nil
			}
		}
	}
	t.end = l.pos
	return t, nil
}

// comment reads a comment up to the end of its line.
func (l *lexer) comment() string {
	rest := l.source[l.pos:]
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	l.pos += len(rest)
	return rest
}

// newLine notes that a line begins at pos.
func (l *lexer) newLine() {
	l.line++
	l.column, l.counted = 1, l.pos
}

// substitution reads the beginning of one.
func (l *lexer) substitution(t token) (token, error) {
	rest := l.source[l.pos:]
	if !strings.HasPrefix(rest, "${") {
		return t, t.place.fail(Syntax, "'$' is reserved for substitutions", "write ${path}, or put the text in quotes")
	}
	t.kind, t.end = openSubstitution, l.pos+2
	if strings.HasPrefix(rest, "${?") {
		t.optional, t.end = true, l.pos+3
	}
	l.pos = t.end
	return t, nil
}

// plus reads +=, the only place for a plus outside quotes and numbers.
func (l *lexer) plus(t token) (token, error) {
	if !strings.HasPrefix(l.source[l.pos:], "+=") {
		return t, l.refuse(t.place, '+')
	}
	l.pos += 2
	t.kind, t.end = plusEquals, l.pos
	return t, nil
}

// placeAt counts the lines up to pos, which is not before one that was asked
// for, and is the place there.
func (l *lexer) placeAt(pos int) place {
	skipped := l.source[l.counted:pos]
	if n := strings.Count(skipped, "\n"); n > 0 {
		l.line += int32(n) //nolint:gosec // sources are bounded by Limits.Bytes
		l.column, l.counted = 1, l.counted+strings.LastIndexByte(skipped, '\n')+1
	}
	return l.here(pos)
}
