package kubernetes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/workload"
)

// changeLines gives what people read of a check.
func (s *site) changeLines(scope workload.Scope) string {
	s.Helper()
	return strings.Join(workload.ChangeLines(s.check(scope).Changes), "\n")
}

// bare gives changes without what would differ.
func bare(changes []workload.Change) []workload.Change {
	stripped := slices.Clone(changes)
	for i := range stripped {
		stripped[i].Diff = nil
	}
	return stripped
}

func wantLines(t *testing.T, got, want string) {
	t.Helper()
	if got != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(want))
	}
}

func TestCheckTellsWhatWouldDiffer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	gone := configMap("gone", "1")
	old := s.scope(1,
		s.service("web", config("web", "aa", "pool = 10\ntalk = true"), configMap("settings", "1"), deployment("web", "v1", 3), gone),
		s.service("cart", deployment("cart", "v1", 1)))
	s.run(old)
	s.base = old
	// What others own is none of ours, and is not told.
	s.patch("ops-tool", "deployments", "web", `{"metadata":{"annotations":{"seen":"yes"}},"spec":{"paused":false}}`)
	before := s.effects()

	next := strings.Replace(deployment("web", "v2", 3), "replicas: 3,", "", 1)
	next = strings.Replace(next, "ports: [{containerPort: 8080}]",
		`ports: [{containerPort: 9090}], env: [{name: DB_PASSWORD, value: hunter2-hunter2}, {name: MODE, value: fast}]`, 1)
	scope := s.scope(2,
		s.service("web", config("web", "bb", "pool = 20"), configMap("settings", "2"), next, configMap("more", "1")),
		s.service("cart", deployment("cart", "v1", 1)))
	wantLines(t, s.changeLines(scope), `
web
  create   ConfigMap/web-config-bb  in place of ConfigMap/web-config-aa
    pool: 10 -> 20
    talk: - true
  update   ConfigMap/settings
    .data.value: 1 -> 2
  update   Deployment/web
    image of app: registry.test/shop/web:v1 -> registry.test/shop/web:v2
    .spec.template.spec.containers[name="app"].env[name="DB_PASSWORD"].name: + DB_PASSWORD
    .spec.template.spec.containers[name="app"].env[name="DB_PASSWORD"].value: + (secret)
    .spec.template.spec.containers[name="app"].env[name="MODE"].name: + MODE
    .spec.template.spec.containers[name="app"].env[name="MODE"].value: + fast
    .spec.template.spec.containers[name="app"].ports[containerPort=8080,protocol="TCP"].containerPort: - 8080
    .spec.template.spec.containers[name="app"].ports[containerPort=9090,protocol="TCP"].containerPort: + 9090
  create   ConfigMap/more
  delete   ConfigMap/gone`)
	if result := s.check(scope); result.Objects != 5 || result.Unchanged != 1 || len(result.Problems) != 0 {
		t.Errorf("%d objects, %d unchanged, problems %+v", result.Objects, result.Unchanged, result.Problems)
	}
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("the check had effects: %q", after[len(before):])
	}
	// The replicas that the release no longer sets stay: the diff was right not to tell them.
	s.run(scope)
	if live, err := s.client.AppsV1().Deployments(s.namespace).Get(t.Context(), "web", metav1.GetOptions{}); err != nil || *live.Spec.Replicas != 3 {
		t.Errorf("%v, %v, want 3 replicas", live.Spec.Replicas, err)
	}
}

func TestADriftedObjectDiffersFromWhatIsLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", config("web", "aa", "pool = 10"), configMap("settings", "1"), deployment("web", "v1", 1)))
	s.run(scope)
	s.base = scope
	maps := s.client.CoreV1().ConfigMaps(s.namespace)
	if err := maps.Delete(t.Context(), "settings", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	edited, err := maps.Get(t.Context(), "web-config-aa", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := maps.Delete(t.Context(), edited.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	again := configMapObject(edited.Name, map[string]string{"application.conf": "pool = 99"})
	again.Labels = edited.Labels
	if _, err := maps.Create(t.Context(), again, metav1.CreateOptions{FieldManager: "bob"}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, s.changeLines(scope), `
web
  replace  ConfigMap/web-config-aa
    pool: 99 -> 10
  create   ConfigMap/settings`)
}

// budgetManifest is a PodDisruptionBudget for the pods of an app.
func budgetManifest(name, spec string) string {
	return fmt.Sprintf("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: %s}\nspec: {%s, selector: {matchLabels: {app: %[1]s}}}\n", name, spec)
}

func TestAStrategyBeyondTheDisruptionBudgetIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rolling := func(name, tag string, replicas int, strategy string) string {
		return strings.Replace(deployment(name, tag, replicas), "selector:", "strategy: "+strategy+", selector:", 1)
	}
	half := rolling("web", "v1", 4, "{rollingUpdate: {maxUnavailable: 50%}}")
	for name, c := range map[string]struct {
		documents []string
		want      string
	}{
		"too many at once":   {[]string{half, budgetManifest("web", "minAvailable: 3")}, "web Deployment/web DisruptionBudget take 2 of 4 pods down at once and leave 2, but PodDisruptionBudget web (minAvailable 3) wants 3 available: use RollingUpdate with maxUnavailable: 1"},
		"as many as allowed": {[]string{half, budgetManifest("web", "minAvailable: 50%")}, ""},
		"all at once":        {[]string{rolling("web", "v1", 2, "{type: Recreate}"), budgetManifest("web", "maxUnavailable: 1")}, "web Deployment/web DisruptionBudget maxUnavailable: 1"},
		"none to spare":      {[]string{rolling("web", "v1", 4, "{}"), budgetManifest("web", "maxUnavailable: 0")}, "web Deployment/web DisruptionBudget maxUnavailable: 0 and a maxSurge"},
		"a StatefulSet":      {[]string{statefulSet("web", "v1", 1), budgetManifest("web", "minAvailable: 1")}, "web StatefulSet/web DisruptionBudget a StatefulSet takes down one pod at least"},
		"another app":        {[]string{half, budgetManifest("cart", "minAvailable: 3")}, ""},
		"scaled to nothing":  {[]string{rolling("web", "v1", 0, "{type: Recreate}"), budgetManifest("web", "minAvailable: 1")}, ""},
	} {
		result := s.check(s.scope(1, s.service("web", c.documents...)))
		if c.want == "" {
			wantProblems(t, result)
		} else {
			wantProblems(t, result, c.want)
		}
		if t.Failed() {
			t.Fatalf("in case %q", name)
		}
	}
}

func TestABudgetThatIsLiveCountsAndPodsOfOthersToo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	budget := s.service("ops", "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: all}\nspec: {minAvailable: 2, selector: {}}\n")
	s.apply(s.scope(1, budget))
	scope := s.scope(2, s.service("web", strings.Replace(deployment("web", "v1", 2), "selector:", "strategy: {type: Recreate}, selector:", 1)))
	wantProblems(t, s.check(scope), "web Deployment/web DisruptionBudget all (minAvailable 2)")
	// Two pods of somebody else are enough for the budget.
	other := strings.ReplaceAll(deployment("other", "v1", 2), "app: other", "app: else")
	s.run(s.scope(3, s.service("other", other)))
	wantProblems(t, s.check(scope))

	// What stays as it is takes nothing down, whatever its strategy says.
	scope.Epoch = 4
	s.run(scope)
	if err := s.client.AppsV1().Deployments(s.namespace).Delete(t.Context(), "other", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	wantProblems(t, s.check(scope))
}
