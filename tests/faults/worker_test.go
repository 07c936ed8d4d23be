package faults

import (
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
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
			held := r.Fault(t, cluster, "hold", write(stack.Name, "deployments/cart", at))
			worker := r.Worker()
			starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
			r.Await(t, cluster, held)
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			wantExit(t, starter, exitReleased)
			wantImages(t, r, stack.Name, image("2"))
			wantOnce(t, r, stack.Name, begun, 1)
		})
	}
}

func TestAWorkerKilledWhileItWaitsIsFollowedByOneThatGoesOnWaiting(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, platformtest.Load(t))
	next(repo, stack, map[string]string{"slipway.dev/simulate-ready-after": "8s"})
	begun := mark(t, r, stack.Name)
	worker := r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	waitFor(r, stack.Name, "cart", rollout.StateWatching)
	worker.Kill()
	r.Worker()
	wantExit(t, starter, exitReleased)
	wantImages(t, r, stack.Name, image("2"))
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
			held := r.Fault(t, cluster, "hold", restoring(stack.Name, "deployments/cart", at))
			worker := r.Worker()
			starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
			r.Await(t, cluster, held)
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			wantExit(t, starter, exitRolledBack)
			wantImages(t, r, stack.Name, image("1"))
			// One write forward; the restore needs two: the fence and the values.
			wantOnce(t, r, stack.Name, begun, 3)
			wantCurrent(t, r, stack.Name, "1.0.0-rc.1")
		})
	}
}

func TestAWorkerKilledWhileItBuildsIsFollowedByOneThatPushesNothingTwice(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, platformtest.Load(t))
	for i := range stack.Services {
		stack.Services[i].Built = true
	}
	next(repo, stack, nil)
	held := r.Fault(t, "registry", "hold", platformtest.Rule{
		Verbs: []string{"write"}, Path: "/v2/" + stack.Name + "/cart/manifests/", At: "response",
	})
	worker := r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	r.Await(t, "registry", held)
	worker.Kill()
	r.Platform.Release(t, "registry", held, true)
	r.Worker()
	wantExit(t, starter, exitReleased)
	created := map[string]int{}
	for _, push := range r.RegistryCounts(t, stack.Name).Manifests {
		if push.Created {
			created[push.Repository+"@"+push.Digest]++
		}
	}
	for manifest, n := range created {
		if n > 1 {
			t.Errorf("%s was created %d times", manifest, n)
		}
	}
}

// A worker that sleeps through its own rollback must not carry out what it was
// about to do when it wakes up. Temporal would soon tell it that its attempt is
// over; with Temporal away only the fence keeps it from writing.
func TestAWorkerThatWakesUpAfterTheRestoreChangesNothing(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, crashLoop())
	held := r.Fault(t, cluster, "hold", write(stack.Name, "deployments/cart", "request"))
	sleeper := r.Worker()
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	r.Await(t, cluster, held)
	sleeper.Signal(syscall.SIGSTOP)
	// Another worker takes over, finds the crash loop and restores.
	r.Worker()
	wantExit(t, starter, exitRolledBack)
	wantImages(t, r, stack.Name, image("1"))
	restored := mark(t, r, stack.Name)

	// The sleeper's write arrives now, and the sleeper itself goes on: it loses
	// the race, reads everything anew, and would write again.
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
	wantImages(t, r, stack.Name, image("1"))
	if written := late(); len(written) > 0 {
		t.Errorf("the sleeper wrote after the restore: %v", written)
	}
}
