package integration

import (
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Annotations of a checker's pod, by which it takes or refuses what it sees.
const (
	takes   = ""
	refuses = ", annotations: {slipway.dev/simulate: crash-loop, slipway.dev/simulate-message: no such currency}"
)

// withChecker writes a configured stack whose cart has a checker.
func withChecker(repo *rig.Repo, s *rig.Stack, annotations string) {
	configured(repo, s, "")
	repo.Replace("slipway.yaml", "    manifests: cart/k8s.yaml\n",
		"    manifests: cart/k8s.yaml\n    config: {checker: {image: \"registry.example/check:1\", command: [/check, --all]"+annotations+"}}\n")
}

// wantNoJobs fails unless nothing is left of Jobs and what was made for them.
func wantNoJobs(t *testing.T, r *rig.Rig, namespace string) {
	t.Helper()
	client := r.Platform.Client(t, "local-1")
	options := metav1.ListOptions{LabelSelector: "slipway.dev/job"}
	r.Eventually("no Job, no pod and no copy of config is left", func() bool {
		jobs, err := client.BatchV1().Jobs(namespace).List(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		pods, err := client.CoreV1().Pods(namespace).List(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		configs, err := client.CoreV1().ConfigMaps(namespace).List(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		return len(jobs.Items)+len(pods.Items)+len(configs.Items) == 0
	})
}

// checked gives how many Jobs of the checker were made so far.
func checked(t *testing.T, r *rig.Rig, namespace string) int {
	t.Helper()
	made := 0
	for _, effect := range rig.Effects(t, r.Platform, "local-1", namespace) {
		if strings.Contains(effect, " jobs.batch/check-cart-") && !strings.HasPrefix(effect, "delete ") {
			made++
		}
	}
	return made
}

func TestACheckerPassesBeforeAReleaseAndAgainOnlyForOtherConfig(t *testing.T) {
	t.Parallel()
	r, repo, s := setup(t)
	r.Worker()
	withChecker(repo, s, takes)
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	if made := checked(t, r, s.Name); made != 1 {
		t.Errorf("%d Jobs were made, want one; effects:\n%s", made, strings.Join(rig.Effects(t, r.Platform, "local-1", s.Name), "\n"))
	}
	wantNoJobs(t, r, s.Name)

	s.Revise("2")
	withChecker(repo, s, takes)
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	wantImages(r, s, "2")
	if made := checked(t, r, s.Name); made != 1 {
		t.Errorf("config that runs was checked again: %d Jobs", made)
	}
}

func TestConfigThatItsCheckerRefusesTouchesNothing(t *testing.T) {
	t.Parallel()
	r, repo, s := setup(t)
	r.Worker()
	withChecker(repo, s, takes)
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	old := mounted(t, r, s.Name, "cart")

	withChecker(repo, s, refuses)
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitNotStarted)
	wantText(t, stdout+stderr, "cart local-1: config", rollout.ConfigRefused, "exited with code 1: no such currency")
	wantNoJobs(t, r, s.Name)

	if now := mounted(t, r, s.Name, "cart"); now != old {
		t.Errorf("cart mounts %s, want %s", now, old)
	}
	r.WantCurrent(s.Name, "1.0.0-rc.1")
}

func TestACheckerJudgesAConfigOnlyRelease(t *testing.T) {
	t.Parallel()
	r, repo, s := setup(t)
	r.Worker()
	// It takes whatever it sees, as long as it sees it in time.
	withChecker(repo, s, ", deadline: 2s, annotations: {slipway.dev/simulate-ready-after: 100ms}")
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	before, old := checked(t, r, s.Name), mounted(t, r, s.Name, "cart")

	// From now on no node takes pods, so that the checker has no answer.
	limitPods(t, r, "local-1", s.Name, podCount(t, r, s.Name))
	repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
	repo.Commit("a larger pool")
	report, text := runSync(t, r, repo, exitNotStarted, "sync", "--apply")
	if report.Outcome == nil || report.Outcome.Result.Verdict != rollout.NotStarted {
		t.Errorf("report %+v, want a rollout that was not started", report)
	}
	wantText(t, text, rollout.CheckerFailed, "exceeded quota")
	if now := mounted(t, r, s.Name, "cart"); now != old || checked(t, r, s.Name) != before+1 {
		t.Errorf("cart mounts %s after %d checks, want %s after one", now, checked(t, r, s.Name)-before, old)
	}
	wantNoJobs(t, r, s.Name)
}

// podCount gives how many pods a namespace has, as a quota says it.
func podCount(t *testing.T, r *rig.Rig, namespace string) string {
	t.Helper()
	pods, err := r.Platform.Client(t, "local-1").CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(len(pods.Items))
}
