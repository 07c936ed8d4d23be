package integration

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// migrates is a hook before the wave of cart, with what slipway.yaml says of it
// besides and annotations of its pod.
func migrates(repo *rig.Repo, s *rig.Stack, fields, annotations string) {
	files := s.Files()
	files["slipway.yaml"] += "hooks:\n  migrate: {job: deploy/migrate.yaml, when: before, service: cart" + fields + "}\n"
	files["deploy/migrate.yaml"] = `apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    metadata: {annotations: {` + annotations + `}}
    spec:
      containers: [{name: main, image: "registry.example/migrate:1"}]
`
	repo.Write(files)
}

// hookJobs gives the Jobs of hooks on a cluster, by name, and whether each is complete.
func hookJobs(t *testing.T, r *rig.Rig, cluster, namespace string) map[string]bool {
	t.Helper()
	list, err := r.Platform.Client(t, cluster).BatchV1().Jobs(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "slipway.dev/job"})
	if err != nil {
		t.Fatal(err)
	}
	jobs := map[string]bool{}
	for _, job := range list.Items {
		jobs[job.Name] = job.Status.Succeeded == 1
	}
	return jobs
}

func TestAHookRunsOnceOnTheFirstClusterBetweenTheWaves(t *testing.T) {
	t.Parallel()
	r, repo, s := setup(t, "local-1", "local-2")
	r.Worker()
	migrates(repo, s, "", "slipway.dev/simulate-ready-after: 200ms")
	repo.Tag("v1.0.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.0.0-rc.1", exitReleased)
	wantText(t, stdout+stderr, "hook migrate", "done")
	first, second := hookJobs(t, r, "local-1", s.Name), hookJobs(t, r, "local-2", s.Name)
	if len(first) != 1 || len(second) != 0 {
		t.Fatalf("Jobs %v on the first cluster and %v on the second, want one and none", first, second)
	}
	effects := rig.Effects(t, r.Platform, "local-1", s.Name)
	place := func(object string) int {
		return slices.IndexFunc(effects, func(e string) bool { return strings.Contains(e, object) })
	}
	if store, job, cart := place("statefulsets.apps/store"), place("jobs.batch/migrate-"), place("deployments.apps/cart"); store > job || job > cart {
		t.Errorf("store, the hook and cart were written at %d, %d and %d:\n%s", store, job, cart, strings.Join(effects, "\n"))
	}

	// The next release runs it again, and the way back does not.
	s.Revise("2")
	migrates(repo, s, "", "")
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	code, stdout, stderr := r.Starter("rollback", "--stack", s.Name, "--env", "staging", "--from", "1.1.0-rc.1", "--reason", "slow", "--by", "ann")
	if code != exitReleased {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	wantImages(r, s, "1")
	if jobs := hookJobs(t, r, "local-1", s.Name); len(jobs) != 2 {
		t.Errorf("Jobs %v, want one of each release", jobs)
	}
}

func TestAHookThatFailsTellsItsLastWordsAndTheServicesAreRestored(t *testing.T) {
	t.Parallel()
	r, repo, s := released(t)
	s.Revise("2")
	migrates(repo, s, "", "slipway.dev/simulate: crash-loop, slipway.dev/simulate-message: no such column")
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "hook migrate", "exited with code 1: no such column", "but for what hooks have done")
	wantImages(r, s, "1")
	r.WantCurrent(s.Name, "1.0.0-rc.1")
}

func TestAfterAPointOfNoReturnAFailureIsHeld(t *testing.T) {
	t.Parallel()
	r, repo, s := released(t)
	s.Revise("2")
	s.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	migrates(repo, s, ", pointOfNoReturn: true", "")
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitStuck)
	wantText(t, stdout+stderr, "held as it is: not rolled back, because hook migrate", "CrashLoopBackOff")
	r.WantImages("local-1", s.Name, rig.Image("2"), len(s.Services))

	// The way on is a mended version. What it comes over is the last release.
	s.Services[1].Annotations = nil
	migrates(repo, s, ", pointOfNoReturn: true", "")
	repo.Tag("v1.1.1-rc.1")
	r.Release(repo, "v1.1.1-rc.1", exitReleased)
	r.WantCurrent(s.Name, "1.1.1-rc.1")
	var status environment.Status
	if err := r.Query(environment.ID(s.Name, "staging"), environment.StatusQuery, &status); err != nil {
		t.Fatal(err)
	}
	var verdicts []rollout.Verdict
	for _, record := range status.History {
		verdicts = append(verdicts, record.Verdict)
	}
	if want := []rollout.Verdict{rollout.Released, rollout.Stuck, rollout.Released}; !slices.Equal(verdicts, want) {
		t.Errorf("history %v, want %v", verdicts, want)
	}
}

func TestAnAbortEndsTheJobOfAHook(t *testing.T) {
	t.Parallel()
	r, repo, s := released(t)
	s.Revise("2")
	migrates(repo, s, "", "slipway.dev/simulate: never-ready")
	repo.Tag("v1.1.0-rc.1")
	releasing := r.Releasing(repo, "v1.1.0-rc.1")
	r.Eventually("the hook runs", func() bool { return len(hookJobs(t, r, "local-1", s.Name)) == 1 })
	code, stdout, stderr := r.Starter("abort", "--stack", s.Name, "--env", "staging", "--version", "1.1.0-rc.1", "--reason", "wrong tag", "--by", "ann")
	if code != exitDone {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	releasing.WantExit(exitRolledBack)
	r.Eventually("the Job is gone", func() bool { return len(hookJobs(t, r, "local-1", s.Name)) == 0 })
	wantImages(r, s, "1")
}
