package config

import (
	"cmp"
	"errors"
	"strings"

	"github.com/slipway-dev/slipway/hocon"
)

// Error is one thing that is wrong with config: where, which value, and the way
// out. It never holds the value itself when that may be secret.
type Error struct {
	// Origin is the place in a file; without a line the whole file is meant.
	Origin hocon.Origin

	// Path is that of the value in the config, as a substitution writes it. It
	// is empty when the file as a whole is meant.
	Path string

	Problem string
	Hint    string
}

// Error gives the whole in one line.
func (e *Error) Error() string {
	return (&hocon.Error{Origin: e.Origin, Path: e.Path, Problem: e.Problem, Hint: e.Hint}).Error()
}

// Errors is everything that is wrong with the config of a service.
type Errors []*Error

// Error gives each on a line of its own.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, single := range e {
		lines[i] = single.Error()
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

// fromHOCON takes over what the parser or the resolver says of a file. The hint,
// if there is one, replaces theirs unless it is empty.
func fromHOCON(err error, file string, hint func(*hocon.Error) string) Errors {
	var several hocon.Errors
	var single *hocon.Error
	switch {
	case errors.As(err, &several):
	case errors.As(err, &single):
		several = hocon.Errors{single}
	default:
		return Errors{{Origin: hocon.Origin{File: file}, Problem: err.Error()}}
	}
	found := make(Errors, 0, len(several))
	for _, e := range several {
		taken := &Error{Origin: e.Origin, Path: e.Path, Problem: e.Problem, Hint: e.Hint}
		if hint != nil {
			taken.Hint = cmp.Or(hint(e), e.Hint)
		}
		if taken.Origin.File == "" {
			taken.Origin.File = file
		}
		found = append(found, taken)
	}
	return found
}
