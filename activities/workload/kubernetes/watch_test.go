package kubernetes_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

// until waits for something that has no event here.
func until(t testing.TB, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(soon)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

func TestFailuresOfPodsEndTheWatchAtOnce(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, annotation, reason, message string
	}{
		{"a crash loop", crashLoop, "CrashLoopBackOff", "exited with code 1"},
		{"an image that can't be pulled", imagePull, "ImagePullBackOff", "registry.test/shop/web:v2"},
		{"config that does not exist", configError, "CreateContainerConfigError", "not found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.run(s.scope(1, s.service("web", deployment("web", "v1", 2))))
			next := s.scope(2, s.service("web", deployment("web", "v2", 2, c.annotation)))
			s.apply(next)
			result := s.watch(next, soon)
			failure := result.Services[0].Failure
			if result.Verdict != workload.Failed || failure == nil {
				t.Fatalf("verdict %s: %s", result.Verdict, describe(result))
			}
			if failure.Reason != c.reason || !strings.Contains(failure.Message, c.message) || failure.Container != "app" || failure.Pod == "" {
				t.Errorf("failure %+v, want %s with %q", failure, c.reason, c.message)
			}
		})
	}
}

func TestUnreadyAndUnschedulablePodsAreLateAndNotFailed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, manifest, message string
	}{
		{"never ready", deployment("web", "v1", 1, neverReady), "not ready"},
		{"unschedulable", strings.Replace(deployment("web", "v1", 1), "{terminationGrace", "{nodeSelector: {disk: quantum}, terminationGrace", 1), "can't be scheduled"},
		{"unready and OnDelete", daemonSet("web", "v1", neverReady), "not ready"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			scope := s.scope(1, s.service("web", c.manifest))
			s.apply(scope)
			result := s.watch(scope, 2*time.Second)
			if result.Verdict != workload.Late || !strings.Contains(result.Services[0].Message, c.message) {
				t.Errorf("verdict %s: %s; want late with %q", result.Verdict, describe(result), c.message)
			}
		})
	}
}

func TestPodsThatQuotaRefusesAreAFailure(t *testing.T) {
	t.Parallel()
	for name, manifest := range map[string]string{
		"of a Deployment":  deployment("web", "v1", 2),
		"of a StatefulSet": statefulSet("web", "v1", 2),
		"of a DaemonSet":   daemonSet("web", "v1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.quota("1")
			scope := s.scope(1, s.service("web", manifest))
			s.apply(scope)
			result := s.watch(scope, soon)
			failure := result.Services[0].Failure
			if result.Verdict != workload.Failed || failure == nil || failure.Reason != "FailedCreate" || !strings.Contains(failure.Message, "exceeded quota: pods") {
				t.Errorf("verdict %s: %s", result.Verdict, describe(result))
			}
		})
	}
}

func TestStatefulSetsAndDaemonSetsAreUpdated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for epoch, tag := range []string{"v1", "v2"} {
		s.run(s.scope(int64(epoch+1), s.service("store", statefulSet("store", tag, 2)), s.service("agent", daemonSet("agent", tag))))
	}
	pods, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods.Items {
		if !strings.HasSuffix(pod.Spec.Containers[0].Image, ":v2") {
			t.Errorf("pod %s runs %s", pod.Name, pod.Spec.Containers[0].Image)
		}
	}
}

func TestWatchOutlivesAnAPIServerThatIsCutOff(t *testing.T) {
	t.Parallel()
	s := newSiteOn(t, platformtest.Start(t, 1))
	next := s.scope(1, s.service("web", deployment("web", "v1", 2, "slipway.dev/simulate-ready-after: 2s")))
	s.apply(next)
	ended := make(chan workload.WatchResult, 1)
	reported := make(chan struct{})
	var once sync.Once
	go func() {
		result, err := s.target.Watch(t.Context(), next, soon, func([]workload.ServiceStatus) { once.Do(func() { close(reported) }) })
		if err != nil {
			t.Error(err)
		}
		ended <- result
	}()
	<-reported
	s.platform.Do(t, "clusters/"+cluster+"/cut")
	select {
	case result := <-ended:
		t.Fatalf("the watch ended %s while the API server was cut off", result.Verdict)
	case <-time.After(4 * time.Second):
	}
	s.platform.Do(t, "clusters/"+cluster+"/mend")
	mended := time.Now()
	if result := <-ended; result.Verdict != workload.Healthy {
		t.Errorf("verdict %s: %s", result.Verdict, describe(result))
	}
	t.Logf("healthy %s after the API server was back", time.Since(mended).Round(time.Millisecond))
}

func TestManyWatchesShareTheirRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", deployment("web", "v1", 2, "slipway.dev/simulate-ready-after: 1s")))
	s.apply(scope)
	var watching sync.WaitGroup
	for range 20 {
		watching.Go(func() {
			if result, err := s.target.Watch(t.Context(), scope, soon, nil); err != nil || result.Verdict != workload.Healthy {
				t.Errorf("%s %v", result.Verdict, err)
			}
		})
	}
	watching.Wait()
	watches := map[string]int{}
	for _, request := range s.platform.Counts(t, cluster, s.namespace).Requests {
		if strings.HasPrefix(request.UserAgent, "slipway/") && request.Verb == "watch" {
			watches[request.Resource] += request.Count
		}
	}
	for resource, count := range watches {
		if count != 1 {
			t.Errorf("%d watches of %s, want 1", count, resource)
		}
	}
	if len(watches) != 4 {
		t.Errorf("watches %v, want those of Deployments, ReplicaSets, Pods and Events", watches)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", deployment("web", "v1", 1, neverReady)))
	s.apply(scope)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.target.Watch(ctx, scope, soon, func([]workload.ServiceStatus) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want the context's own", err)
	}
}

func TestWatchOfAnOldEpochIsSuperseded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(2, s.service("web", deployment("web", "v1", 1)))
	s.apply(scope)
	scope.Epoch = 1
	_, err := s.target.Watch(t.Context(), scope, soon, nil)
	wantCode(t, err, fault.Superseded)
}
