package kubernetes_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/workload"
)

// BenchmarkLastPodReady measures from the moment that the API server tells of
// the last ready pod to the verdict of the watch.
func BenchmarkLastPodReady(b *testing.B) {
	measure(b, readyAfter, func(pod *corev1.Pod) bool {
		return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		})
	}, workload.Healthy, 3)
}

// BenchmarkFailureVisible measures from the first crash loop that the API
// server tells of to the verdict of the watch.
func BenchmarkFailureVisible(b *testing.B) {
	measure(b, crashLoop, func(pod *corev1.Pod) bool {
		return slices.ContainsFunc(pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
			return c.State.Waiting != nil && c.State.Waiting.Reason == "CrashLoopBackOff"
		})
	}, workload.Failed, 1)
}

func measure(b *testing.B, annotation string, seen func(*corev1.Pod) bool, want workload.Verdict, pods int) {
	var took []time.Duration
	for b.Loop() {
		s := newSite(b)
		scope := s.scope(1, s.service("web", deployment("web", "v1", 3, annotation)))
		events, err := s.client.CoreV1().Pods(s.namespace).Watch(s.Context(), metav1.ListOptions{})
		if err != nil {
			b.Fatal(err)
		}
		visible := make(chan time.Time, 1)
		go func() {
			names := map[string]bool{}
			for event := range events.ResultChan() {
				if pod, ok := event.Object.(*corev1.Pod); ok && seen(pod) {
					names[pod.Name] = true
				}
				if len(names) == pods {
					visible <- time.Now()
					return
				}
			}
		}()
		s.apply(scope)
		if result := s.watch(scope, soon); result.Verdict != want {
			b.Fatalf("verdict %s: %s", result.Verdict, describe(result))
		}
		ended := time.Now()
		took = append(took, ended.Sub(<-visible))
		events.Stop()
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[(len(took)*95)/100].Seconds()*1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkRequestsOfARelease(b *testing.B) {
	for b.Loop() {
		s := newSite(b)
		var services []workload.Service
		for _, name := range []string{"store", "catalog", "cart", "web"} {
			services = append(services, s.service(name, configMap(name, "1"), deployment(name, "v1", 2)))
		}
		scope := s.scope(1, services...)
		s.record(scope, s.scope(1))
		s.check(scope)
		s.run(scope)
		total := 0
		for _, request := range s.platform.Counts(b, cluster, s.namespace).Requests {
			if strings.HasPrefix(request.UserAgent, "slipway/") {
				total += request.Count
			}
		}
		b.ReportMetric(float64(total), "requests/release")
	}
}
