// Package process runs programs of which nothing is left behind: not when they
// end, not when the step that runs them is cancelled, not when the worker is
// killed.
//
// It is no sandbox. A program has all rights of the worker, and one that makes
// itself a session of its own is lost from sight.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// grace is how long a program may take to clean up after SIGTERM. Git
	// removes its lock files and half-written packs in milliseconds.
	grace = 5 * time.Second
	// reaped is how long the rest of a killed process group may take to vanish.
	// It is bounded because nobody reaps orphans in a container without an init.
	reaped = time.Second
	// maxOutput is where the output of a program is cut off. Listing 10,000
	// packages takes 20 MiB, so that more is a program gone wild.
	maxOutput = 64 << 20
	// maxErrors is how much of its error output is kept; people read the first
	// few lines, and what is shown is cut once more.
	maxErrors = 64 << 10
)

// Command is a program to run.
type Command struct {
	// Args are the program and its arguments.
	Args []string
	// Dir is where it runs.
	Dir string
	// Env is its whole environment; nothing is inherited.
	Env []string
}

// ExitError is the end of a program that did not succeed.
type ExitError struct {
	// Program is the base name of the program.
	Program string
	// Code is its exit code, -1 if a signal ended it.
	Code int
	// Stderr is what it wrote there, at most 64 KiB.
	Stderr string
}

// Error names the program and how it ended, without its output, which may hold
// secrets and has to be read by somebody who knows the program.
func (e *ExitError) Error() string {
	if e.Code < 0 {
		return e.Program + " was killed by a signal"
	}
	return fmt.Sprintf("%s ended with exit code %d", e.Program, e.Code)
}

// Run runs a program in a session of its own, without a terminal, and gives its
// output. When the context ends first, the program and all its children get
// SIGTERM, then SIGKILL, and the error wraps the context's error; when the
// worker is killed, they get SIGKILL. A program that ends with another code than
// 0 gives an *ExitError.
func Run(ctx context.Context, command Command) ([]byte, error) {
	stdout := &capped{limit: maxOutput}
	stderr := &capped{limit: maxErrors, drop: true}
	cmd := exec.CommandContext(ctx, command.Args[0], command.Args[1:]...)
	cmd.Dir = command.Dir
	cmd.Env = command.Env
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A session of its own: no terminal to ask questions on, and one signal
	// reaches all its children.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = grace
	program := filepath.Base(command.Args[0])

	err := guarded(cmd)
	if err == nil {
		return stdout.kept.Bytes(), nil
	}
	if cmd.Process != nil {
		killRest(cmd.Process.Pid)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("running %s: %w", program, ctx.Err())
	}
	if stdout.full {
		return nil, fmt.Errorf("running %s: %w", program, errFull)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, &ExitError{Program: program, Code: exit.ExitCode(), Stderr: stderr.kept.String()}
	}
	return nil, fmt.Errorf("running %s: %w", program, err)
}

// guarded runs a program that does not outlive this process.
func guarded(cmd *exec.Cmd) error {
	guard, err := newGuard()
	if err != nil {
		return err
	}
	defer guard.dismiss()
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := guard.over(cmd.Process.Pid); err != nil {
		return errors.Join(err, cmd.Cancel(), cmd.Wait())
	}
	return cmd.Wait()
}

// killRest kills what is left of a process group and waits until it is gone, so
// that nothing writes any more into directories that are removed next.
func killRest(group int) {
	deadline := time.NewTimer(reaped)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for syscall.Kill(-group, syscall.SIGKILL) == nil {
		select {
		case <-deadline.C:
			return
		case <-tick.C:
		}
	}
}

var errFull = fmt.Errorf("more than %d MiB of output", maxOutput>>20)

// capped collects output up to a limit, then drops the rest or fails.
type capped struct {
	kept  bytes.Buffer
	limit int
	// drop the rest instead of ending the program.
	drop bool
	full bool
}

func (c *capped) Write(data []byte) (int, error) {
	room := max(c.limit-c.kept.Len(), 0)
	if len(data) <= room {
		return c.kept.Write(data)
	}
	c.full = true
	if !c.drop {
		return 0, errFull
	}
	c.kept.Write(data[:room])
	return len(data), nil
}
