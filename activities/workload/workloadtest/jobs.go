package workloadtest

import (
	"slices"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

func ranOnce(t *testing.T, site Site) {
	scope, job := site.Scope(1), site.Job("check", Good)
	for range 2 {
		if names := start(t, site, scope, job); !slices.Equal(names, []string{job.Name}) {
			t.Errorf("%q were started, want %s", names, job.Name)
		}
	}
	if seen := watchJobs(t, site, scope, job); seen.Verdict != workload.Healthy {
		t.Errorf("watch gave %+v", seen)
	}
	before := site.Effects()
	start(t, site, scope, job)
	if after := site.Effects(); after != before {
		t.Errorf("starting what has ended had %d effects", after-before)
	}
	scope.Epoch++
	if names := removeJobs(t, site, scope, job); !slices.Equal(names, []string{job.Name}) {
		t.Errorf("%q were removed, want %s", names, job.Name)
	}
	removeJobs(t, site, scope, job)
}

func jobsEnded(t *testing.T, site Site) {
	scope := site.Scope(1)
	jobs := []workload.Job{site.Job("good", Good), site.Job("bad", CrashLoop), site.Job("slow", NeverReady)}
	jobs[2].Deadline = blink
	start(t, site, scope, jobs...)
	began := time.Now()
	seen := watchJobs(t, site, scope, jobs...)
	if took := time.Since(began); seen.Verdict != workload.Failed || len(seen.Services) != 3 || took > patience/2 {
		t.Fatalf("watch gave %+v after %s", seen, took)
	}
	for i, want := range []struct {
		reason string
		code   int32
	}{{}, {"Error", 1}, {workload.DeadlineExceeded, 0}} {
		var failure workload.Failure
		if seen.Services[i].Failure != nil {
			failure = *seen.Services[i].Failure
		}
		if failure.Reason != want.reason || failure.ExitCode != want.code {
			t.Errorf("%s gave %+v, want %+v", jobs[i].Name, failure, want)
		}
	}
}

func jobsFenced(t *testing.T, site Site) {
	apply(t, site, site.Scope(5, site.Service("web", "v1", Good)))
	before := site.Effects()
	_, err := site.Target().StartJobs(t.Context(), site.Scope(4), []workload.Job{site.Job("check", Good)})
	if fault.CodeOf(err) != fault.Superseded {
		t.Errorf("error is %v, want %s", err, fault.Superseded)
	}
	if after := site.Effects(); after != before {
		t.Errorf("%d effects became %d", before, after)
	}
}

func start(t *testing.T, site Site, scope workload.Scope, jobs ...workload.Job) []string {
	t.Helper()
	names, err := site.Target().StartJobs(t.Context(), scope, jobs)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func watchJobs(t *testing.T, site Site, scope workload.Scope, jobs ...workload.Job) workload.WatchResult {
	t.Helper()
	seen, err := site.Target().WatchJobs(t.Context(), scope, jobs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func removeJobs(t *testing.T, site Site, scope workload.Scope, jobs ...workload.Job) []string {
	t.Helper()
	names, err := site.Target().RemoveJobs(t.Context(), scope, jobs)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
