package faults

import (
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
	next(repo, stack, map[string]string{"slipway.dev/simulate-ready-after": "8s"})
	begun := mark(t, r, stack.Name)
	worker, starter := release(r, repo)
	r.AwaitState(stack.Name, "cart", rollout.StateWatching)
	worker.Kill()
	r.Worker()
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
