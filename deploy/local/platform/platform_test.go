package platform_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/deploy/local/platform"
	"github.com/slipway-dev/slipway/deploy/local/ports"
	"github.com/slipway-dev/slipway/deploy/local/process"
	"github.com/slipway-dev/slipway/deploy/local/process/processtest"
)

const (
	// supervisorVariable makes the test binary play slipway-local up.
	supervisorVariable = "PLATFORM_TEST_DIR"
	binariesVariable   = "PLATFORM_TEST_BIN"
)

func TestMain(m *testing.M) {
	directory := os.Getenv(supervisorVariable)
	if directory == "" {
		os.Exit(m.Run())
	}
	options := platform.Options{Dir: directory, Bin: os.Getenv(binariesVariable), Clusters: 1, Nodes: 1}
	if err := platform.Run(context.Background(), options, os.Stdout, func() {}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fakeBinaries is a directory of components that are shell scripts: the given
// ones, and the others sleep.
func fakeBinaries(t *testing.T, scripts map[string]string) string {
	t.Helper()
	directory := t.TempDir()
	for _, name := range []string{"slipway-kubernetes", "slipway-kwok", "slipway-temporal"} {
		script, found := scripts[name]
		if !found {
			script = "exec sleep 600"
		}
		if err := os.WriteFile(filepath.Join(directory, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func TestMistakesAreFoundBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	taken, err := ports.NewPicker().Pick()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := ports.Listen(taken)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for name, test := range map[string]struct {
		change func(*platform.Options)
		want   []string
	}{
		"no directory":          {func(o *platform.Options) { o.Dir = "" }, []string{"--dir"}},
		"no cluster":            {func(o *platform.Options) { o.Clusters = 0 }, []string{"--clusters 0"}},
		"too many clusters":     {func(o *platform.Options) { o.Clusters = 1000 }, []string{"--clusters 1000"}},
		"no node":               {func(o *platform.Options) { o.Nodes = 0 }, []string{"--nodes 0"}},
		"binaries not built":    {func(o *platform.Options) { o.Bin = t.TempDir() }, []string{"slipway-kubernetes", "build it"}},
		"Temporal's port taken": {func(o *platform.Options) { o.TemporalPort = taken }, []string{"--temporal-port", fmt.Sprintf("process %d", os.Getpid())}},
		"the UI's port taken":   {func(o *platform.Options) { o.UIPort = taken }, []string{"--ui-port", fmt.Sprint(taken)}},
		"registry's port taken": {func(o *platform.Options) { o.RegistryPort = taken }, []string{"--registry-port", fmt.Sprint(taken)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := platform.Options{Dir: t.TempDir(), Bin: fakeBinaries(t, nil), Clusters: 1, Nodes: 1}
			test.change(&options)
			err := platform.Run(t.Context(), options, t.Output(), func() { t.Error("became ready") })
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not contain %q", err, want)
				}
			}
		})
	}
}

func TestAComponentThatDiesEndsTheStartWithItsLastWords(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	options := platform.Options{
		Dir: directory, Clusters: 1, Nodes: 1,
		Bin: fakeBinaries(t, map[string]string{"slipway-temporal": "echo the disk is full; exit 1"}),
	}
	err := platform.Run(t.Context(), options, t.Output(), func() { t.Error("became ready") })
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"temporal", "exit status 1", "the disk is full", "temporal.log"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not contain %q", err, want)
		}
	}
	wantNothingRunning(t, directory)
}

func TestAnInterruptedStartLeavesNothing(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	options := platform.Options{Dir: directory, Bin: fakeBinaries(t, nil), Clusters: 1, Nodes: 1}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- platform.Run(ctx, options, t.Output(), func() { t.Error("became ready") })
	}()
	processtest.Await(t, "temporal and etcd", func() bool {
		recorded, err := process.ReadRecord(filepath.Join(directory, "children.json"))
		return err == nil && len(recorded) == 2
	})
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("an interrupted start gave %v", err)
	}
	wantNothingRunning(t, directory)
}

func TestOneDirectoryHasOnePlatform(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	bin := fakeBinaries(t, nil)
	first := startSupervisor(t, directory, bin)
	err := platform.Run(t.Context(), platform.Options{Dir: directory, Bin: bin, Clusters: 1, Nodes: 1}, t.Output(), func() {})
	if err == nil || !strings.Contains(err.Error(), "down --dir "+directory) {
		t.Errorf("got %v, want the way out", err)
	}
	if !first.identity.Running() {
		t.Error("the first platform was disturbed")
	}
}

func TestDownStopsWhatIsRecordedAndNothingElse(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	if err := platform.Down(t.Context(), directory); !errors.Is(err, platform.ErrNotRunning) {
		t.Errorf("down in an empty directory gave %v", err)
	}
	first := startSupervisor(t, directory, fakeBinaries(t, nil))
	if err := platform.Down(t.Context(), directory); err != nil {
		t.Fatal(err)
	}
	for _, identity := range append(first.children, first.identity) {
		if identity.Running() {
			t.Errorf("%s still runs", identity.Command)
		}
	}
	if err := platform.Down(t.Context(), directory); !errors.Is(err, platform.ErrNotRunning) {
		t.Errorf("a second down gave %v", err)
	}
	// The same numbers, given to somebody else since then: this test.
	self, err := process.Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf(`[{"pid":%d,"started":%d,"command":"slipway-local up"}]`, self.PID, self.Started)
	for _, name := range []string{"supervisor.json", "children.json"} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(stale), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := platform.Down(t.Context(), directory); !errors.Is(err, platform.ErrNotRunning) {
		t.Errorf("down with the record of another process gave %v", err)
	}
}

func TestNoChildOutlivesASupervisorThatWasKilled(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	supervisor := startSupervisor(t, directory, fakeBinaries(t, nil))
	if err := supervisor.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = supervisor.command.Wait()
	for _, child := range supervisor.children {
		processtest.Await(t, "the end of "+child.Command, func() bool { return !child.Running() })
	}
	if err := platform.Status(directory, t.Output()); !errors.Is(err, platform.ErrNotRunning) {
		t.Errorf("status gave %v", err)
	}
	if err := platform.Down(t.Context(), directory); !errors.Is(err, platform.ErrNotRunning) {
		t.Errorf("down gave %v", err)
	}
}

type supervisor struct {
	command  *exec.Cmd
	identity process.Identity
	children []process.Identity
}

// startSupervisor runs a platform of fake components in a process of its own,
// until it has started Temporal and etcd; it never becomes ready.
func startSupervisor(t *testing.T, directory, bin string) supervisor {
	t.Helper()
	started := supervisor{command: exec.Command(os.Args[0])}
	started.command.Env = append(os.Environ(), supervisorVariable+"="+directory, binariesVariable+"="+bin)
	started.command.Stdout, started.command.Stderr = t.Output(), t.Output()
	if err := started.command.Start(); err != nil {
		t.Fatal(err)
	}
	reaped := make(chan struct{})
	t.Cleanup(func() {
		_ = started.command.Process.Kill()
		<-reaped
	})
	go func() {
		_, _ = started.command.Process.Wait()
		close(reaped)
	}()
	processtest.Await(t, "temporal and etcd", func() bool {
		var err error
		started.children, err = process.ReadRecord(filepath.Join(directory, "children.json"))
		return err == nil && len(started.children) == 2
	})
	var err error
	started.identity, err = process.Identify(started.command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func wantNothingRunning(t *testing.T, directory string) {
	t.Helper()
	recorded, err := process.ReadRecord(filepath.Join(directory, "children.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(recorded) > 0 {
		t.Errorf("still recorded: %v", recorded)
	}
	if _, err := platform.ReadState(directory); !errors.Is(err, platform.ErrNotRunning) {
		t.Errorf("the state says %v", err)
	}
}
