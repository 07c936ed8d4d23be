package scratch_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/scratch"
)

// childRoot is the variable by which a test starts itself as another process,
// which makes a directory, names it and waits to be killed.
const childRoot = "SCRATCH_TEST_CHILD_ROOT"

func TestMain(m *testing.M) {
	root := os.Getenv(childRoot)
	if root == "" {
		os.Exit(m.Run())
	}
	space, err := scratch.Open(root)
	if err == nil {
		var dir string
		if dir, _, err = space.Make("work"); err == nil {
			fmt.Fprintln(os.Stdout, dir)
			_, err = os.Stdin.Read(make([]byte, 1))
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestSweep(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childRoot+"="+root)
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the other process made no directory")
	}
	theirs := lines.Text()

	first, err := scratch.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := os.Stat(theirs); err != nil {
		t.Errorf("the directory of a living process was swept: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()

	ours, _, err := first.Make("work")
	if err != nil {
		t.Fatal(err)
	}
	second, err := scratch.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := os.Stat(theirs); !os.IsNotExist(err) {
		t.Errorf("the directory of a killed process is left: %v", err)
	}
	if _, err := os.Stat(ours); err != nil {
		t.Errorf("the directory of another space of this process was swept: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ours); !os.IsNotExist(err) {
		t.Errorf("a directory outlives its space: %v", err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := scratch.Lock(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := scratch.Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that is held: got %v, want the end of the context", err)
	}
	unlock()
	again, err := scratch.Lock(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
