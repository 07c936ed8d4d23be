package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/activities/workload/kubernetes"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

func TestFirstReleaseIsAppliedAndGetsHealthy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 2, readyAfter)))

	result := s.apply(scope)
	if want := []string{"ConfigMap/settings", "Deployment/web"}; !slices.Equal(result.Written, want) {
		t.Errorf("written %q, want %q", result.Written, want)
	}
	watched := s.watch(scope, soon)
	if watched.Verdict != workload.Healthy || !watched.Simulated || watched.Services[0].Ready != 2 || watched.Services[0].Wanted != 2 {
		t.Errorf("watched %s %t: %s", watched.Verdict, watched.Simulated, describe(watched))
	}
}

func TestRepeatedApplyHasNoEffects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 2)), s.service("store", statefulSet("store", "v1", 1)))
	s.apply(scope)
	before := s.effects()
	result := s.apply(scope)
	if len(result.Written) != 0 || result.Unchanged != 3 {
		t.Errorf("second attempt: %+v, want nothing written", result)
	}
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("effects %q became %q", before, after)
	}
}

func TestUpdateWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.run(s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 2))))
	result := s.apply(s.scope(2, s.service("web", configMap("settings", "1"), deployment("web", "v2", 2))))
	if want := []string{"Deployment/web"}; !slices.Equal(result.Written, want) || result.Unchanged != 1 {
		t.Errorf("written %q, unchanged %d, want %q and 1", result.Written, result.Unchanged, want)
	}
}

func TestFieldOfAnotherOwnerIsAConflictThatNamesBoth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.run(s.scope(1, s.service("web", deployment("web", "v1", 2))))
	s.patch("ops-tool", "deployments", "web", `{"spec":{"replicas":5}}`)

	_, err := s.target.Apply(s.Context(), s.scope(2, s.service("web", deployment("web", "v2", 3))), s.base)
	wantCode(t, err, fault.Conflict)
	for _, part := range []string{"ops-tool", ".spec.replicas", "Deployment/web"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error does not name %s: %v", part, err)
		}
	}
}

func TestObjectOfAnotherStackIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.apply(s.scope(1, s.service("web", configMap("settings", "1"))))
	s.patch("kubectl", "configmaps", "settings", `{"metadata":{"labels":{"slipway.dev/stack":"bank"}}}`)
	_, err := s.target.Apply(s.Context(), s.scope(2, s.service("web", configMap("settings", "2"))), s.base)
	wantCode(t, err, fault.Conflict)
	if !strings.Contains(err.Error(), `stack "bank"`) {
		t.Errorf("error does not name the other stack: %v", err)
	}
}

func TestLowerEpochWritesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.apply(s.scope(5, s.service("web", configMap("settings", "1"))))
	before := s.effects()
	_, err := s.target.Apply(s.Context(), s.scope(4, s.service("web", configMap("settings", "old"), configMap("more", "old"))), s.base)
	wantCode(t, err, fault.Superseded)
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("effects %q became %q", before, after)
	}
}

func TestReplicasThatOnlyWeOwnedKeepTheirValue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", deployment("web", "v1", 3)))
	s.run(old)
	without := strings.Replace(deployment("web", "v2", 3), "replicas: 3,", "", 1)
	next := s.scope(2, s.service("web", without))
	record := s.record(next, old)
	s.run(next)
	if got := s.replicas("web"); got != 3 {
		t.Fatalf("replicas fell to %d", got)
	}
	if result := s.apply(next); len(result.Written) != 0 {
		t.Errorf("a second attempt wrote %q", result.Written)
	}
	s.restore(next, record)
	if got := s.replicas("web"); got != 3 {
		t.Errorf("replicas are %d after the restore", got)
	}

	t.Run("and can be set again", func(t *testing.T) {
		s.run(s.scope(4, s.service("web", without)))
		s.run(s.scope(5, s.service("web", deployment("web", "v3", 2))))
		if got := s.replicas("web"); got != 2 {
			t.Errorf("replicas are %d, want 2", got)
		}
	})
}

func (s *site) replicas(name string) int32 {
	s.Helper()
	live, err := s.client.AppsV1().Deployments(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	return *live.Spec.Replicas
}

func TestNamespaceThatTheReleaseBringsIsCreatedFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.namespace += "-own"
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + s.namespace + "}\n"
	scope := s.scope(1, s.service("web", deployment("web", "v1", 1)))
	_, err := s.target.Apply(s.Context(), scope, s.base)
	wantCode(t, err, fault.NotFound)
	if !strings.Contains(err.Error(), "create namespace "+s.namespace) {
		t.Errorf("error shows no way out: %v", err)
	}
	scope.Others = []workload.Service{s.service("base", namespace)}
	s.run(scope)
}

func TestKindThatTheReleaseBringsIsServedBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	group := s.namespace + ".example.com"
	definition := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats." + group + "}\n" +
		"spec: {group: " + group + ", scope: Namespaced, names: {plural: boats, singular: boat, kind: Boat}, versions: [{name: v1, served: true, storage: true, " +
		"schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {ports: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], items: {type: object, required: [name], properties: {name: {type: string}, size: {type: integer}}}}}}}}}}]}\n"
	boat := func(size string) string {
		return "apiVersion: " + group + "/v1\nkind: Boat\nmetadata: {name: ship}\nspec: {ports: [{name: a, size: " + size + "}, {name: b, size: 2}]}\n"
	}
	old := s.scope(1, s.service("fleet", definition, boat("1")))
	if result := s.check(old); len(result.Problems) != 0 {
		t.Errorf("problems %+v", result.Problems)
	}
	s.run(old)
	if result := s.apply(old); len(result.Written) != 0 {
		t.Errorf("a second attempt wrote %q", result.Written)
	}
	next := s.scope(2, s.service("fleet", definition, boat("5")))
	record := s.record(next, old)
	s.run(next)
	s.restore(next, record)
	if result := s.apply(s.scope(4, old.Services...)); len(result.Written) != 0 {
		t.Errorf("after the restore %q differ from the old release", result.Written)
	}
}

func TestUnknownContextNamesTheKnownOnes(t *testing.T) {
	t.Parallel()
	platform := platformtest.Load(t)
	clusters := kubernetes.New(kubernetes.Options{Kubeconfig: platform.Kubeconfig})
	_, err := clusters.Target("production")
	wantCode(t, err, fault.NotFound)
	if !strings.Contains(err.Error(), cluster) {
		t.Errorf("error does not name the known contexts: %v", err)
	}
}
