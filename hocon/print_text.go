package hocon

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain says which bytes stand in a quoted string as they are. Those beyond
// ASCII depend on their character.
var plain = func() (table [256]bool) {
	for c := ' '; c <= '~'; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// escaped has the letter behind the backslash of the escapes that have one.
var escaped = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

const hexDigits = "0123456789abcdef"

// appendQuoted appends a string as JSON has it. All control characters are
// escaped, since HOCON takes none in quotes. What is not UTF-8, which only the
// environment map can bring, becomes the replacement character.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	begin := 0
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		broken := r == utf8.RuneError && n == 1
		if r >= utf8.RuneSelf && !broken && !unicode.IsControl(r) {
			i += n
			continue
		}
		b = appendEscape(append(b, s[begin:i]...), r)
		i += n
		begin = i
	}
	return append(append(b, s[begin:]...), '"')
}

// appendEscape appends the escape of a character of at most 16 bits.
func appendEscape(b []byte, r rune) []byte {
	if r < utf8.RuneSelf && escaped[r] != 0 {
		return append(b, '\\', escaped[r])
	}
	return appendHex(b, r)
}

// appendHex appends a character of at most 16 bits by its number.
func appendHex(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// appendKey appends a key as a path has it, quoted where it must be.
func appendKey(b []byte, key string) []byte {
	if plainKey(key) {
		return append(b, key...)
	}
	return appendQuoted(b, key)
}

// isWord says whether a string is the same without quotes, to every reader of
// HOCON: letters, digits and a few signs that mean nothing, and neither the
// beginning of a number or a comment nor a word with a meaning.
func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '/'
		inner := c >= '0' && c <= '9' || c == '-' || c == '.'
		if !letter && (i == 0 || !inner) {
			return false
		}
	}
	for _, special := range []string{"true", "false", "null", "include"} {
		if strings.HasPrefix(s, special) {
			return false
		}
	}
	return s != "" && !strings.Contains(s, "//")
}

// isBlock says whether a string reads best in triple quotes: it has several
// lines, and nothing that would not be the same there.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || strings.Contains(s, tripleQuote) || strings.HasSuffix(s, `"`) || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}
