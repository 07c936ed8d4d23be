// Package faults kills, stops and cuts things in the middle of releases, and
// counts at the proxies that every effect happened once.
package faults

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

const (
	exitReleased   = 0
	exitRolledBack = 3
)

const cluster = "clusters/local-1"

func image(revision string) string { return "registry.example/revision:" + revision }

// setup gives a stack of two waves, with its first release running.
func setup(t *testing.T, platform *platformtest.Platform) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	r := rig.New(t, platform)
	namespace := platform.Namespace(t, "local-1")
	stack := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "2m"},
		},
		Services: []rig.Service{
			{Name: "store", Image: image("1")},
			{Name: "cart", Needs: []string{"store"}, Image: image("1")},
		},
	}
	repo := rig.NewRepo(t)
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	worker := r.Worker()
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	worker.Signal(syscall.SIGTERM)
	worker.Wait()
	return r, repo, stack
}

// next tags a second revision; with a crash loop in cart, if wanted.
func next(repo *rig.Repo, stack *rig.Stack, annotations map[string]string) {
	for i := range stack.Services {
		stack.Services[i].Image = image("2")
	}
	stack.Services[1].Annotations = annotations
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
}

func crashLoop() map[string]string { return map[string]string{"slipway.dev/simulate": "crash-loop"} }

// write matches the next write of Slipway to an object, before or after the
// server has done it.
func write(namespace, object, at string) platformtest.Rule {
	return platformtest.Rule{
		Verbs: []string{"write"}, UserAgent: "^slipway/", Path: "/namespaces/" + namespace + "/" + object + `(\?|$)`, At: at,
	}
}

// restoring matches the next write by which a restore fences an object off,
// which is its first to any object, and which no release makes.
func restoring(namespace, object, at string) platformtest.Rule {
	rule := write(namespace, object, at)
	rule.Path = "/namespaces/" + namespace + "/" + object + `\?(.*&)?fieldManager=slipway-fence(&|$)`
	return rule
}

func wantImages(t *testing.T, r *rig.Rig, namespace, want string) {
	t.Helper()
	images := r.Images("local-1", namespace)
	if len(images) != 2 {
		t.Errorf("%d workloads, want 2: %v", len(images), images)
	}
	for name, got := range images {
		if got != want {
			t.Errorf("%s runs %s, want %s", name, got, want)
		}
	}
}

// wantOnce fails if an effect on a workload since the mark happened more than
// the given number of times.
func wantOnce(t *testing.T, r *rig.Rig, namespace string, mark, times int) {
	t.Helper()
	effects := rig.Effects(t, r.Platform, "local-1", namespace)[mark:]
	counts := map[string]int{}
	for _, effect := range effects {
		counts[effect]++
	}
	for effect, n := range counts {
		if n > times {
			t.Errorf("%s happened %d times, want at most %d; all effects:\n%s", effect, n, times, strings.Join(effects, "\n"))
		}
	}
	if !slices.ContainsFunc(effects, func(e string) bool { return strings.HasSuffix(e, "deployments.apps/cart") }) {
		t.Errorf("cart was never written: %v", effects)
	}
}

func mark(t *testing.T, r *rig.Rig, namespace string) int {
	t.Helper()
	return len(rig.Effects(t, r.Platform, "local-1", namespace))
}

// waitFor waits until a service is in a state.
func waitFor(r *rig.Rig, stack, service, state string) {
	r.Eventually(service+" is "+state, func() bool {
		var status rollout.Status
		return r.Query(rollout.ID(stack, "staging"), rollout.StatusQuery, &status) &&
			slices.ContainsFunc(status.Services, func(s rollout.Service) bool { return s.Service == service && s.State == state })
	})
}

func wantCurrent(t *testing.T, r *rig.Rig, stack, version string) {
	t.Helper()
	if got := current(t, r, stack); got.Version != version {
		t.Errorf("current = %+v, want %s", got, version)
	}
}

// current gives what the environment says it runs.
func current(t *testing.T, r *rig.Rig, stack string) environment.Record {
	t.Helper()
	var status environment.Status
	if !r.Query(environment.ID(stack, "staging"), environment.StatusQuery, &status) {
		t.Fatal("the environment does not answer")
	}
	if status.Current == nil {
		t.Fatal("the environment runs nothing")
	}
	return *status.Current
}

func wantExit(t *testing.T, starter *rig.Process, want int) {
	t.Helper()
	if code := starter.Wait(); code != want {
		t.Fatalf("exit code %d, want %d\n%s", code, want, starter.Log())
	}
}
