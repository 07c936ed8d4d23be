package stack

import (
	"fmt"
	"strings"
)

// maxSuggested is the length up to which a word is compared with others. No
// name that a file may hold is longer than a DNS label.
const maxSuggested = 63

// didYouMean returns a hint with the known word that was meant, or one that
// names all the known words as what they are.
func didYouMean(word, what string, known []string) string {
	if meant := nearest(word, known); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return fmt.Sprintf("the %s are %s", what, strings.Join(known, ", "))
}

// nearest returns the known word that differs from the given one in the fewest
// letters, or "" when none is near enough to be what was meant.
func nearest(word string, known []string) string {
	if len(word) > maxSuggested {
		return ""
	}
	nearest, best := "", max(1, len(word)/3)+1
	for _, candidate := range known {
		if distance := editDistance(strings.ToLower(word), strings.ToLower(candidate)); distance < best {
			nearest, best = candidate, distance
		}
	}
	return nearest
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn one word into the other.
func editDistance(from, to string) int {
	a, b := []rune(from), []rune(to)
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
