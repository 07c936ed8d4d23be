package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/workload"
)

func TestCheckFindsEverythingAndWritesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.run(s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 1)), s.service("cart", deployment("cart", "v1", 1))))
	s.patch("ops-tool", "deployments", "web", `{"spec":{"replicas":3}}`)
	before := s.effects()

	relabelled := strings.ReplaceAll(deployment("cart", "v2", 1), "app: cart", "app: basket")
	result := s.check(s.scope(2,
		s.service("web", configMap("settings", "2"), deployment("web", "v2", 1), configMap("new", "1")),
		s.service("cart", relabelled, "apiVersion: v1\nkind: Servise\nmetadata: {name: cart}\n"),
	))

	wantProblems(t, result, "web Deployment/web Conflict ops-tool", "cart Deployment/cart Invalid immutable", "cart Servise/cart Invalid Servise")
	if want := []workload.Change{
		{Service: "web", Object: "ConfigMap/settings", Action: "update"},
		{Service: "web", Object: "ConfigMap/new", Action: "create"},
	}; !slices.Equal(bare(result.Changes), want) {
		t.Errorf("changes %+v, want %+v", result.Changes, want)
	}
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("the check had effects: %q", after[len(before):])
	}
}

// wantProblems compares problems with lines of service, object, reason and a
// word of the message.
func wantProblems(t *testing.T, result workload.CheckResult, want ...string) {
	t.Helper()
	if len(result.Problems) != len(want) {
		t.Errorf("%d problems, want %d: %+v", len(result.Problems), len(want), result.Problems)
	}
	for _, line := range want {
		parts := strings.SplitN(line, " ", 4)
		if !slices.ContainsFunc(result.Problems, func(p workload.Problem) bool {
			return p.Service == parts[0] && p.Object == parts[1] && p.Reason == parts[2] && strings.Contains(p.Message, parts[3])
		}) {
			t.Errorf("no problem %q in %+v", line, result.Problems)
		}
	}
}

func TestCheckOfAnUnchangedReleaseFindsNoChange(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 1)))
	s.run(scope)
	if result := s.check(scope); len(result.Changes) != 0 || len(result.Problems) != 0 {
		t.Errorf("check gave %+v", result)
	}
}

func TestPodThatQuotaRefusesIsFoundByTheCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.quota("0")
	result := s.check(s.scope(1, s.service("web", deployment("web", "v1", 2))))
	wantProblems(t, result, "web Deployment/web QuotaExceeded exceeded quota")
}

// quota lets so many pods into the namespace.
func (s *site) quota(pods string) {
	s.Helper()
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "pods"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse(pods)}},
	}
	if _, err := s.client.CoreV1().ResourceQuotas(s.namespace).Create(s.Context(), quota, metav1.CreateOptions{}); err != nil {
		s.Fatal(err)
	}
	until(s, func() bool {
		live, err := s.client.CoreV1().ResourceQuotas(s.namespace).Get(s.Context(), "pods", metav1.GetOptions{})
		return err == nil && !live.Status.Hard.Pods().IsZero() == (pods != "0") && len(live.Status.Hard) > 0
	})
}

func TestMissingNamespaceIsAProblemWithAWayOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.namespace += "-none"
	result := s.check(s.scope(1, s.service("web", deployment("web", "v1", 2))))
	wantProblems(t, result, " Namespace/"+s.namespace+" NamespaceMissing create namespace "+s.namespace)

	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + s.namespace + "}\n"
	result = s.check(s.scope(1, s.service("web", namespace, deployment("web", "v1", 2))))
	if len(result.Problems) != 0 || len(result.Changes) != 2 {
		t.Errorf("with the namespace in the release: %+v", result)
	}
}
