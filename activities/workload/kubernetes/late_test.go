package kubernetes_test

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

func TestPausedWriterChangesNothingAfterTheRestore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", configMap("settings", "1")))
	s.run(old)
	next := s.scope(2, s.service("web", configMap("settings", "2")))
	record := s.record(next, old)

	where := "clusters/" + cluster
	hold := s.platform.Fault(t, where, "hold", platformtest.Rule{Verbs: []string{"apply"}, Path: s.namespace + "/configmaps/settings"})
	ended := make(chan error, 1)
	_, paused := s.open("")
	go func() {
		_, err := paused.Apply(t.Context(), next, s.base)
		ended <- err
	}()
	s.platform.Await(t, where, hold)

	// Nothing was written yet, so that the restore finds everything as it was.
	s.restore(next, record)
	s.platform.Release(t, where, hold, false)
	wantCode(t, <-ended, fault.Superseded)
	live, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(t.Context(), "settings", metav1.GetOptions{})
	if err != nil || live.Data["value"] != "1" {
		t.Errorf("the late write got through: %v, %v", live.Data, err)
	}
}

func TestLateCreateIsUndone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	next := s.scope(1, s.service("web", configMap("settings", "1")))
	record := s.record(next, s.scope(1))

	where := "clusters/" + cluster
	hold := s.platform.Fault(t, where, "hold", platformtest.Rule{Verbs: []string{"apply"}, Path: s.namespace + "/configmaps/settings"})
	ended := make(chan error, 1)
	_, paused := s.open("")
	go func() {
		_, err := paused.Apply(t.Context(), next, s.base)
		ended <- err
	}()
	s.platform.Await(t, where, hold)
	s.restore(next, record)
	s.platform.Release(t, where, hold, false)
	wantCode(t, <-ended, fault.Superseded)
	_, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(t.Context(), "settings", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("the late object is still there: %v", err)
	}
}

func TestPausedPruneDeletesNothingAfterARestore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", configMap("settings", "1")))
	s.apply(old)
	next := s.scope(2, s.service("web", configMap("other", "1")))
	record := s.record(next, old)
	s.apply(next)

	where := "clusters/" + cluster
	hold := s.platform.Fault(t, where, "hold", platformtest.Rule{Verbs: []string{"delete"}, Path: s.namespace + "/configmaps/settings"})
	_, paused := s.open("")
	ended := make(chan error, 1)
	go func() {
		_, err := paused.Prune(t.Context(), next, old)
		ended <- err
	}()
	s.platform.Await(t, where, hold)
	s.restore(next, record)
	s.platform.Release(t, where, hold, false)
	wantCode(t, <-ended, fault.Superseded)
	s.configMap("settings")
}
