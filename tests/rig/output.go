package rig

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// tailLines is how much of a log a failure shows besides the whole log, which
// stands where the test's other output does.
const tailLines = 10

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

// tail gives the last lines.
func (o *output) tail() string {
	lines := strings.SplitAfter(o.String(), "\n")
	return strings.Join(lines[max(len(lines)-tailLines-1, 0):], "")
}
