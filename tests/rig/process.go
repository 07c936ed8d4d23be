package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Process is a program of ours that runs beside a test.
type Process struct {
	t       testing.TB
	command *exec.Cmd
	log     *output
	// asked tells that a test has ended it; any other end of a worker is a failure.
	asked atomic.Bool
	done  chan struct{}
	// alive ends when a program ends that must not.
	alive context.Context
}

// start starts a program and ends it with the test, whose failure shows its
// log. After its end, and before anybody hears of it, ended is called, if given.
func (r *Rig) start(ended func(*Process), program string, arguments ...string) *Process {
	r.t.Helper()
	p := &Process{t: r.t, log: &output{}, done: make(chan struct{}), alive: r.alive}
	p.command = exec.Command(program, arguments...)
	p.command.Env = r.env()
	p.command.Stdout, p.command.Stderr = p.log, p.log
	// A program must not outlive a test binary that was killed.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.command.Start(); err != nil {
		r.t.Fatalf("starting %s: %v", program, err)
	}
	go func() {
		defer close(p.done)
		_ = p.command.Wait()
		if ended != nil {
			ended(p)
		}
	}()
	r.t.Cleanup(func() {
		p.Signal(syscall.SIGCONT)
		p.Kill()
		if r.t.Failed() {
			r.t.Logf("log of %s:\n%s", program, p.log)
		}
	})
	return p
}

// mourn fails the test when a worker ended and nobody had asked it to.
func (r *Rig) mourn(p *Process) {
	if p.asked.Load() {
		return
	}
	r.t.Errorf("a worker ended by itself (%s); the end of its log:\n%s", p.command.ProcessState, p.log.tail())
	r.die(errors.New("a worker has ended by itself"))
}

// Kill ends the program as a crash of its machine would, and waits until it is gone.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// Wait waits for the end of the program and gives its exit code.
func (p *Process) Wait() int {
	p.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case <-p.done:
	case <-p.alive.Done():
		p.t.Fatalf("%s was waited for, but: %v", p.command.Path, context.Cause(p.alive))
	case <-deadline.C:
		p.t.Fatalf("%s did not end", p.command.Path)
	}
	return p.command.ProcessState.ExitCode()
}

// WantExit waits for the end of the program and fails unless it has the exit code.
func (p *Process) WantExit(want int) {
	p.t.Helper()
	if code := p.Wait(); code != want {
		p.t.Fatalf("exit code %d, want %d\n%s", code, want, p.Log())
	}
}

// Signal sends a signal; one to a program that is gone is lost.
func (p *Process) Signal(signal syscall.Signal) {
	if signal == syscall.SIGTERM || signal == syscall.SIGINT || signal == syscall.SIGKILL {
		p.asked.Store(true)
	}
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		fmt.Fprintln(p.log, "signalling:", err)
	}
}

// Ended tells whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// PID gives the number of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Log gives what the program has printed.
func (p *Process) Log() string { return p.log.String() }

// Memory gives the resident memory of the program, in MB.
func (p *Process) Memory(t testing.TB) float64 {
	t.Helper()
	var kilobytes float64
	if n, _ := fmt.Sscanf(field(p.PID(), "VmRSS"), "%f kB", &kilobytes); n != 1 {
		t.Fatal("no VmRSS in the status of the process")
	}
	return kilobytes / 1000
}
