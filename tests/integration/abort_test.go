package integration

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestAbortInEachWaveRestoresWhatWasTouched(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]string{"in the first wave": "statefulsets/store", "in the second wave": "deployments/cart"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := released(t)
			next(repo, stack, "2")
			repo.Tag("v1.1.0-rc.1")

			held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, object))
			starter := r.Releasing(repo, "v1.1.0-rc.1")
			r.Await(t, "clusters/local-1", held)
			code, stdout, stderr := r.Starter("abort", "--stack", stack.Name, "--env", "staging", "--version", "1.0.0-rc.1", "--reason", "stale", "--by", "ann")
			if code == exitReleased {
				t.Errorf("an abort of what is not running was taken: %s%s", stdout, stderr)
			}
			abort := r.Background("abort", "--stack", stack.Name, "--env", "staging", "--version", "1.1.0-rc.1", "--reason", "wrong tag", "--by", "ann")
			r.Eventually("the rollout has heard of it", func() bool { return r.Signalled(rollout.ID(stack.Name, "staging")) })
			r.Platform.Release(t, "clusters/local-1", held, false)
			starter.WantExit(exitRolledBack)
			abort.Wait()
			wantText(t, starter.Log(), "aborted by ann: wrong tag")
			wantImages(r, stack, "1")
		})
	}
}

func TestAReleaseThatWaitsInTheQueueIsTakenOutByAnAbort(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, "statefulsets/store"))
	first := r.Releasing(repo, "v1.0.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	second := r.Releasing(repo, "v1.1.0-rc.1")
	r.AwaitEnvironment(stack.Name, "the second release is queued", func(s environment.Status) bool { return len(s.Queue) == 1 })
	if code, stdout, stderr := r.Starter("abort", "--stack", stack.Name, "--env", "staging", "--version", "1.1.0-rc.1", "--by", "ann", "--reason", "no"); code != exitDone || !strings.Contains(stdout, "aborted by ann: no") {
		t.Errorf("abort: exit code %d, want %d and the reason\n%s%s", code, exitDone, stdout, stderr)
	}
	if code := second.Wait(); code != exitNotStarted {
		t.Errorf("the aborted release: exit code %d, want %d\n%s", code, exitNotStarted, second.Log())
	}
	r.Platform.Release(t, "clusters/local-1", held, false)
	if code := first.Wait(); code != exitReleased {
		t.Errorf("the running release: exit code %d, want %d\n%s", code, exitReleased, first.Log())
	}
	wantImages(r, stack, "1")
}

func TestCancellingAReleaseIsAnAbort(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	next(repo, stack, "2")
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "never-ready"}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	starter := r.Releasing(repo, "v1.1.0-rc.1")
	r.AwaitState(stack.Name, "cart", rollout.StateWatching)
	if err := r.Client.CancelWorkflow(t.Context(), "release/"+stack.Name+"/1.1.0-rc.1", ""); err != nil {
		t.Fatal(err)
	}
	starter.WantExit(exitRolledBack)
	wantImages(r, stack, "1")
}

// TestAnEnvironmentThatWasLostStartsAgainFromItsTag terminates what people
// should never terminate.
func TestAnEnvironmentThatWasLostStartsAgainFromItsTag(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	if err := r.Client.TerminateWorkflow(t.Context(), environment.ID(stack.Name, "staging"), "", "lost"); err != nil {
		t.Fatal(err)
	}
	next(repo, stack, "2")
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantImages(r, stack, "1")
	// It was read from the registry.
	r.WantCurrent(stack.Name, "1.0.0-rc.1")
}

func TestOneReleaseOverTwoClustersIsRestoredOnBoth(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t, "local-1", "local-2")
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	// Only the second cluster refuses the new pods.
	limitPods(t, r, "local-2", stack.Name, "6")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "local-2", "exceeded quota")
	for _, cluster := range []string{"local-1", "local-2"} {
		r.WantImages(cluster, stack.Name, rig.Image("1"), len(stack.Services))
	}
}
