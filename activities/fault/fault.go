// Package fault holds the closed list of codes that errors of activities carry.
//
// An activity returns an ordinary Go error that wraps a fault somewhere in its
// chain; the interceptor of package workers turns the code into the type and
// the retryability of a Temporal error. Nothing else builds Temporal errors,
// because a %w around one silently makes it retryable.
package fault

import (
	"errors"
	"fmt"
)

// Code says what kind of error happened. Workflows match codes, never texts.
type Code string

const (
	// InvalidInput is what the user gave wrong; trying again changes nothing.
	InvalidInput Code = "InvalidInput"
	// NotFound is something that the user named and that does not exist.
	NotFound Code = "NotFound"
	// Conflict is somebody else owning or changing what the step wanted to write.
	Conflict Code = "Conflict"
	// Unauthorized is credentials that are missing, wrong or not sufficient.
	Unauthorized Code = "Unauthorized"
	// QuotaExceeded is a limit of the outside world that refuses the step.
	QuotaExceeded Code = "QuotaExceeded"
	// Superseded is a newer epoch that has taken over; this attempt must not write.
	Superseded Code = "Superseded"
	// Unavailable is an outside world that did not answer, or asked to come back later.
	Unavailable Code = "Unavailable"
	// Internal is everything else, a bug or something unforeseen.
	Internal Code = "Internal"
)

// Retryable tells whether the same call may succeed when it is made again.
// An unknown code is retryable: the unforeseen is more often a passing state of
// the outside world than a lasting one, and every step is bounded in time.
func (c Code) Retryable() bool {
	switch c {
	case InvalidInput, NotFound, Conflict, Unauthorized, QuotaExceeded, Superseded:
		return false
	case Unavailable, Internal:
		return true
	default:
		return true
	}
}

// Error is an error with a code.
type Error struct {
	Code Code
	Err  error
}

// Error gives the text of the error without its code.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the error that the code was put on.
func (e *Error) Unwrap() error { return e.Err }

// New formats an error and puts a code on it. Verbs are those of fmt.Errorf, %w included.
func New(code Code, format string, args ...any) error {
	return &Error{Code: code, Err: fmt.Errorf(format, args...)}
}

// With puts a code on an error; nil stays nil. The outermost code counts.
func With(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Err: err}
}

// CodeOf gives the code of an error: the outermost one in its chain, Internal
// if there is none.
func CodeOf(err error) Code {
	var coded *Error
	if errors.As(err, &coded) {
		return coded.Code
	}
	return Internal
}
