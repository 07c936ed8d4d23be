package hocon

import (
	"strings"
	"unicode"
)

// namesOf is the keys that a field takes: the one that its tag names, or both
// spellings of its own name.
func namesOf(name, tag string) []string {
	if tag != "" {
		return []string{tag}
	}
	words := wordsOf(name)
	kebab, camel := "", ""
	for i, word := range words {
		lower := strings.ToLower(word)
		if i == 0 {
			kebab, camel = lower, lower
			continue
		}
		kebab += "-" + lower
		camel += word
	}
	if kebab == camel {
		return []string{kebab}
	}
	return []string{kebab, camel}
}

// wordsOf parts a Go name where a capital follows a small letter or a digit, and
// before the last of several capitals if a small letter follows: HTTPPort is
// HTTP and Port.
func wordsOf(name string) []string {
	var words []string
	runes := []rune(name)
	begin := 0
	for i := 1; i < len(runes); i++ {
		endOfCapitals := i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1])
		if unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || endOfCapitals) {
			words = append(words, string(runes[begin:i]))
			begin = i
		}
	}
	return append(words, string(runes[begin:]))
}

// nearest is the name that reads most like a key, or nothing if none is close.
func nearest(key string, names []string) string {
	if len(key) > longestName {
		return ""
	}
	best, found := len(key)/3+1, ""
	for _, name := range names {
		if d := distance(strings.ToLower(key), strings.ToLower(name)); d <= best && (found == "" || d < best) {
			best, found = d, name
		}
	}
	return found
}

// longestName is more than any field is called.
const longestName = 100

// distance is how many letters have to be put in, taken out or changed to make
// one text the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
