package faults

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestAWorkerKilledWhileItAppliesIsFollowedByOneThatRepeatsNothing(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"before the write arrived": "request", "after the write was done": "response"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t, platformtest.Load(t))
			next(repo, stack, nil)
			begun := mark(t, r, stack.Name)
			held, worker, starter := releaseHeld(t, r, repo, cluster, write(stack.Name, "deployments/cart", at))
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			starter.WantExit(exitReleased)
			wantImages(r, stack, "2")
			wantOnce(t, r, stack.Name, begun, 1)
		})
	}
}

func TestAWorkerKilledWhileItWaitsIsFollowedByOneThatGoesOnWaiting(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, platformtest.Load(t))
	next(repo, stack, neverReady())
	begun := mark(t, r, stack.Name)
	worker, starter := release(r, repo)
	r.AwaitState(stack.Name, "cart", rollout.StateWatching)
	worker.Kill()
	r.Worker()
	r.AwaitAttempt(rollout.ID(stack.Name, "staging"), "WatchWave", 2)
	r.LetReady("local-1", stack.Name, starter)
	starter.WantExit(exitReleased)
	wantImages(r, stack, "2")
	wantOnce(t, r, stack.Name, begun, 1)
}

func TestAWorkerKilledWhileItRestoresIsFollowedByOneThatFinishesTheRestore(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"before the write arrived": "request", "after the write was done": "response"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t, platformtest.Load(t))
			next(repo, stack, crashLoop())
			begun := mark(t, r, stack.Name)
			held, worker, starter := releaseHeld(t, r, repo, cluster, restoring(stack.Name, "deployments/cart", at))
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			starter.WantExit(exitRolledBack)
			wantImages(r, stack, "1")
			// One write forward; the restore needs two: the fence and the values.
			wantOnce(t, r, stack.Name, begun, 3)
			r.WantCurrent(stack.Name, "1.0.0-rc.1")
		})
	}
}

// Temporal keeps a question for five seconds for the worker that knew the
// workflow last; a status is asked for once, and has to outlast that.
func TestAStatusIsToldAlthoughTheWorkerThatKnewItWasKilled(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, platformtest.Load(t))
	next(repo, stack, nil)
	worker, starter := release(r, repo)
	starter.WantExit(exitReleased)
	worker.Kill()
	r.Worker()
	code, stdout, stderr := r.Starter("status", "--stack", stack.Name, "--env", "staging")
	if code != exitReleased || !strings.Contains(stdout, "1.1.0-rc.1") {
		t.Errorf("exit code %d, want %d and 1.1.0-rc.1\n%s%s", code, exitReleased, stdout, stderr)
	}
}
