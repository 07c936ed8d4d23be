package kubernetes_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

func TestAnswerThatGetsLostIsNoSecondEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", configMap("first", "1"), configMap("second", "1")))
	s.platform.Fault(t, "clusters/"+cluster, "fail", platformtest.Rule{
		Verbs: []string{"apply"}, Path: s.namespace + "/configmaps/second", At: "response", Status: http.StatusBadGateway,
	})
	_, err := s.target.Apply(t.Context(), scope, s.base)
	wantCode(t, err, fault.Unavailable)
	before := s.effects()
	if result := s.apply(scope); len(result.Written) != 0 {
		t.Errorf("the second attempt wrote %q", result.Written)
	}
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("effects %q became %q", before, after)
	}
}

func TestAPIServerThatRefusesForNowIsUnavailable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, verb := range []string{"get", "apply"} {
		s.platform.Fault(t, "clusters/"+cluster, "fail", platformtest.Rule{Verbs: []string{verb}, Path: s.namespace + "/configmaps/settings"})
		_, err := s.target.Apply(t.Context(), s.scope(1, s.service("web", configMap("settings", "1"))), s.base)
		wantCode(t, err, fault.Unavailable)
	}
}

func TestWriteThatIsOvertakenIsPreparedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.apply(s.scope(1, s.service("web", configMap("settings", "1"))))
	where := "clusters/" + cluster
	hold := s.platform.Fault(t, where, "hold", platformtest.Rule{Verbs: []string{"apply"}, Path: s.namespace + "/configmaps/settings", UserAgent: "slipway/"})
	ended := make(chan error, 1)
	go func() {
		_, err := s.target.Apply(t.Context(), s.scope(2, s.service("web", configMap("settings", "2"))), s.base)
		ended <- err
	}()
	s.platform.Await(t, where, hold)
	s.patch("kubectl", "configmaps", "settings", `{"metadata":{"annotations":{"team":"carts"}}}`)
	s.platform.Release(t, where, hold, false)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	live := s.configMap("settings")
	if live.Data["value"] != "2" || live.Annotations["team"] != "carts" {
		t.Errorf("ConfigMap is %v", live)
	}
}

func TestRecordHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "keys", Annotations: map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "hunter2"}},
		StringData: map[string]string{"password": "hunter2"},
	}
	if _, err := s.client.CoreV1().Secrets(s.namespace).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	next := s.scope(1, s.service("web", "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\n"))
	content := string(s.record(next, s.scope(1)))
	if !strings.Contains(content, `"name":"keys"`) || strings.Contains(content, "hunter2") || strings.Contains(content, "aHVudGVyMg") {
		t.Errorf("the record is %s", content)
	}
}

func TestPruneDeletesOnlyWhatIsOurs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	claim := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
	old := s.scope(1, s.service("web", configMap("gone", "1"), configMap("taken", "1"), configMap("kept", "1"), claim))
	s.apply(old)
	s.patch("kubectl", "configmaps", "taken", `{"metadata":{"labels":{"app.kubernetes.io/managed-by":"people"}}}`)
	next := s.scope(2, s.service("web", configMap("kept", "1")))

	for attempt, want := range [][]string{{"ConfigMap/gone"}, nil} {
		result, err := s.target.Prune(t.Context(), next, old)
		if err != nil || !slices.Equal(result.Deleted, want) {
			t.Errorf("attempt %d deleted %q, %v; want %q", attempt+1, result.Deleted, err, want)
		}
	}
	if _, err := s.client.CoreV1().PersistentVolumeClaims(s.namespace).Get(t.Context(), "data", metav1.GetOptions{}); err != nil {
		t.Errorf("the claim is gone: %v", err)
	}
	s.configMap("taken")
	_, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(t.Context(), "gone", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("the dropped object is still there: %v", err)
	}
}
