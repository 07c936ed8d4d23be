package hocon

import (
	"fmt"
	"unicode"
)

// What a byte may be. space is one, so that it counts as a length, too.
const (
	space      = 1 << iota // white space other than a newline
	reserved               // not allowed outside quotes, or with a meaning of its own
	numeric                // may be in a number
	maybeSpace             // the first byte of white space beyond ASCII
)

// class sorts bytes for the lexer.
var class = classify()

func classify() (table [256]uint8) {
	for _, c := range "\t\v\f\r\x1c\x1d\x1e\x1f " {
		table[c] |= space
	}
	for _, c := range "$\"{}[]:=,+#`^?!@*&\\\n" {
		table[c] |= reserved
	}
	for _, c := range "0123456789eE+-." {
		table[c] |= numeric
	}
	for _, c := range []byte{0xC2, 0xE1, 0xE2, 0xE3, 0xEF} {
		table[c] |= maybeSpace
	}
	return table
}

// isWideSpace says whether a character beyond ASCII is white space: separators,
// also those that don't break lines, and the byte order mark.
func isWideSpace(r rune) bool {
	return r == '\uFEFF' || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)
}

// refuse is the error about a character that needs quotes.
func (l *lexer) refuse(p place, c byte) error {
	if l.json {
		return p.fail(Syntax, fmt.Sprintf("%q is not JSON", c), "")
	}
	return p.fail(Syntax, fmt.Sprintf("%q is reserved and not allowed outside quotes", c),
		"put the text in double quotes")
}
