// Package integration runs whole releases: real Git, registry, API servers and
// Temporal, workers as processes, and the starter as a user calls it.
package integration

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

// Exit codes of the starter, as its documentation lists them.
const (
	exitReleased   = 0
	exitFailed     = 1
	exitBadInput   = 2
	exitRolledBack = 3
	exitNotStarted = 6
)

// image is a reference that no test pulls: pods are simulated.
func image(revision string) string { return "registry.example/revision:" + revision }

// setup gives a rig with a worker, and a stack of three services in two waves:
// store, a StatefulSet, before cart and catalog. None is built, which keeps
// tests of rollouts short.
func setup(t *testing.T) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	platform := platformtest.Load(t)
	r := rig.New(t, platform)
	namespace := platform.Namespace(t, "local-1")
	stack := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "2m"},
		},
		Services: []rig.Service{
			{Name: "store", Kind: "StatefulSet", Image: image("1")},
			{Name: "cart", Needs: []string{"store"}, Image: image("1")},
			{Name: "catalog", Needs: []string{"store"}, Image: image("1")},
		},
	}
	repo := rig.NewRepo(t)
	repo.Write(stack.Files())
	return r, repo, stack
}

// next makes the next revision of all services.
func next(repo *rig.Repo, stack *rig.Stack, revision string) {
	for i := range stack.Services {
		stack.Services[i].Image = image(revision)
	}
	repo.Write(stack.Files())
}

// wantImages fails unless every workload runs the image.
func wantImages(t *testing.T, r *rig.Rig, namespace, want string, workloads int) {
	t.Helper()
	images := r.Images("local-1", namespace)
	if len(images) != workloads {
		t.Errorf("%d workloads, want %d: %v", len(images), workloads, images)
	}
	for name, got := range images {
		if got != want {
			t.Errorf("%s runs %s, want %s", name, got, want)
		}
	}
}

func wantText(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("not said: %q in:\n%s", want, text)
		}
	}
}
