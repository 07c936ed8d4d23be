package integration

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestAbortInEachWaveRestoresWhatWasTouched(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]string{"in the first wave": "statefulsets/store", "in the second wave": "deployments/cart"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t)
			r.Worker()
			repo.Tag("v1.0.0-rc.1")
			r.Release(repo, "v1.0.0-rc.1", exitReleased)
			next(repo, stack, "2")
			repo.Tag("v1.1.0-rc.1")

			held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, object))
			starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
			r.Await(t, "clusters/local-1", held)
			code, stdout, stderr := r.Starter("abort", "--stack", stack.Name, "--env", "staging", "--version", "1.0.0-rc.1", "--reason", "stale", "--by", "ann")
			if code == exitReleased {
				t.Errorf("an abort of what is not running was taken: %s%s", stdout, stderr)
			}
			abort := r.Background("abort", "--stack", stack.Name, "--env", "staging", "--version", "1.1.0-rc.1", "--reason", "wrong tag", "--by", "ann")
			r.Eventually("the rollout has heard of it", func() bool { return r.Signalled(rollout.ID(stack.Name, "staging")) })
			r.Platform.Release(t, "clusters/local-1", held, false)
			if code := starter.Wait(); code != exitRolledBack {
				t.Fatalf("exit code %d, want %d\n%s", code, exitRolledBack, starter.Log())
			}
			abort.Wait()
			wantText(t, starter.Log(), "aborted by ann: wrong tag")
			wantImages(t, r, stack.Name, image("1"), 3)
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
	first := r.Background("release", "--repo", repo.Dir, "--tag", "v1.0.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	second := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	r.Eventually("the second release is queued", func() bool {
		var status environment.Status
		return r.Query(environment.ID(stack.Name, "staging"), environment.StatusQuery, &status) && len(status.Queue) == 1
	})
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
	wantImages(t, r, stack.Name, image("1"), 3)
}

func TestCancellingAReleaseIsAnAbort(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	next(repo, stack, "2")
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "never-ready"}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1")
	waitWatching(r, stack, "cart")
	if err := r.Client.CancelWorkflow(t.Context(), "release/"+stack.Name+"/1.1.0-rc.1", ""); err != nil {
		t.Fatal(err)
	}
	if code := starter.Wait(); code != exitRolledBack {
		t.Fatalf("exit code %d, want %d\n%s", code, exitRolledBack, starter.Log())
	}
	wantImages(t, r, stack.Name, image("1"), 3)
}

// TestAnEnvironmentThatWasLostStartsAgainFromItsTag terminates what people
// should never terminate.
func TestAnEnvironmentThatWasLostStartsAgainFromItsTag(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	if err := r.Client.TerminateWorkflow(t.Context(), environment.ID(stack.Name, "staging"), "", "lost"); err != nil {
		t.Fatal(err)
	}
	next(repo, stack, "2")
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantImages(t, r, stack.Name, image("1"), 3)
	var status environment.Status
	if !r.Query(environment.ID(stack.Name, "staging"), environment.StatusQuery, &status) || status.Current == nil || status.Current.Version != "1.0.0-rc.1" {
		t.Errorf("current = %+v, want 1.0.0-rc.1, read from the registry", status.Current)
	}
}

func TestOneReleaseOverTwoClustersIsRestoredOnBoth(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, "local-1", "local-2")
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	// Only the second cluster refuses the new pods.
	limitPods(t, r, "local-2", stack.Name, "6")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "local-2", "exceeded quota")
	for _, cluster := range []string{"local-1", "local-2"} {
		for name, got := range r.Images(cluster, stack.Name) {
			if got != image("1") {
				t.Errorf("%s on %s runs %s, want %s", name, cluster, got, image("1"))
			}
		}
	}
}
