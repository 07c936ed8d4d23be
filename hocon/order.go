package hocon

import (
	"cmp"
	"strings"
)

// compareKeys orders keys as the reference prints them: whole numbers come
// first, by value, then the others, by text.
func compareKeys(a, b string) int {
	x, y := isDigits(a), isDigits(b)
	switch {
	case x && y:
		return compareDigits(a, b)
	case x:
		return -1
	case y:
		return 1
	}
	return cmp.Compare(a, b)
}

// compareDigits orders whole numbers of any length by value, and those of one
// value by text.
func compareDigits(a, b string) int {
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	if c := cmp.Compare(x, y); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

// isDigits says whether s is one or more decimal digits and nothing else.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
