package starter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Code is the exit code of the process. The numbers are a promise to CI jobs.
type Code int

// The exit codes.
const (
	ExitReleased       Code = 0
	ExitFailed         Code = 1
	ExitBadInput       Code = 2
	ExitRolledBack     Code = 3
	ExitStoppedWaiting Code = 4
	ExitNoConnection   Code = 5
	ExitNotStarted     Code = 6
	ExitStuck          Code = 7
)

// exitCodes is the one place that says what the codes mean.
var exitCodes = []struct {
	code    Code
	name    string
	meaning string
}{
	{ExitReleased, "released", "Done as asked: the version runs everywhere. After abort: it was given up. After sync and plan: planned. With --no-wait: the wish was taken."},
	{ExitFailed, "failed", "An image could not be built, or a step failed for good; no environment was changed by what failed. After drift: clusters differ, and stay so, or could not be compared."},
	{ExitBadInput, "badInput", "The command, the tag, slipway.yaml or a manifest is wrong, or the wish was refused. Trying again changes nothing."},
	{ExitRolledBack, "rolledBack", "A service failed, was late or was aborted, and everything that was touched is as before."},
	{ExitStoppedWaiting, "stoppedWaiting", "Interrupted, or --timeout passed. The workflow goes on; the same command joins it again."},
	{ExitNoConnection, "noConnection", "Temporal, or a worker or, for a plan, a cluster whose answer was needed, did not answer."},
	{ExitNotStarted, "notStarted", "Nothing was touched: refused by the check (after plan: it would be), superseded by a higher version, or cancelled before."},
	{ExitStuck, "stuck", "Not even the restore could finish. The output names what blocks it; a person is needed."},
}

// String gives the word for the code that JSON output carries.
func (c Code) String() string {
	for _, row := range exitCodes {
		if row.code == c {
			return row.name
		}
	}
	return fmt.Sprintf("code %d", int(c))
}

func exitCodeTable() string {
	var table strings.Builder
	for _, row := range exitCodes {
		fmt.Fprintf(&table, "  %d  %-15s %s\n", row.code, row.name, row.meaning)
	}
	return table.String()
}

// exitOf gives the code of a verdict. A verdict that this version does not know
// is a failure: it must never look like a release.
func exitOf(verdict rollout.Verdict) Code {
	switch verdict {
	case rollout.Released:
		return ExitReleased
	case rollout.Restored:
		return ExitRolledBack
	case rollout.NotStarted:
		return ExitNotStarted
	case rollout.Stuck:
		return ExitStuck
	default:
		return ExitFailed
	}
}

// Error is an error that knows the exit code.
type Error struct {
	Code Code
	Err  error
}

// Error gives the text of the error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the error below.
func (e *Error) Unwrap() error { return e.Err }

func fail(code Code, format string, args ...any) error {
	return &Error{Code: code, Err: fmt.Errorf(format, args...)}
}

func codeOf(err error) Code {
	var coded *Error
	if errors.As(err, &coded) {
		return coded.Code
	}
	return ExitFailed
}
