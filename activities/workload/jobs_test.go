package workload_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

func (n *notebook) StartJobs(_ context.Context, next workload.Scope, jobs []workload.Job) ([]string, error) {
	n.scopes, n.jobs = append(n.scopes, next), jobs
	var names []string
	for _, job := range jobs {
		names = append(names, job.Name)
	}
	return names, nil
}

func (n *notebook) WatchJobs(_ context.Context, _ workload.Scope, jobs []workload.Job, _ workload.Report) (workload.WatchResult, error) {
	n.jobs = jobs
	return workload.WatchResult{Verdict: workload.Healthy}, nil
}

// checkedRelease stores a release with checkers, each of a manifest of its own.
func (s *scene) checkedRelease(version string, manifests map[string]string) bundle.Reference {
	s.t.Helper()
	environment := bundle.Environment{Name: "staging", Clusters: []string{"local"}, Namespace: "shop", Waves: [][]string{{"cart", "store"}}}
	jobs := bundle.Manifests{}
	for _, service := range []string{"cart", "store"} {
		if manifests[service] != "" {
			environment.Checkers = append(environment.Checkers, bundle.Checker{Service: service, Deadline: stack.Duration(time.Minute)})
			jobs[stack.CheckerJob(service)] = []json.RawMessage{json.RawMessage(manifests[service])}
		}
	}
	content := bundle.Content{
		Release: bundle.Release{
			Stack: "shop", Version: version, Channel: "rc", Commit: strings.Repeat("a", 40),
			Images: map[string]bundle.Image{}, Environments: []bundle.Environment{environment},
		},
		Manifests: map[string]bundle.Manifests{"staging": {"cart": {}, "store": {}}},
		Jobs:      map[string]bundle.Manifests{"staging": jobs},
	}
	artifact, err := bundle.Encode(content)
	if err != nil {
		s.t.Fatal(err)
	}
	ref, err := s.store.Put(s.t.Context(), s.repository, artifact, version)
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

func TestConfigThatRunsAndWasCheckedIsNotCheckedAgain(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	base := s.checkedRelease("1.0.0-rc.1", map[string]string{"cart": `{"config":1}`, "store": `{"config":1}`})
	next := s.checkedRelease("1.1.0-rc.1", map[string]string{"cart": `{"config":1}`, "store": `{"config":2}`})
	for _, test := range []struct {
		base bundle.Reference
		want []string
	}{{base, []string{"store"}}, {next, nil}, {bundle.Reference{}, []string{"cart", "store"}}} {
		s.target.jobs = nil
		started, err := run[workload.StartedJobs](s, s.activities.StartJobs, workload.JobsInput{Subject: s.subject(next), Base: test.base, Run: "r"})
		if err != nil {
			t.Fatal(err)
		}
		var services []string
		for _, job := range s.target.jobs {
			services = append(services, job.For)
		}
		if !slices.Equal(services, test.want) || len(started.Names) != len(test.want) {
			t.Errorf("over %s: %q are checked by %q, want %q", test.base, services, started.Names, test.want)
		}
	}
}

func TestTheNameOfAJobSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.checkedRelease("1.0.0-rc.1", map[string]string{"cart": `{}`, "store": `{}`})
	start := func(runID string) []string {
		started, err := run[workload.StartedJobs](s, s.activities.StartJobs, workload.JobsInput{Subject: s.subject(ref), Run: runID})
		if err != nil {
			t.Fatal(err)
		}
		return started.Names
	}
	first, again, other := start("one"), start("one"), start("two")
	if !slices.Equal(first, again) || first[0] == other[0] || !strings.HasPrefix(first[0], "check-cart-") {
		t.Errorf("names are %q, again %q, of another run %q", first, again, other)
	}
	if _, err := run[workload.StartedJobs](s, s.activities.StartJobs, workload.JobsInput{Subject: s.subject(ref)}); err == nil {
		t.Error("Jobs without a run are started, and would be found by the next")
	}
}

func TestTheJobOfAHookIsThatOfTheTargetAndStays(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.hookedRelease("1.0.0-rc.1")
	in := workload.JobsInput{Subject: s.subject(ref), Base: ref, Run: "r", Hook: "migrate"}
	if _, err := run[workload.StartedJobs](s, s.activities.StartJobs, in); err != nil {
		t.Fatal(err)
	}
	if len(s.target.jobs) != 1 {
		t.Fatalf("%d Jobs, want one: a hook runs again though the release that runs has it", len(s.target.jobs))
	}
	job := s.target.jobs[0]
	if string(job.Manifest) != `{"of":"local"}` || job.For != "migrate" || !job.Stays || job.Lenient || job.Deadline != time.Minute || job.Keep <= 24*time.Hour {
		t.Errorf("job %+v, want that of the target, which stays for more than a day", job)
	}
	in.Hook = "seed"
	if _, err := run[workload.StartedJobs](s, s.activities.StartJobs, in); err == nil || !strings.Contains(err.Error(), `no hook "seed"`) {
		t.Errorf("a hook that the release does not have: %v", err)
	}
	if _, err := run[workload.CheckResult](s, s.activities.CheckTarget, workload.CheckTargetInput{Subject: s.subject(ref), Hooks: []string{"migrate"}}); err != nil {
		t.Fatal(err)
	}
	if scope := s.target.scopes[len(s.target.scopes)-1]; len(scope.Jobs) != 1 || scope.Jobs[0].Name == job.Name {
		t.Errorf("the check tries %+v, want the Job under another name than the run's", scope.Jobs)
	}
}

// hookedRelease stores a release with a hook whose Job differs in the target.
func (s *scene) hookedRelease(version string) bundle.Reference {
	s.t.Helper()
	job := func(of string) bundle.Manifests {
		return bundle.Manifests{stack.HookJob("migrate"): {json.RawMessage(`{"of":"` + of + `"}`)}}
	}
	content := bundle.Content{
		Release: bundle.Release{
			Stack: "shop", Version: version, Channel: "rc", Commit: strings.Repeat("a", 40), Images: map[string]bundle.Image{},
			Environments: []bundle.Environment{{
				Name: "staging", Clusters: []string{"local", "other"}, Namespace: "shop", Waves: [][]string{{"cart"}},
				Hooks: []bundle.Hook{{Name: "migrate", When: stack.Before, On: stack.OnFirst, Deadline: stack.Duration(time.Minute)}},
			}},
		},
		Manifests:   map[string]bundle.Manifests{"staging": {"cart": {}}},
		Jobs:        map[string]bundle.Manifests{"staging": job("all")},
		ClusterJobs: map[string]map[string]bundle.Manifests{"staging": {"local": job("local")}},
	}
	artifact, err := bundle.Encode(content)
	if err != nil {
		s.t.Fatal(err)
	}
	ref, err := s.store.Put(s.t.Context(), s.repository, artifact, version)
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

func TestAWatchIsOfTheJobsThatWereStarted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.checkedRelease("1.0.0-rc.1", map[string]string{"cart": `{}`, "store": `{}`})
	in := workload.JobsInput{Subject: s.subject(ref), Run: "r"}
	started, err := run[workload.StartedJobs](s, s.activities.StartJobs, in)
	if err != nil {
		t.Fatal(err)
	}
	in.Names, in.Deadline = started.Names[1:], stack.Duration(50*time.Second)
	if _, err := run[workload.WatchResult](s, s.activities.WatchJobs, in); err != nil {
		t.Fatal(err)
	}
	if len(s.target.jobs) != 1 || s.target.jobs[0].For != "store" || s.target.jobs[0].Deadline > 50*time.Second {
		t.Errorf("watched %+v, want the one of store, for as long as is left", s.target.jobs)
	}
}
