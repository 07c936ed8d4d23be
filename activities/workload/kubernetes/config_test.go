package kubernetes_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

// config is what rendering makes of a service's config.
func config(service, hash, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %[1]s-config-%[2]s, labels: {slipway.dev/config: %[1]s}}\nimmutable: true\ndata: {application.conf: %[3]q}\n",
		service, hash, value)
}

// configured is a Deployment whose pods mount a config.
func configured(name, hash string) string {
	return strings.Replace(deployment(name, "v1", 1), "containers: [{",
		fmt.Sprintf("volumes: [{name: config, configMap: {name: %s-config-%s}}], containers: [{", name, hash), 1)
}

// remake replaces a ConfigMap by one that somebody made by hand.
func (s *site) remake(name, value string) {
	s.Helper()
	s.forget(name)
	made := configMapObject(name, map[string]string{"application.conf": value})
	if _, err := s.client.CoreV1().ConfigMaps(s.namespace).Create(s.Context(), made, metav1.CreateOptions{FieldManager: "kubectl-create"}); err != nil {
		s.Fatal(err)
	}
}

// forget deletes a ConfigMap as somebody else would.
func (s *site) forget(name string) {
	s.Helper()
	if err := s.client.CoreV1().ConfigMaps(s.namespace).Delete(s.Context(), name, metav1.DeleteOptions{}); err != nil {
		s.Fatal(err)
	}
}

func (s *site) hasConfigMap(name string) bool {
	s.Helper()
	_, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		s.Fatal(err)
	}
	return err == nil
}

func (s *site) wantConfig(name, value string) {
	s.Helper()
	live := s.configMap(name)
	if live.Data["application.conf"] != value || len(live.Data) != 1 || live.Immutable == nil || !*live.Immutable {
		s.Errorf("config is %v, immutable %v, want %q", live.Data, live.Immutable, value)
	}
}

const webConfig = "web-config-aa"

func TestConfigThatWasRemadeByHandIsReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", config("web", "aa", "a = 1"), configured("web", "aa")))
	s.run(scope)
	s.remake(webConfig, "a = 2")
	s.base = scope
	scope.Epoch = 2

	result := s.check(scope)
	if want := []workload.Change{{Service: "web", Object: "ConfigMap/" + webConfig, Action: "replace"}}; !slices.Equal(bare(result.Changes), want) || len(result.Problems) > 0 {
		t.Errorf("check gave %+v, want %+v", result, want)
	}
	for attempt, want := range [][]string{{"ConfigMap/" + webConfig}, nil} {
		if result := s.apply(scope); !slices.Equal(result.Written, want) {
			t.Errorf("attempt %d wrote %q, want %q", attempt+1, result.Written, want)
		}
		s.wantConfig(webConfig, "a = 1")
	}
}

func TestConfigThatLostItsImmutabilityIsReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", config("web", "aa", "a = 1")))
	s.base = scope
	s.apply(scope)
	s.remake(webConfig, "a = 1")
	s.patch("kubectl-edit", "configmaps", webConfig, `{"data":{"more":"added"}}`)
	s.apply(scope)
	s.wantConfig(webConfig, "a = 1")
}

func TestWorkerThatIsKilledBetweenDeletionAndCreation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", config("web", "aa", "a = 1")))
	s.apply(old)
	s.remake(webConfig, "a = 2")
	s.base = old
	next := s.scope(2, s.service("web", config("web", "aa", "a = 1"), configMap("more", "1")))
	record := s.record(next, old)

	s.platform.Fault(t, "clusters/"+cluster, "fail", platformtest.Rule{
		Verbs: []string{"apply"}, Path: s.namespace + "/configmaps/" + webConfig, Status: http.StatusServiceUnavailable,
	})
	_, err := s.target.Apply(t.Context(), next, s.base)
	wantCode(t, err, fault.Unavailable)
	if s.hasConfigMap(webConfig) {
		t.Fatal("the config was not deleted, so that nothing was tested")
	}
	s.apply(next)
	s.wantConfig(webConfig, "a = 1")

	t.Run("of a restore", func(t *testing.T) {
		s.platform.Fault(t, "clusters/"+cluster, "fail", platformtest.Rule{
			Verbs: []string{"create"}, Path: s.namespace + "/configmaps", UserAgent: "slipway/", Status: http.StatusServiceUnavailable,
		})
		undo := next
		undo.Epoch = 3
		_, err := s.target.Restore(t.Context(), undo, record)
		wantCode(t, err, fault.Unavailable)
		if s.hasConfigMap(webConfig) {
			t.Fatal("the config was not deleted, so that nothing was tested")
		}
		s.restore(undo, record)
		if live := s.configMap(webConfig); live.Data["application.conf"] != "a = 2" || live.Immutable != nil || len(live.Labels) > 0 {
			t.Errorf("restored %+v, want what was there before the release", live)
		}
	})
}

func TestNameThatIsTakenIsAProblemThatNamesTheOwner(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	taken := configMapObject(webConfig, map[string]string{"application.conf": "a = 2"})
	if _, err := s.client.CoreV1().ConfigMaps(s.namespace).Create(t.Context(), taken, metav1.CreateOptions{FieldManager: "ops-tool"}); err != nil {
		t.Fatal(err)
	}
	scope := s.scope(1, s.service("web", config("web", "aa", "a = 1")))
	wantProblems(t, s.check(scope), "web ConfigMap/"+webConfig+` NameTaken made by "ops-tool"`)
	wantProblems(t, s.check(scope), "web ConfigMap/"+webConfig+" NameTaken delete configmap "+webConfig)

	_, err := s.target.Apply(t.Context(), scope, s.base)
	wantCode(t, err, fault.Conflict)
	if live := s.configMap(webConfig); live.Data["application.conf"] != "a = 2" || len(live.Labels) > 0 {
		t.Errorf("the foreign ConfigMap became %+v", live)
	}
}

func TestPausedReplacementIsUndoneByNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", config("web", "aa", "a = 1")))
	s.base = scope
	s.apply(scope)
	s.remake(webConfig, "a = 2")
	scope.Epoch = 2
	record := s.record(scope, s.base)

	where := "clusters/" + cluster
	hold := s.platform.Fault(t, where, "hold", platformtest.Rule{Verbs: []string{"delete"}, Path: s.namespace + "/configmaps/" + webConfig, UserAgent: "slipway/"})
	_, paused := s.open("")
	ended := make(chan error, 1)
	go func() {
		_, err := paused.Apply(t.Context(), scope, s.base)
		ended <- err
	}()
	s.platform.Await(t, where, hold)
	s.restore(scope, record)
	s.platform.Release(t, where, hold, false)
	wantCode(t, <-ended, fault.Superseded)
	if live := s.configMap(webConfig); live.Data["application.conf"] != "a = 2" {
		t.Errorf("the late deletion got through: %v", live.Data)
	}
}

func TestConfigSurvivesARollback(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", config("web", "aa", "a = 1"), configured("web", "aa")))
	s.run(old)
	next := s.scope(2, s.service("web", config("web", "bb", "a = 2"), configured("web", "bb")))
	s.base = old
	record := s.record(next, old)
	s.run(next)
	s.forget(webConfig)
	s.restore(next, record)
	s.wantConfig(webConfig, "a = 1")
	if s.hasConfigMap("web-config-bb") {
		t.Error("the config of the abandoned release is still there")
	}
	live, err := s.client.AppsV1().Deployments(s.namespace).Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil || live.Spec.Template.Spec.Volumes[0].ConfigMap.Name != webConfig {
		t.Errorf("the Deployment mounts %+v, %v", live.Spec.Template.Spec.Volumes, err)
	}
}

func TestOneRefusedObjectAmongManyLeavesTheOthersToTheNextAttempt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var services []workload.Service
	for i := range 30 {
		name := fmt.Sprintf("s%02d", i)
		services = append(services, s.service(name, config(name, "aa", "a = 1"), "apiVersion: v1\nkind: Service\nmetadata: {name: "+name+"}\nspec: {ports: [{port: 80}]}\n"))
	}
	scope := s.scope(1, services...)
	s.platform.Fault(t, "clusters/"+cluster, "fail", platformtest.Rule{
		Verbs: []string{"apply"}, Path: s.namespace + "/configmaps/s07-config-aa", Status: http.StatusServiceUnavailable,
	})
	_, err := s.target.Apply(t.Context(), scope, s.base)
	wantCode(t, err, fault.Unavailable)
	if !strings.Contains(err.Error(), "s07-config-aa") {
		t.Errorf("the error does not name the object: %v", err)
	}
	made, err := s.client.CoreV1().Services(s.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(made.Items) > 0 {
		t.Errorf("%d Services came before the last config, %v", len(made.Items), err)
	}
	before := len(s.effects())
	if result := s.apply(scope); result.Unchanged+len(result.Written) != 60 || len(s.effects())-before != len(result.Written) {
		t.Errorf("the second attempt gave %+v and had %d effects", result, len(s.effects())-before)
	}
	if result := s.apply(scope); len(result.Written) > 0 {
		t.Errorf("a third attempt wrote %q", result.Written)
	}
}
