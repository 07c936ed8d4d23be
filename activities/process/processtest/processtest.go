// Package processtest looks at the processes that a program has started, for
// tests of what is left of them.
package processtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a process may take to do what takes seconds at most.
const patience = time.Minute

// AwaitPID waits until a program has written the number of a process into a
// file, and gives it. The file must appear whole, by a rename.
func AwaitPID(t testing.TB, file string) int {
	t.Helper()
	var text []byte
	await(t, "the number of a process in "+file, func() bool {
		var err error
		text, err = os.ReadFile(file)
		return err == nil
	})
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// AwaitEnd waits until a process is gone, which nobody but the kernel may have
// to see to.
func AwaitEnd(t testing.TB, pid int) {
	t.Helper()
	await(t, "the end of process "+strconv.Itoa(pid), func() bool { return !Alive(pid) })
}

// Alive tells whether a process runs. One that has ended and that nobody has
// asked how is not alive.
func Alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
