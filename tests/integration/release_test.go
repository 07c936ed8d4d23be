package integration

import (
	"testing"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestAReleaseMovesEveryServiceAndASecondOneFollows(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.0.0-rc.1", exitReleased)
	wantText(t, stdout+stderr, "1.0.0-rc.1", "released", "store", "cart", "catalog")
	wantImages(r, stack, "1")

	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	wantImages(r, stack, "2")

	before := len(rig.Effects(t, r.Platform, "local-1", stack.Name))
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	if after := len(rig.Effects(t, r.Platform, "local-1", stack.Name)); after != before {
		t.Errorf("releasing what runs already wrote %d objects", after-before)
	}
}

func TestACrashLoopIsFoundAndEverythingIsRestored(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)

	next(repo, stack, "2")
	stack.Services[2].Annotations = map[string]string{
		"slipway.dev/simulate": "crash-loop", "slipway.dev/simulate-message": "no such table: products",
	}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "catalog", "CrashLoopBackOff", "no such table: products", "simulated")
	wantImages(r, stack, "1")

	status := r.AwaitEnvironment(stack.Name, "the environment answers", func(environment.Status) bool { return true })
	if status.Current == nil || status.Current.Version != "1.0.0-rc.1" {
		t.Errorf("current = %+v, want 1.0.0-rc.1", status.Current)
	}
	if last := status.History[len(status.History)-1]; last.Verdict != rollout.Restored || last.Version != "1.1.0-rc.1" {
		t.Errorf("last record = %+v, want 1.1.0-rc.1 restored", last)
	}
}

func TestAFirstReleaseThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "image-pull"}
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.0.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "cart", "ImagePullBackOff")
	r.WantImages("local-1", stack.Name, "", 0)
}

func TestAStatefulSetThatNeverGetsReadyIsRestoredAtTheDeadline(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)

	next(repo, stack, "2")
	stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": "never-ready"}
	staging := stack.Environments["staging"]
	staging.Deadline = "15s"
	stack.Environments["staging"] = staging
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "store", "deadline")
	wantImages(r, stack, "1")
}

func TestRollbackGoesToARecordedReleaseAndRefusesAStaleWish(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	for revision, tag := range []string{"v1.0.0-rc.1", "v1.1.0-rc.1"} {
		next(repo, stack, []string{"1", "2"}[revision])
		repo.Tag(tag)
		r.Release(repo, tag, exitReleased)
	}
	code, stdout, stderr := r.Starter("rollback", "--stack", stack.Name, "--env", "staging", "--from", "1.0.0-rc.1", "--reason", "stale", "--by", "ann")
	if code == exitReleased {
		t.Fatalf("a stale rollback was taken: %s%s", stdout, stderr)
	}
	wantText(t, stdout+stderr, "1.1.0-rc.1 runs now")

	code, stdout, stderr = r.Starter("rollback", "--stack", stack.Name, "--env", "staging", "--from", "1.1.0-rc.1", "--reason", "slow", "--by", "ann")
	if code != exitReleased {
		t.Fatalf("exit code %d, want %d\n%s%s", code, exitReleased, stdout, stderr)
	}
	wantImages(r, stack, "1")
}

func TestTwoReleasesOfOneEnvironmentRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	next(repo, stack, "1")
	repo.Tag("v1.0.0-rc.1")
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")

	// Held in its first write, the first release is certainly running when the second comes.
	held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, "statefulsets/store"))
	first := r.Releasing(repo, "v1.0.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	second := r.Releasing(repo, "v1.1.0-rc.1")
	status := r.AwaitEnvironment(stack.Name, "the second release is queued", func(s environment.Status) bool { return len(s.Queue) == 1 })
	if status.Running == nil || status.Running.Version != "1.0.0-rc.1" || status.Queue[0].Version != "1.1.0-rc.1" {
		t.Errorf("running %+v, queue %+v; want 1.0.0-rc.1 before 1.1.0-rc.1", status.Running, status.Queue)
	}
	r.Platform.Release(t, "clusters/local-1", held, false)
	for name, process := range map[string]*rig.Process{"first": first, "second": second} {
		if code := process.Wait(); code != exitReleased {
			t.Errorf("the %s release ended with exit code %d\n%s", name, code, process.Log())
		}
	}
	wantImages(r, stack, "2")
}
