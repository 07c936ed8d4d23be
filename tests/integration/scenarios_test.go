package integration

import (
	"maps"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/rig"
)

// These re-enact what the end-to-end tests of other tools assert, by the numbers
// of a list of them, as far as that applies without strategies. All are of Argo
// Rollouts: S2 is its TestRolloutGoodToBadUpdate, S3 TestRolloutBadToGoodUpdate
// with BadToBadUpdate, S4 TestBlueGreenExceedProgressDeadlineAbort, S5
// TestRolloutPauseDurationGreaterThanProgressDeadlineSeconds, S9
// TestBlueGreenAbortAndUpdate, and S12 TestCanaryDuration_SupersededRollout.

// bad and good make the next revision, whose cart behaves in a way, and release it.
func bad(t *testing.T, r *rig.Rig, repo *rig.Repo, stack *rig.Stack, revision, behaviour string) {
	t.Helper()
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": behaviour}
	next(repo, stack, revision)
	repo.Tag("v1." + revision + ".0-rc.1")
	r.Release(repo, "v1."+revision+".0-rc.1", exitRolledBack)
}

func good(t *testing.T, r *rig.Rig, repo *rig.Repo, stack *rig.Stack, revision string) {
	t.Helper()
	stack.Services[1].Annotations = nil
	next(repo, stack, revision)
	repo.Tag("v1." + revision + ".0-rc.1")
	r.Release(repo, "v1."+revision+".0-rc.1", exitReleased)
}

// pods gives the image of each pod of cart.
func pods(t *testing.T, r *rig.Rig, namespace string) map[string]string {
	t.Helper()
	list, err := r.Platform.Client(t, "local-1").CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app=cart"})
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]string{}
	for _, pod := range list.Items {
		images[pod.Name] = pod.Spec.Containers[0].Image
	}
	return images
}

// awaitPods waits until so many pods of cart are left, all of one revision: what
// was scaled down takes a moment to go.
func awaitPods(t *testing.T, r *rig.Rig, namespace, revision string, count int) {
	t.Helper()
	r.Eventually("cart has no other pods than it should", func() bool {
		left := pods(t, r, namespace)
		maps.DeleteFunc(left, func(_, image string) bool { return image == rig.Image(revision) })
		return len(left) == 0 && len(pods(t, r, namespace)) == count
	})
}

func TestS2BadReleasesAfterAGoodOneLeaveItsPodsAlone(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	stack.Services[1].Replicas = 4
	stack.Services[1].Spec = "  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}\n"
	good(t, r, repo, stack, "1")

	before := pods(t, r, stack.Name)
	bad(t, r, repo, stack, "2", "image-pull")
	bad(t, r, repo, stack, "3", "crash-loop")
	wantImages(r, stack, "1")
	if len(before) != 4 {
		t.Fatalf("pods %v, want four", before)
	}
	r.Eventually("the pods are those of before", func() bool { return maps.Equal(pods(t, r, stack.Name), before) })
}

func TestS3AFixFollowsFirstReleasesThatWereBad(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	for i, behaviour := range []string{"image-pull", "crash-loop"} {
		bad(t, r, repo, stack, []string{"1", "2"}[i], behaviour)
		r.WantImages("local-1", stack.Name, "", 0)
		awaitPods(t, r, stack.Name, "", 0)
	}
	good(t, r, repo, stack, "3")
	wantImages(r, stack, "3")
	r.WantCurrent(stack.Name, "1.3.0-rc.1")
}

func TestS4ADeadlineThatPassesLeavesNoBadPod(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	good(t, r, repo, stack, "1")
	staging := stack.Environments["staging"]
	staging.Deadline = "10s"
	stack.Environments["staging"] = staging
	bad(t, r, repo, stack, "2", "never-ready")
	wantImages(r, stack, "1")
	awaitPods(t, r, stack.Name, "1", 2)
}

func TestS9AHotfixFollowsAReleaseThatFailed(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	good(t, r, repo, stack, "1")
	bad(t, r, repo, stack, "2", "crash-loop")
	good(t, r, repo, stack, "3")
	wantImages(r, stack, "3")
	awaitPods(t, r, stack.Name, "3", 2)
}

// hold pauses the release of a revision after its first wave.
func hold(t *testing.T, r *rig.Rig, repo *rig.Repo, stack *rig.Stack, revision string) (release *rig.Process) {
	t.Helper()
	next(repo, stack, revision)
	repo.Tag("v1." + revision + ".0-rc.1")
	held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, "statefulsets/store"))
	release = r.Releasing(repo, "v1."+revision+".0-rc.1")
	r.Await(t, "clusters/local-1", held)
	tell(t, r, exitDone, stack, "staging", "pause", "--version", "1."+revision+".0-rc.1")
	r.Platform.Release(t, "clusters/local-1", held, false)
	awaitHeld(r, stack)
	return release
}

func TestS5APauseThatIsLongerThanTheDeadlineFailsNothing(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	const deadline = 15 * time.Second
	staging := stack.Environments["staging"]
	staging.Deadline = deadline.String()
	stack.Environments["staging"] = staging
	good(t, r, repo, stack, "1")
	release := hold(t, r, repo, stack, "2")
	select {
	case <-time.After(deadline + time.Second): // that it passes is what is tried
	case <-t.Context().Done():
	}
	tell(t, r, exitDone, stack, "staging", "resume", "--version", "1.2.0-rc.1")
	release.WantExit(exitReleased)
	wantImages(r, stack, "2")
}

func TestS12ANewerReleaseTakesOverFromOneThatIsPaused(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	good(t, r, repo, stack, "1")
	paused := hold(t, r, repo, stack, "2")
	good(t, r, repo, stack, "3")
	paused.WantExit(exitRolledBack)
	wantImages(r, stack, "3")
	r.WantCurrent(stack.Name, "1.3.0-rc.1")
}
