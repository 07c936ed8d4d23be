// Package process runs the components of the platform as child processes: each
// with its own log file, none of them outliving its parent, and each recorded
// with enough to recognise it later.
//
// It works on Linux only, for the parent-death signal and for /proc.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// Spec says what to run.
type Spec struct {
	// Name identifies the process within its group, for example "temporal".
	Name string
	// Path is the binary and Args its arguments, without the binary itself.
	Path string
	Args []string
	// Env is added to the parent's environment.
	Env []string
	// Log is the file that gets standard output and standard error, appended.
	Log string
	// Grace is how long the process may take to stop after SIGTERM before it
	// is killed; zero kills it at once.
	Grace time.Duration
}

// Process is one run of a Spec.
type Process struct {
	spec     Spec
	command  *exec.Cmd
	identity Identity
	done     chan struct{}
	err      error
	wanted   atomic.Bool
}

// start must be called on the thread that lives as long as the parent does:
// the kernel sends the parent-death signal when the starting thread ends.
func start(spec Spec) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(spec.Log), 0o750); err != nil {
		return nil, fmt.Errorf("creating log directory of %s: %w", spec.Name, err)
	}
	log, err := os.OpenFile(filepath.Clean(spec.Log), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening log of %s: %w", spec.Name, err)
	}
	// The child keeps its own copy of the descriptor.
	defer func() { _ = log.Close() }()

	command := exec.Command(spec.Path, spec.Args...)
	command.Env = append(os.Environ(), spec.Env...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		// A Ctrl-C at the terminal is for the parent, which stops its children
		// in order.
		Setpgid: true,
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Name, err)
	}
	process := &Process{spec: spec, command: command, done: make(chan struct{})}
	process.identity, err = Identify(command.Process.Pid)
	if errors.Is(err, ErrGone) {
		// It has ended already, and is about to be reported as a Death.
		process.identity = Identity{PID: command.Process.Pid}
	} else if err != nil {
		return nil, errors.Join(err, command.Process.Kill(), command.Wait())
	}
	go func() {
		process.err = command.Wait()
		close(process.done)
	}()
	return process, nil
}

// PID is the process ID; it stays known after the end.
func (p *Process) PID() int { return p.identity.PID }

// Done is closed when the process has ended and was waited for.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill ends the process with SIGKILL and waits until it is gone.
func (p *Process) Kill() {
	p.wanted.Store(true)
	_ = p.command.Process.Kill()
	<-p.done
}

// Stop asks with SIGTERM, kills after the grace period or when the context
// ends, and returns when the process is gone.
func (p *Process) Stop(ctx context.Context) {
	p.wanted.Store(true)
	_ = p.command.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(p.spec.Grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	p.Kill()
}

// Death says that a process ended without having been asked to.
type Death struct {
	Name string
	Err  error
	Log  string
	// Tail are the last lines of the log.
	Tail string
}

// Error makes a Death usable as the reason why something else did not work.
func (d Death) Error() string {
	return fmt.Sprintf("%s ended: %v; the end of %s:\n%s", d.Name, d.Err, d.Log, d.Tail)
}

// Death describes the end of a process that is Done.
func (p *Process) Death() Death {
	err := p.err
	if err == nil {
		err = errors.New("exit status 0")
	}
	return Death{Name: p.spec.Name, Err: err, Log: p.spec.Log, Tail: tail(p.spec.Log)}
}
