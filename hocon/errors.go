package hocon

import (
	"fmt"
	"strings"
)

// Code says which rule an Error is about. The list is closed.
type Code string

// The codes.
const (
	Syntax   Code = "syntax"   // the text is not HOCON
	Encoding Code = "encoding" // the text is not UTF-8
	Include  Code = "include"  // an include is missing, leaves the root or reads itself
	Missing  Code = "missing"  // a required substitution or a path that was asked for is not set
	Cycle    Code = "cycle"    // a substitution needs its own value
	Type     Code = "type"     // a value is of another type than was asked for or can be joined
	Limit    Code = "limit"    // a limit is exceeded
	Open     Code = "open"     // a substitution that was kept open stands in the way
)

// Error is one thing that is wrong: where, which rule, and the way out.
type Error struct {
	Code   Code
	Origin Origin

	// Path is the path of the value that is concerned, as it would be written
	// in a substitution. It is empty when the text as a whole is meant.
	Path string

	Problem string
	Hint    string
}

// Error gives the whole in one line: file:line:column: path: problem; hint.
func (e *Error) Error() string {
	var line strings.Builder
	if e.Origin.File != "" {
		line.WriteString(e.Origin.File)
		if e.Origin.Line > 0 {
			fmt.Fprintf(&line, ":%d:%d", e.Origin.Line, e.Origin.Column)
		}
		line.WriteString(": ")
	}
	if e.Path != "" {
		line.WriteString(e.Path + ": ")
	}
	line.WriteString(e.Problem)
	if e.Hint != "" {
		line.WriteString("; " + e.Hint)
	}
	return line.String()
}

// Errors is several things that are wrong at once, for a person who wants to
// mend them in one go. It has at least one element.
type Errors []*Error

// Error gives each on a line of its own.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As see each of them.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}
