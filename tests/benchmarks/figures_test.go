package benchmarks

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// BenchmarkReadyToDecided measures from the moment in which a watcher of the API
// sees the last new pod ready to the durable decision.
func BenchmarkReadyToDecided(b *testing.B) {
	r, repo, stack := setup(b, map[string]string{"slipway.dev/simulate-ready-after": "2s"}, "web")
	r.Worker()
	r.Release(repo, tag(repo, stack, 1), exitReleased)
	var samples []time.Duration
	for n := range runs {
		revision := n + 2
		last := watchPods(b, r, stack.Name, func(pod *corev1.Pod) bool { return pod.Spec.Containers[0].Image == image(revision) && ready(pod) })
		r.Release(repo, tag(repo, stack, revision), exitReleased)
		samples = append(samples, decided(b, r, stack.Name).Sub(last()))
	}
	report(b, "decided", samples)
}

// BenchmarkFailureToRestored measures from the moment in which a failure is
// visible in the API to the durable decision, and to the verified restore. The
// old pods are still up when it begins.
func BenchmarkFailureToRestored(b *testing.B) {
	for _, failure := range []struct{ name, reason string }{
		{"crash-loop", "CrashLoopBackOff"},
		{"image-pull", "ImagePullBackOff"},
	} {
		b.Run(failure.name, func(b *testing.B) { failureToRestored(b, failure.name, failure.reason) })
	}
}

func failureToRestored(b *testing.B, simulate, reason string) {
	b.Helper()
	r, repo, stack := setup(b, nil, "web")
	r.Worker()
	r.Release(repo, tag(repo, stack, 1), exitReleased)
	stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": simulate}
	var toDecided, toRestored []time.Duration
	for n := range runs {
		first := watchFirst(b, r, stack.Name, func(pod *corev1.Pod) bool { return waits(pod, reason) })
		r.Release(repo, tag(repo, stack, n+2), exitRolledBack)
		visible := first()
		toDecided = append(toDecided, decided(b, r, stack.Name).Sub(visible))
		var result rollout.Result
		if err := r.Result(rollout.ID(stack.Name, "staging"), &result); err != nil {
			b.Fatal(err)
		}
		toRestored = append(toRestored, result.Ended.Sub(visible))
	}
	report(b, "decided", toDecided)
	report(b, "restored", toRestored)
}

// BenchmarkKillToNextStep measures from the start of a new worker, right after
// the old one was killed while it waited, to the next attempt of the step.
func BenchmarkKillToNextStep(b *testing.B) {
	r, repo, stack := setup(b, map[string]string{"slipway.dev/simulate-ready-after": "8s"}, "web")
	worker := r.Worker()
	r.Release(repo, tag(repo, stack, 1), exitReleased)
	var samples []time.Duration
	for n := range runs / 3 {
		starter := r.Background("release", "--repo", repo.Dir, "--tag", tag(repo, stack, n+2))
		r.AwaitRollout(stack.Name, "the new pods are waited for", func(s rollout.Status) bool {
			return len(s.Services) == 1 && s.Services[0].State == rollout.StateWatching && s.Verdict == ""
		})
		worker.Kill()
		back := time.Now()
		worker = r.Worker()
		if code := starter.Wait(); code != exitReleased {
			b.Fatalf("exit code %d\n%s", code, starter.Log())
		}
		samples = append(samples, nextStep(b, r, stack.Name, back).Sub(back))
	}
	report(b, "next-step", samples)
}

// nextStep gives when the first attempt of a step after a time began.
func nextStep(b *testing.B, r *rig.Rig, stack string, after time.Time) time.Time {
	b.Helper()
	for _, event := range history(b, r, rollout.ID(stack, "staging")) {
		at := event.GetEventTime().AsTime()
		if event.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED && at.After(after) {
			return at
		}
	}
	b.Fatal("no step began after the kill")
	return time.Time{}
}

// BenchmarkCostOfARelease counts what one release of four services, all of them
// changed, asks of the API server and writes into histories.
func BenchmarkCostOfARelease(b *testing.B) {
	r, repo, stack := setup(b, nil, "store", "cart", "catalog", "storefront")
	for i := range stack.Services {
		stack.Services[i].Built = true
		if i > 0 {
			stack.Services[i].Needs = []string{"store"}
		}
	}
	r.Worker()
	r.Release(repo, tag(repo, stack, 1), exitReleased)
	before := requests(b, r, stack.Name)
	known := len(history(b, r, environment.ID(stack.Name, "staging")))
	for _, service := range stack.Services {
		repo.Replace(service.Name+"/main.go", "println(", "println(2, ")
	}
	repo.Tag("v1.0.0-rc.2")
	r.Release(repo, "v1.0.0-rc.2", exitReleased)
	b.ReportMetric(float64(requests(b, r, stack.Name)-before), "api-requests")
	id := release.ID(stack.Name, "1.0.0-rc.2")
	events := len(history(b, r, id)) + len(history(b, r, rollout.ID(stack.Name, "staging"))) +
		len(history(b, r, environment.ID(stack.Name, "staging"))) - known
	for _, service := range stack.Services {
		events += len(history(b, r, id+"/image/"+service.Name))
	}
	b.ReportMetric(float64(events), "history-events")
}

// BenchmarkFootprint gives the memory of a worker that waits for work, and the
// sizes of the binaries.
func BenchmarkFootprint(b *testing.B) {
	r := rig.New(b, platformtest.Load(b))
	worker := r.Worker()
	r.Eventually("the worker polls", func() bool {
		described, err := r.Client.DescribeTaskQueue(b.Context(), "slipway", enumspb.TASK_QUEUE_TYPE_ACTIVITY)
		return err == nil && len(described.GetPollers()) > 0
	})
	b.ReportMetric(worker.Memory(b), "idle-worker-MB")
	for _, name := range []string{"worker", "starter"} {
		info, err := os.Stat(filepath.Join(platformtest.Bin(b), name))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, name+"-binary-MB")
	}
}

func ready(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func waits(pod *corev1.Pod, reason string) bool {
	return slices.ContainsFunc(pod.Status.ContainerStatuses, func(s corev1.ContainerStatus) bool {
		return s.State.Waiting != nil && s.State.Waiting.Reason == reason
	})
}

// watchPods notes when pods are first seen as the condition wants; the function
// that it returns ends the watch and gives the time of the last such pod.
func watchPods(b *testing.B, r *rig.Rig, namespace string, is func(*corev1.Pod) bool) (last func() time.Time) {
	b.Helper()
	times := watch(b, r, namespace, is)
	return func() time.Time { return slices.MaxFunc(times(), time.Time.Compare) }
}

// watchFirst is watchPods for the first such pod.
func watchFirst(b *testing.B, r *rig.Rig, namespace string, is func(*corev1.Pod) bool) (first func() time.Time) {
	b.Helper()
	times := watch(b, r, namespace, is)
	return func() time.Time { return slices.MinFunc(times(), time.Time.Compare) }
}

func watch(b *testing.B, r *rig.Rig, namespace string, is func(*corev1.Pod) bool) (end func() []time.Time) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	pods := r.Platform.Client(b, "local-1").CoreV1().Pods(namespace)
	list, err := pods.List(ctx, metav1.ListOptions{})
	if err != nil {
		b.Fatal(err)
	}
	watcher, err := pods.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		b.Fatal(err)
	}
	var watching sync.WaitGroup
	seen := map[string]time.Time{}
	watching.Go(func() {
		for event := range watcher.ResultChan() {
			pod, ok := event.Object.(*corev1.Pod)
			if !ok || !is(pod) {
				continue
			}
			if _, known := seen[pod.Name]; !known {
				seen[pod.Name] = time.Now()
			}
		}
	})
	return func() []time.Time {
		cancel()
		watcher.Stop()
		watching.Wait()
		var times []time.Time
		for _, at := range seen {
			times = append(times, at)
		}
		if len(times) == 0 {
			b.Fatal("the watch saw nothing")
		}
		return times
	}
}
