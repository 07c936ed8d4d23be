// Package integration runs whole releases: real Git, registry, API servers and
// Temporal, workers as processes, and the starter as a user calls it.
package integration

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Exit codes of the starter, as its documentation lists them.
const (
	exitReleased   = 0
	exitDone       = 0 // an abort that was carried out
	exitFailed     = 1
	exitBadInput   = 2
	exitRolledBack = 3

	exitStoppedWaiting = 4
	exitNoConnection   = 5
	exitNotStarted     = 6
	exitStuck          = 7
)

// image is a reference that no test pulls: pods are simulated.
func image(revision string) string { return "registry.example/revision:" + revision }

// setup gives a rig with a worker, and a stack of three services in two waves:
// store, a StatefulSet, before cart and catalog. None is built, which keeps
// tests of rollouts short.
func setup(t *testing.T, clusters ...string) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	if len(clusters) == 0 {
		clusters = []string{"local-1"}
	}
	platform := platformtest.Load(t)
	r := rig.New(t, platform)
	namespace := platform.Namespace(t, clusters...)
	stack := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: clusters, Namespace: namespace, Deadline: "2m"},
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

// limitPods lets a namespace have no more pods than it has now.
func limitPods(t *testing.T, r *rig.Rig, cluster, namespace, pods string) {
	t.Helper()
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "pods"}}
	quota.Spec.Hard = corev1.ResourceList{corev1.ResourcePods: resource.MustParse(pods)}
	quotas := r.Platform.Client(t, cluster).CoreV1().ResourceQuotas(namespace)
	if _, err := quotas.Create(t.Context(), quota, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	r.Eventually("the quota is counted", func() bool {
		got, err := quotas.Get(t.Context(), "pods", metav1.GetOptions{})
		return err == nil && got.Status.Used.Pods().String() == pods
	})
}

// waitWatching waits until the new pods of a service are waited for.
func waitWatching(r *rig.Rig, stack *rig.Stack, service string) {
	r.Eventually(service+" is watched", func() bool {
		var status rollout.Status
		return r.Query(rollout.ID(stack.Name, "staging"), rollout.StatusQuery, &status) &&
			slices.ContainsFunc(status.Services, func(s rollout.Service) bool {
				return s.Service == service && s.State == rollout.StateWatching
			})
	})
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
