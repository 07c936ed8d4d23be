// Package integration runs whole releases: real Git, registry, API servers and
// Temporal, workers as processes, and the starter as a user calls it.
package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
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

// setup gives a rig and a stack of three services in two waves:
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
			{Name: "store", Kind: "StatefulSet", Image: rig.Image("1")},
			{Name: "cart", Needs: []string{"store"}, Image: rig.Image("1")},
			{Name: "catalog", Needs: []string{"store"}, Image: rig.Image("1")},
		},
	}
	repo := rig.NewRepo(t)
	repo.Write(stack.Files())
	return r, repo, stack
}

// released gives such a stack with its first release running, and a worker.
func released(t *testing.T, clusters ...string) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	r, repo, stack := setup(t, clusters...)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	return r, repo, stack
}

// next makes the next revision of all services.
func next(repo *rig.Repo, stack *rig.Stack, revision string) {
	stack.Revise(revision)
	repo.Write(stack.Files())
}

// hotfix takes the image of cart over, as kubectl set image --field-manager=ann would.
func hotfix(t *testing.T, r *rig.Rig, namespace string) {
	t.Helper()
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"hotfix"}]}}}}`)
	if _, err := r.Platform.Client(t, "local-1").AppsV1().Deployments(namespace).Patch(t.Context(), "cart",
		types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "ann"}); err != nil {
		t.Fatal(err)
	}
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

// wantImages fails unless every workload runs the revision.
func wantImages(r *rig.Rig, stack *rig.Stack, revision string) {
	r.T().Helper()
	r.WantImages("local-1", stack.Name, rig.Image(revision), len(stack.Services))
}

func wantText(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("not said: %q in:\n%s", want, text)
		}
	}
}
