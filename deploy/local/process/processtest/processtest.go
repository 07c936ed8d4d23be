// Package processtest waits for what other processes do, for tests.
package processtest

import (
	"testing"
	"time"
)

// patience is how long a test waits for what takes seconds, on a machine that
// is busy with other tests; nothing passes by waiting longer.
const patience = 3 * time.Minute

// Await waits until something is so, looking again every 10 ms, and fails the
// test when it does not become so.
func Await(t testing.TB, what string, so func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
