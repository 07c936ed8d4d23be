package faults

import (
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// These cut what all tests share, so each starts a platform of its own.

func TestAnAPIServerThatIsAwayInMidRolloutIsWaitedFor(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, map[string]string{"slipway.dev/simulate-ready-after": "3s"})
	begun := mark(t, r, stack.Name)
	r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	waitFor(r, stack.Name, "cart", rollout.StateWatching)
	platform.Do(t, cluster+"/apiserver/kill")
	platform.Do(t, cluster+"/apiserver/start")
	wantExit(t, starter, exitReleased)
	wantImages(t, r, stack.Name, image("2"))
	wantOnce(t, r, stack.Name, begun, 1)
}

func TestAnAPIServerThatIsAwayDuringAWriteIsWaitedFor(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, nil)
	begun := mark(t, r, stack.Name)
	held := r.Fault(t, cluster, "hold", write(stack.Name, "deployments/cart", "request"))
	r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	r.Await(t, cluster, held)
	platform.Do(t, cluster+"/cut")
	platform.Release(t, cluster, held, true)
	waitFor(r, stack.Name, "cart", rollout.StateApplying)
	platform.Do(t, cluster+"/mend")
	wantExit(t, starter, exitReleased)
	wantImages(t, r, stack.Name, image("2"))
	wantOnce(t, r, stack.Name, begun, 1)
}

func TestARegistryThatIsAwayInMidRolloutIsWaitedFor(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, nil)
	held := r.Fault(t, cluster, "hold", write(stack.Name, "deployments/cart", "request"))
	r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	r.Await(t, cluster, held)
	platform.Do(t, "registry/cut")
	platform.Release(t, cluster, held, false)
	waitFor(r, stack.Name, "cart", rollout.StateApplying)
	platform.Do(t, "registry/mend")
	wantExit(t, starter, exitReleased)
	wantImages(t, r, stack.Name, image("2"))
	wantCurrent(t, r, stack.Name, "1.1.0-rc.1")
}

func TestATemporalServerThatIsKilledInMidReleaseLosesNothing(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, nil)
	begun := mark(t, r, stack.Name)
	held := r.Fault(t, cluster, "hold", write(stack.Name, "deployments/cart", "request"))
	r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	r.Await(t, cluster, held)
	platform.Do(t, "temporal/kill")
	platform.Release(t, cluster, held, false)
	platform.Do(t, "temporal/start")
	wantExit(t, starter, exitReleased)
	wantImages(t, r, stack.Name, image("2"))
	wantOnce(t, r, stack.Name, begun, 1)
}
