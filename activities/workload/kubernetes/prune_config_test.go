package kubernetes_test

import (
	"fmt"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

func (s *site) prune(next, base workload.Scope) []string {
	s.Helper()
	result, err := s.target.Prune(s.Context(), next, base)
	if err != nil {
		s.Fatal(err)
	}
	return result.Deleted
}

// history applies one config after the other. Where two come within a second
// their names decide which is newer, so that later ones sort first.
func (s *site) history(service string, count int) {
	s.Helper()
	for i := range count {
		s.apply(s.scope(1, s.service(service, config(service, hash(i), fmt.Sprint(i)))))
	}
}

func hash(i int) string { return string(rune('z' - i)) }

func TestOldConfigIsPrunedButForTheNewest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.history("web", 6) // z to u
	s.history("gone", 5)
	foreign := configMapObject("web-config-foreign", nil)
	foreign.Labels = map[string]string{"slipway.dev/config": "web", "slipway.dev/stack": "shop", "app.kubernetes.io/managed-by": "slipway"}
	if _, err := s.client.CoreV1().ConfigMaps(s.namespace).Create(t.Context(), foreign, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	base := s.scope(1, s.service("web", config("web", hash(4), "4")))
	next := s.scope(2, s.service("web", config("web", hash(5), "5")))

	// Of six, one is the release's and three stay; of a service that is gone three stay.
	for attempt, want := range [][]string{
		{"ConfigMap/gone-config-y", "ConfigMap/gone-config-z", "ConfigMap/web-config-y", "ConfigMap/web-config-z"}, nil,
	} {
		if deleted := s.prune(next, base); !slices.Equal(slices.Sorted(slices.Values(deleted)), want) {
			t.Errorf("attempt %d deleted %q, want %q", attempt+1, deleted, want)
		}
	}
	next.KeepConfigs = 1
	if deleted, want := s.prune(next, base), []string{"ConfigMap/gone-config-w", "ConfigMap/gone-config-x", "ConfigMap/web-config-w", "ConfigMap/web-config-x"}; !slices.Equal(slices.Sorted(slices.Values(deleted)), want) {
		t.Errorf("deleted %q, want %q", deleted, want)
	}
	for _, name := range []string{"web-config-u", "web-config-v", "gone-config-v", "web-config-foreign"} {
		s.configMap(name)
	}
}

func TestConfigInUseIsNeverPruned(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.history("web", 11) // z to p
	template := func(hash string) string {
		return "template: {metadata: {labels: {app: x}}, spec: {restartPolicy: Never, volumes: [{name: c, projected: {sources: [{configMap: {name: web-config-" + hash + "}}]}}], containers: [{name: app, image: i}]}}"
	}
	s.apply(s.scope(1, s.service("other",
		deploymentOf("mounting", hash(0)),
		"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {suspend: true, schedule: '0 0 * * *', jobTemplate: {spec: {"+template(hash(1))+"}}}\n",
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec: {suspend: true, "+template(hash(2))+"}\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {containers: [{name: app, image: i, envFrom: [{configMapRef: {name: web-config-"+hash(3)+", optional: true}}]}]}\n",
		"apiVersion: v1\nkind: ReplicationController\nmetadata: {name: ancient}\nspec: {replicas: 0, selector: {app: x}, template: {metadata: {labels: {app: x}}, spec: {"+
			"volumes: [{name: c, configMap: {name: web-config-"+hash(6)+"}}], containers: [{name: app, image: i}]}}}\n",
		"apiVersion: v1\nkind: PodTemplate\nmetadata: {name: stored}\n"+template(hash(7))+"\n",
	)))
	// A DaemonSet that has moved on keeps its old template in a revision.
	old := s.scope(1, s.service("agent", agent(hash(4))))
	s.apply(old)
	until(s, func() bool {
		revisions, err := s.client.AppsV1().ControllerRevisions(s.namespace).List(t.Context(), metav1.ListOptions{})
		return err == nil && len(revisions.Items) == 1
	})
	s.apply(s.scope(2, s.service("agent", agent(hash(5)))))

	next := s.scope(3, s.service("web", config("web", hash(10), "10")))
	next.KeepConfigs = 1
	if deleted, want := s.prune(next, s.scope(1)), []string{"ConfigMap/web-config-" + hash(8)}; !slices.Equal(deleted, want) {
		t.Errorf("deleted %q, want %q", deleted, want)
	}
}

func deploymentOf(name, hash string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec: {replicas: 0, selector: {matchLabels: {app: %[1]s}}, template: {metadata: {labels: {app: %[1]s}},
  spec: {containers: [{name: app, image: i, env: [{name: A, valueFrom: {configMapKeyRef: {name: web-config-%[2]s, key: a}}}]}]}}}
`, name, hash)
}

func agent(hash string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}},
  spec: {nodeSelector: {none: such}, volumes: [{name: c, configMap: {name: web-config-%s}}], containers: [{name: app, image: i}]}}}
`, hash)
}

func TestPausedPruneSparesConfigThatIsNeededAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.history("web", 3) // z, y and x
	oldest := "web-config-" + hash(0)
	s.outlast(oldest)
	next := s.scope(2, s.service("web", config("web", hash(2), "2")))
	next.KeepConfigs = 1

	where := "clusters/" + cluster
	hold := s.platform.Fault(t, where, "hold", platformtest.Rule{Verbs: []string{"delete"}, Path: s.namespace + "/configmaps/" + oldest})
	_, paused := s.open("")
	ended := make(chan error, 1)
	go func() {
		_, err := paused.Prune(t.Context(), next, s.scope(1))
		ended <- err
	}()
	s.platform.Await(t, where, hold)
	back := s.scope(3, s.service("web", config("web", hash(0), "0")))
	s.base = next
	for attempt, want := range [][]string{{"ConfigMap/" + oldest}, nil} {
		if result := s.apply(back); !slices.Equal(result.Written, want) {
			t.Errorf("attempt %d wrote %q, want %q", attempt+1, result.Written, want)
		}
	}
	s.platform.Release(t, where, hold, false)
	wantCode(t, <-ended, fault.Superseded)
	s.wantConfig(oldest, "0")
}

func TestPruneWithLittleToKeepAsksOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.history("web", 3)
	before := s.requests()
	s.prune(s.scope(2, s.service("web", config("web", hash(2), "2"))), s.scope(1))
	if asked := s.requests() - before; asked != 1 {
		t.Errorf("%d requests, want one list", asked)
	}
}

// requests counts what this site's workers have asked the API server for.
func (s *site) requests() int {
	s.Helper()
	total := 0
	for _, request := range s.platform.Counts(s, cluster, s.namespace).Requests {
		if len(request.UserAgent) > 8 && request.UserAgent[:8] == "slipway/" {
			total += request.Count
		}
	}
	return total
}
