package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Process is a program of ours that runs beside a test.
type Process struct {
	command *exec.Cmd
	log     *output
	done    chan struct{}
}

// start starts a program and ends it with the test, whose failure shows its log.
func start(t testing.TB, env []string, program string, arguments ...string) *Process {
	t.Helper()
	p := &Process{log: &output{}, done: make(chan struct{})}
	p.command = exec.Command(program, arguments...)
	p.command.Env = env
	p.command.Stdout, p.command.Stderr = p.log, p.log
	// A program must not outlive a test binary that was killed.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.command.Start(); err != nil {
		t.Fatalf("starting %s: %v", program, err)
	}
	go func() {
		defer close(p.done)
		_ = p.command.Wait()
	}()
	t.Cleanup(func() {
		p.Signal(syscall.SIGCONT)
		p.Kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", program, p.log)
		}
	})
	return p
}

// Kill ends the program as a crash of its machine would, and waits until it is gone.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// Wait waits for the end of the program and gives its exit code.
func (p *Process) Wait() int {
	<-p.done
	return p.command.ProcessState.ExitCode()
}

// Signal sends a signal; one to a program that is gone is lost.
func (p *Process) Signal(signal os.Signal) {
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		fmt.Fprintln(p.log, "signalling:", err)
	}
}

// Log gives what the program has printed.
func (p *Process) Log() string { return p.log.String() }

// Run runs a program to its end and gives its exit code and what it printed.
func Run(ctx context.Context, t testing.TB, env []string, program string, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err output
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = env
	command.Stdout, command.Stderr = &out, &err
	failure := command.Run()
	var exit *exec.ExitError
	if failure != nil && !errors.As(failure, &exit) {
		t.Fatalf("running %s: %v", program, failure)
	}
	return command.ProcessState.ExitCode(), out.String(), err.String()
}

// output is a buffer that is written and read at the same time.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// Memory gives the resident memory of the program, in MB.
func (p *Process) Memory(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kilobytes); n == 1 {
			return kilobytes / 1000
		}
	}
	t.Fatal("no VmRSS in the status of the process")
	return 0
}
