package step

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
)

// temporalCause unwraps what Temporal put around an error.
func temporalCause(err error) error {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return errors.New(application.Message())
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		if cause := timeout.Unwrap(); cause != nil {
			return fmt.Errorf("timed out; last seen: %w", temporalCause(cause))
		}
		return fmt.Errorf("timed out (%s)", timeout.TimeoutType())
	}
	return err
}

// Code gives the fault code, or other type, of an activity's error; empty if it has none.
func Code(err error) string {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Type()
	}
	return ""
}

// Failure turns the error of a step into that of its workflow: for good, with the
// code of the step and the words that a person can act on. A cancellation stays one.
func Failure(err error) error {
	if temporal.IsCanceledError(err) {
		return err
	}
	kind := Code(err)
	if kind == "" {
		kind = "Unavailable"
	}
	return temporal.NewNonRetryableApplicationError(Reason(err), kind, nil)
}
