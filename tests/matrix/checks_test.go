package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/workflows/rollout"
)

const (
	exitReleased   = 0
	exitRolledBack = 3
	exitNotStarted = 6
)

// exits are the ends that a run may have, with the starter's exit code.
var exits = map[rollout.Verdict]int{
	rollout.Released: exitReleased, rollout.Restored: exitRolledBack, rollout.NotStarted: exitNotStarted,
}

// wantOneOutcome fails unless image and config of every service on every cluster
// are of the one release that the verdict names, the old one or the new one, and
// their pods are ready.
func (s *scene) wantOneOutcome(result rollout.Result, old int) {
	s.t.Helper()
	revision := old
	if result.Verdict == rollout.Released {
		revision = s.after
	}
	for _, cluster := range clusters {
		s.WantImages(cluster, s.namespace, image(revision), workloads)
		if got := s.mounted(cluster); got != configOf(revision) {
			s.t.Errorf("cart on %s mounts config %q, want %q", cluster, got, configOf(revision))
		}
		if unready := s.unready(cluster); len(unready) > 0 {
			s.t.Errorf("not ready on %s: %s", cluster, strings.Join(unready, ", "))
		}
	}
	s.WantCurrent(s.namespace, version(revision))
}

// mounted gives the config that the pods of cart mount.
func (s *scene) mounted(cluster string) string {
	s.t.Helper()
	client := s.Platform.Client(s.t, cluster)
	cart, err := client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), "cart", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	name := cart.Spec.Template.Spec.Volumes[0].ConfigMap.Name
	config, err := client.CoreV1().ConfigMaps(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatalf("the config of cart on %s: %v", cluster, err)
	}
	return strings.Join(slices.Collect(maps.Values(config.Data)), "\n")
}

// unready lists the pods that are not.
func (s *scene) unready(cluster string) []string {
	s.t.Helper()
	list, err := s.Platform.Client(s.t, cluster).CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, pod := range list.Items {
		ready := slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		})
		if !ready && pod.DeletionTimestamp == nil {
			names = append(names, pod.Name)
		}
	}
	return names
}

// wantOneEffectEach fails if an effect happened twice, or one that the recorded
// releases do not have; and, for those that are required, if it is missing.
func (s *scene) wantOneEffectEach(result rollout.Result, old int, good, bad recording, required func(write) bool) {
	s.t.Helper()
	forward, back := s.effects(result, old)
	switch result.Verdict {
	case rollout.NotStarted:
		s.wantEach("not started", forward, nil, required)
	case rollout.Released:
		s.wantEach("going forward", forward, good.forward, required)
	default:
		s.wantEach("going forward", forward, bad.forward, required)
		s.wantEach("going back", back, bad.back, required)
	}
}

// wantEach compares effects with those that were recorded.
func (s *scene) wantEach(doing string, got, recorded []write, required func(write) bool) {
	s.t.Helper()
	count := func(writes []write) map[write]int {
		counts := map[write]int{}
		for _, w := range writes {
			counts[w]++
		}
		return counts
	}
	gotten, want := count(got), count(recorded)
	for w, n := range gotten {
		if n > max(want[w], 1) || want[w] == 0 {
			s.t.Errorf("%s: %v happened %d times, recorded %d times", doing, w, n, want[w])
		}
	}
	for w, n := range want {
		if gotten[w] < n && required(w) {
			s.t.Errorf("%s: %v happened %d times, want %d", doing, w, gotten[w], n)
		}
	}
}

func (w write) String() string {
	return fmt.Sprintf("%s %s on %s as %q", w.verb, w.object, w.target, w.manager)
}
