package stack

import (
	"fmt"
	"strings"
)

// Error is one thing wrong in a file: where, what, and the way out.
type Error struct {
	// File is relative to the root of the repository.
	File string `json:"file"`

	// Line and Column count from one; zero means unknown.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`

	// Field is the path to the value, such as services.cart.needs[0], or the
	// object that a manifest describes. It is empty when the whole file is meant.
	Field string `json:"field,omitempty"`

	Problem string `json:"problem"`
	Hint    string `json:"hint,omitempty"`
}

// Error gives the whole in one line, in the form that editors and CI systems
// turn into a link.
func (e Error) Error() string {
	var line strings.Builder
	line.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&line, ":%d", e.Line)
	}
	if e.Line > 0 && e.Column > 0 {
		fmt.Fprintf(&line, ":%d", e.Column)
	}
	if e.Field != "" {
		line.WriteString(": " + e.Field)
	}
	line.WriteString(": " + e.Problem)
	if e.Hint != "" {
		line.WriteString("; " + e.Hint)
	}
	return line.String()
}

// maxProblem is how much an error quotes of what others wrote.
const maxProblem = 512

func cut(text string) string {
	if len(text) <= maxProblem {
		return text
	}
	return strings.ToValidUTF8(text[:maxProblem], "") + "…"
}

// shownErrors is how many errors the text of Errors holds: a screenful. Nobody
// mends more in one go, and a failure in Temporal should stay readable.
const shownErrors = 25

// Errors is everything that is wrong, in the order of the file.
type Errors []Error

// Error gives one line for each error, and after a screenful the number of
// those left out.
func (e Errors) Error() string {
	lines := make([]string, 0, min(len(e), shownErrors)+1)
	for i, single := range e {
		if i == shownErrors {
			lines = append(lines, fmt.Sprintf("and %d more", len(e)-shownErrors))
			break
		}
		lines = append(lines, single.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors one by one to errors.As.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, single := range e {
		all[i] = single
	}
	return all
}
