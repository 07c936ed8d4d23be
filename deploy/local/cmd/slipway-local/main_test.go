package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/process"
	"github.com/slipway-dev/slipway/deploy/local/process/processtest"
)

// mainVariable makes the test binary play slipway-local.
const mainVariable = "SLIPWAY_LOCAL_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestMistakesInTheCommandLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		want      string
	}{
		"up without a directory":     {[]string{"up"}, "--dir is missing"},
		"down without a directory":   {[]string{"down"}, "--dir is missing"},
		"status without a directory": {[]string{"status"}, "--dir is missing"},
		"an argument too many":       {[]string{"down", "--dir", "x", "now"}, `"now"`},
		"status of nothing":          {[]string{"status", "--dir", t.TempDir()}, "no platform runs here"},
		"no command":                 {nil, flag.ErrHelp.Error()},
		"an unknown command":         {[]string{"sideways"}, flag.ErrHelp.Error()},
		"an unknown flag":            {[]string{"up", "--colour"}, flag.ErrHelp.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), test.arguments)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// command gives the command line of slipway-local.
func command(arguments ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(os.Environ(), mainVariable+"=1")
	return command
}

// binaries makes components that do nothing, with Temporal as a script.
func binaries(t *testing.T, temporal string) string {
	t.Helper()
	directory := t.TempDir()
	for name, script := range map[string]string{
		"slipway-kubernetes": "exec sleep 600", "slipway-kwok": "exec sleep 600", "slipway-temporal": temporal,
	} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func TestAPlatformEndsWithTheInputThatItWasGiven(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	up := command("up", "--dir", directory, "--until-eof", "--bin", binaries(t, "exec sleep 600"))
	input, err := up.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- up.Wait() }()
	// The start is as far as it gets, but a start must end, too.
	var children []process.Identity
	processtest.Await(t, "the components", func() bool {
		children, err = process.ReadRecord(filepath.Join(directory, "children.json"))
		return err == nil && len(children) > 0
	})
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v, want exit status 0", err)
		}
	case <-time.After(time.Minute):
		_ = up.Process.Kill()
		t.Fatal("goes on without its input")
	}
	for _, child := range children {
		if child.Running() {
			t.Errorf("%s still runs", child.Command)
		}
	}
}

func TestADetachedStartThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	command := command("up", "--dir", directory, "--bin", binaries(t, "echo the disk is full; exit 1"), "--detach")
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("ended with %v, want exit status 1", err)
	}
	for _, want := range []string{"temporal ended: exit status 1", "the disk is full", filepath.Join(directory, "logs")} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the output lacks %q:\n%s", want, output)
		}
	}
	supervisors, err := process.ReadRecord(filepath.Join(directory, "supervisor.json"))
	if err != nil || len(supervisors) != 1 {
		t.Fatalf("recorded %v (%v)", supervisors, err)
	}
	if supervisors[0].Running() {
		t.Error("the supervisor still runs")
	}
}
