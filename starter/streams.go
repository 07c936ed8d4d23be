// Package starter is the command line by which people and CI systems release
// stacks: it turns a command into the start, an update or a query of a
// workflow, shows what happens, and exits with a code that says how it ended.
//
// It decides nothing and touches no target. When it is gone the workflows go on.
package starter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/slipway-dev/slipway/starter/progress"
)

// Streams connect a command with the world.
type Streams struct {
	// Out takes the result, Err progress and errors.
	Out io.Writer
	Err io.Writer
	// Interrupts are the signals on which to stop waiting.
	Interrupts <-chan os.Signal
}

// view chooses how progress is shown: redrawn in place on a terminal, line by
// line everywhere else.
func (s Streams) view() progress.View {
	file, ok := s.Err.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" || os.Getenv("CI") != "" {
		return progress.NewLines(s.Err)
	}
	size := func() (int, int) {
		columns, rows, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}
	return progress.NewScreen(s.Err, size, os.Getenv("NO_COLOR") == "")
}

// untilInterrupt gives a context that the first interrupt ends. The returned
// function gives the interrupts back to whoever listens next.
func (s Streams) untilInterrupt(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-s.Interrupts:
			cancel(errInterrupted)
		case <-stop:
		}
	}()
	return ctx, func() {
		close(stop)
		<-stopped
	}
}

// errInterrupted is why a context ended on which nothing was started yet.
var errInterrupted = fail(ExitNotStarted, "interrupted before anything was started")

// orInterrupt says that an interrupt is the reason, where it is.
func orInterrupt(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(cause, errInterrupted) {
		return cause
	}
	return err
}

func (s Streams) say(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	_, _ = fmt.Fprintln(s.Err, text) // there is nowhere left to complain
}
