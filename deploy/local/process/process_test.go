package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/process"
	"github.com/slipway-dev/slipway/deploy/local/process/processtest"
)

// parentVariable makes the test binary play a supervisor: it starts a child,
// prints its process ID and waits for its own end.
const parentVariable = "PROCESS_TEST_PARENT"

func TestMain(m *testing.M) {
	directory := os.Getenv(parentVariable)
	if directory == "" {
		os.Exit(m.Run())
	}
	group := process.NewGroup(filepath.Join(directory, "children.json"))
	child, err := group.Start(sleeper(directory, "child"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, child.PID())
	select {}
}

// patience is how long a test waits for what takes milliseconds.
const patience = 30 * time.Second

func sleeper(directory, name string) process.Spec {
	return process.Spec{
		Name:  name,
		Path:  "/bin/sleep",
		Args:  []string{"600"},
		Log:   filepath.Join(directory, name+".log"),
		Grace: patience,
	}
}

func shell(directory, name, script string) process.Spec {
	spec := sleeper(directory, name)
	spec.Path, spec.Args = "/bin/sh", []string{"-c", script}
	return spec
}

func newGroup(t *testing.T) (*process.Group, string) {
	t.Helper()
	directory := t.TempDir()
	group := process.NewGroup(filepath.Join(directory, "children.json"))
	t.Cleanup(func() { group.Stop(context.Background()) })
	return group, directory
}

func start(t *testing.T, group *process.Group, spec process.Spec) *process.Process {
	t.Helper()
	started, err := group.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func TestGroupStopsTheLastStartedFirst(t *testing.T) {
	t.Parallel()
	group, directory := newGroup(t)
	order := filepath.Join(directory, "order")
	for _, name := range []string{"first", "second", "third"} {
		// The pipe tells that the trap is set.
		ready := filepath.Join(directory, name+".ready")
		script := fmt.Sprintf("trap 'echo %s >> %s; exit 0' TERM; : > %s; while :; do sleep 0.01; done", name, order, ready)
		start(t, group, shell(directory, name, script))
		processtest.Await(t, "the trap of "+name, func() bool { _, err := os.Stat(ready); return err == nil })
	}
	group.Stop(t.Context())
	got, err := os.ReadFile(order)
	if err != nil {
		t.Fatal(err)
	}
	if want := "third\nsecond\nfirst\n"; string(got) != want {
		t.Errorf("processes ended in the order %q, want %q", got, want)
	}
	if pids := group.PIDs(); len(pids) != 0 {
		t.Errorf("after Stop these still count as running: %v", pids)
	}
}

func TestGroupReportsADeathWithTheEndOfTheLog(t *testing.T) {
	t.Parallel()
	group, directory := newGroup(t)
	start(t, group, shell(directory, "doomed", "echo first words; echo last words; exit 3"))
	select {
	case death := <-group.Deaths():
		for _, want := range []string{"doomed", "exit status 3", "last words", "doomed.log"} {
			if !strings.Contains(death.Error(), want) {
				t.Errorf("the report does not contain %q:\n%s", want, death.Error())
			}
		}
	case <-time.After(patience):
		t.Fatal("the death was not reported")
	}
}

func TestGroupShowsTheReasonOfACrashBeforeItsStacks(t *testing.T) {
	t.Parallel()
	group, directory := newGroup(t)
	start(t, group, shell(directory, "crashed",
		"echo 'panic: no such thing'; for i in $(seq 100); do echo goroutine $i; done; exit 2"))
	select {
	case death := <-group.Deaths():
		if !strings.HasPrefix(strings.TrimSpace(death.Tail), "panic: no such thing") {
			t.Errorf("the tail begins with %.40q", death.Tail)
		}
	case <-time.After(patience):
		t.Fatal("the death was not reported")
	}
}

func TestKillIsNoDeathAndFreesTheName(t *testing.T) {
	t.Parallel()
	group, directory := newGroup(t)
	first := start(t, group, sleeper(directory, "again"))
	if _, err := group.Start(sleeper(directory, "again")); err == nil {
		t.Fatal("a second process of the same name was started")
	}
	if err := group.Kill("again"); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	if err := group.Kill("again"); err == nil {
		t.Error("killing a process that does not run gave no error")
	}
	start(t, group, sleeper(directory, "again"))
	select {
	case death := <-group.Deaths():
		t.Errorf("a death was reported: %v", death)
	default:
	}
}

func TestStopKillsAProcessThatDoesNotListen(t *testing.T) {
	t.Parallel()
	group, directory := newGroup(t)
	ready := filepath.Join(directory, "ready")
	spec := shell(directory, "deaf", "trap '' TERM; : > "+ready+"; while :; do sleep 0.01; done")
	spec.Grace = 50 * time.Millisecond
	deaf := start(t, group, spec)
	processtest.Await(t, "the trap", func() bool { _, err := os.Stat(ready); return err == nil })
	group.Stop(t.Context())
	if _, err := process.Identify(deaf.PID()); err == nil {
		t.Error("the process still runs")
	}
}

func TestChildrenDieWithAParentThatWasKilled(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"="+directory)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	child, err := process.Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := process.ReadRecord(filepath.Join(directory, "children.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(recorded) != 1 || recorded[0] != child {
		t.Errorf("recorded %v, want %v", recorded, child)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	processtest.Await(t, "the child's end", func() bool { return !child.Running() })
}

func TestIdentityOfAnotherProcessIsNotTaken(t *testing.T) {
	t.Parallel()
	self, err := process.Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !self.Running() {
		t.Fatal("this very process does not count as running")
	}
	earlier, other := self, self
	earlier.Started--
	other.Command = "/usr/bin/innocent"
	for name, identity := range map[string]process.Identity{
		"the number was used before by one that started earlier": earlier,
		"the number belongs to another program":                  other,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if identity.Running() {
				t.Error("counts as running")
			}
			// Signal 0 would do no harm if the check did not hold.
			if err := identity.Signal(syscall.Signal(0)); !errors.Is(err, process.ErrGone) {
				t.Errorf("signalling gave %v, want ErrGone", err)
			}
		})
	}
}

func TestNoRecordIsNoProcess(t *testing.T) {
	t.Parallel()
	recorded, err := process.ReadRecord(filepath.Join(t.TempDir(), "missing.json"))
	if err != nil || len(recorded) != 0 {
		t.Errorf("got %v and %v, want nothing", recorded, err)
	}
}
