package starter

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/step"
)

// callError puts an exit code on the error of a call to Temporal.
func callError(doing string, err error) error {
	var invalid *serviceerror.InvalidArgument
	var missing *serviceerror.NotFound
	var refusal *temporal.ApplicationError
	switch {
	case errors.As(err, &refusal):
		return fail(ExitBadInput, "%s: refused: %s", doing, refusal.Message())
	case errors.As(err, &invalid):
		return fail(ExitBadInput, "%s: %w", doing, err)
	case errors.As(err, &missing):
		return fail(ExitBadInput, "%s: there is no such workflow", doing)
	case errors.Is(err, context.DeadlineExceeded):
		return fail(ExitNoConnection, "%s: no answer in time", doing)
	default:
		return fail(ExitNoConnection, "%s: %w", doing, err)
	}
}

// endError puts an exit code on the error with which a workflow ended.
func endError(id string, err error) error {
	var application *temporal.ApplicationError
	var cancelled *temporal.CanceledError
	var terminated *temporal.TerminatedError
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &application):
		return fail(codeOfType(application.Type()), "%s", step.Reason(err))
	case errors.As(err, &cancelled):
		return fail(ExitNotStarted, "%s was cancelled before it touched an environment", id)
	case errors.As(err, &terminated):
		return fail(ExitFailed, "%s was terminated, which undoes nothing: look at its environments with: starter status", id)
	case errors.As(err, &missing):
		return fail(ExitFailed, "%s is no longer in Temporal", id)
	default:
		return fail(ExitFailed, "%s failed: %w", id, err)
	}
}

// codeOfType gives the exit code of an error's type: of a release, or of the
// activity that failed in it.
func codeOfType(kind string) Code {
	switch kind {
	case release.InvalidInput, "NotFound", "Conflict":
		return ExitBadInput
	default:
		return ExitFailed
	}
}
