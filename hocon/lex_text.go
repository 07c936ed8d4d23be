package hocon

import "unicode/utf8"

// unquoted reads a run of characters that need no quotes.
func (l *lexer) unquoted(t token) (token, error) {
	for l.pos < len(l.source) {
		c := l.source[l.pos]
		switch {
		case c >= utf8.RuneSelf:
			if l.blank(l.pos) > 0 {
				return l.run(t, unquoted), nil
			}
		case class[c]&(space|reserved) != 0, c == '/' && l.atComment():
			return l.run(t, unquoted), nil
		}
		l.pos++
	}
	return l.run(t, unquoted), nil
}

// run is the token from its start to pos.
func (l *lexer) run(t token, kind tokenKind) token {
	t.kind, t.end, t.text = kind, l.pos, l.source[t.start:l.pos]
	return t
}

// number reads a run of characters that may be in numbers. What isn't a number
// after all is unquoted text.
func (l *lexer) number(t token) (token, error) {
	for l.pos < len(l.source) && class[l.source[l.pos]]&numeric != 0 {
		l.pos++
	}
	t = l.run(t, number)
	if isNumber(t.text) {
		return t, nil
	}
	t.kind = unquoted
	for i := range len(t.text) {
		if t.text[i] == '+' {
			return t, l.refuse(l.here(t.start+i), '+')
		}
	}
	return t, nil
}

// isNumber says whether Java's Long or Double reads the text, which consists of
// number characters. A whole number that does not fit into 64 bits is none.
func isNumber(s string) bool {
	i := 0
	if s[0] == '-' {
		i++
	}
	whole := digits(s[i:])
	i += whole
	if i == len(s) {
		return whole > 0 && fitsInt64(s)
	}
	fraction := 0
	if s[i] == '.' {
		fraction = digits(s[i+1:])
		i += 1 + fraction
	}
	if whole+fraction == 0 {
		return false
	}
	return i == len(s) || isExponent(s[i:])
}

// isExponent says whether s is e, a sign or none, and digits.
func isExponent(s string) bool {
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return isDigits(s)
}

// digits is how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// fitsInt64 says whether a whole number is one of 64 bits.
func fitsInt64(s string) bool {
	most := "9223372036854775807"
	if s[0] == '-' {
		s, most = s[1:], "9223372036854775808"
	}
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return len(s) < len(most) || len(s) == len(most) && s <= most
}
