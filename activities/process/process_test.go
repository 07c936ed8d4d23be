package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/process"
	"github.com/slipway-dev/slipway/activities/process/processtest"
)

func shell(script string) process.Command {
	return process.Command{Args: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}}
}

func TestRun(t *testing.T) {
	t.Parallel()
	t.Run("the output of a program comes back", func(t *testing.T) {
		t.Parallel()
		out, err := process.Run(context.Background(), shell("echo out; echo err >&2"))
		if string(out) != "out\n" || err != nil {
			t.Errorf("got %q, %v", out, err)
		}
	})
	t.Run("a program that fails says its code and what it wrote", func(t *testing.T) {
		t.Parallel()
		_, err := process.Run(context.Background(), shell("echo why >&2; exit 3"))
		var exit *process.ExitError
		if !errors.As(err, &exit) || exit.Code != 3 || exit.Stderr != "why\n" || err.Error() != "sh ended with exit code 3" {
			t.Errorf("got %#v", err)
		}
	})
	t.Run("endless complaints are cut", func(t *testing.T) {
		t.Parallel()
		_, err := process.Run(context.Background(), shell("head -c 1000000 /dev/zero >&2; exit 1"))
		var exit *process.ExitError
		if !errors.As(err, &exit) || len(exit.Stderr) != 64<<10 {
			t.Errorf("got %d bytes", len(exit.Stderr))
		}
	})
	t.Run("endless output is an error", func(t *testing.T) {
		t.Parallel()
		_, err := process.Run(context.Background(), shell("head -c 70000000 /dev/zero"))
		if err == nil || !strings.Contains(err.Error(), "more than 64 MiB of output") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a program that is not there is an error", func(t *testing.T) {
		t.Parallel()
		_, err := process.Run(context.Background(), process.Command{Args: []string{"/no/such/program"}})
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing of the environment is inherited", func(t *testing.T) {
		t.Parallel()
		out, err := process.Run(context.Background(), shell("echo ${HOME:-none}"))
		if string(out) != "none\n" || err != nil {
			t.Errorf("got %q, %v", out, err)
		}
	})
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a program and its children end":                    "sleep 600 & echo $! >$0.new; mv $0.new $0; wait",
		"children that ignore SIGTERM end":                  "(trap '' TERM; while :; do sleep 1; done) & echo $! >$0.new; mv $0.new $0; exit 0",
		"a program that ignores SIGTERM ends after a while": "trap '' TERM; echo $$ >$0.new; mv $0.new $0; while :; do sleep 1; done",
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			command := shell(script)
			command.Args = append(command.Args, file)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				_, err := process.Run(ctx, command)
				ended <- err
			}()
			pid := processtest.AwaitPID(t, file)
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want a cancellation", err)
			}
			if processtest.Alive(pid) {
				t.Errorf("process %d is alive", pid)
			}
		})
	}
}

// TestRunByAWorkerThatIsKilled starts this binary again, as a worker.
func TestRunByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	worker := exec.Command(os.Args[0])
	worker.Env = append(os.Environ(), workerVariable+"="+dir)
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	program := processtest.AwaitPID(t, filepath.Join(dir, "program"))
	child := processtest.AwaitPID(t, filepath.Join(dir, "child"))
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait()
	processtest.AwaitEnd(t, program)
	processtest.AwaitEnd(t, child)
}

// workerVariable makes the test binary play a worker that runs a program.
const workerVariable = "PROCESS_TEST_WORKER"

func TestMain(m *testing.M) {
	dir := os.Getenv(workerVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	command := shell(`trap '' TERM HUP; sleep 600 & echo $! >child.new; mv child.new child
		echo $$ >program.new; mv program.new program; wait`)
	command.Dir = dir
	_, err := process.Run(context.Background(), command)
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
