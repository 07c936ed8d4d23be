package faults

import (
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// A worker that sleeps through its own rollback must not carry out what it was
// about to do when it wakes up. Temporal would soon tell it that its attempt is
// over; with Temporal away only the fence keeps it from writing.
func TestAWorkerThatWakesUpAfterTheRestoreChangesNothing(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, crashLoop())
	held, sleeper, starter := releaseHeld(t, r, repo, cluster, write(stack.Name, "deployments/cart", "request"))
	sleeper.Signal(syscall.SIGSTOP)
	// In its sleep it is given the step once more, as nobody else asks for work.
	r.AwaitAttempt(rollout.ID(stack.Name, "staging"), "ApplyWave", 2)
	// Another worker takes over, finds the crash loop and restores.
	r.Worker()
	starter.WantExit(exitRolledBack)
	wantImages(r, stack, "1")
	restored := mark(t, r, stack.Name)

	// The sleeper's write arrives now, and loses the race. The sleeper itself goes
	// on with what it was given: it reads everything anew, and would write again.
	platform.Do(t, "temporal/kill")
	platform.Release(t, cluster, held, false)
	sleeper.Signal(syscall.SIGCONT)
	late := func() []string { return rig.Effects(t, platform, "local-1", stack.Name)[restored:] }
	r.Eventually("the sleeper has given up or has written", func() bool {
		return strings.Contains(sleeper.Log(), "has taken over") || len(late()) > 0
	})
	platform.Do(t, "temporal/start")
	sleeper.Signal(syscall.SIGTERM)
	sleeper.Wait()
	wantImages(r, stack, "1")
	if written := late(); len(written) > 0 {
		t.Errorf("the sleeper wrote after the restore: %v", written)
	}
}
