package matrix

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// crash makes the new pods of a service crash, and waits until that can be seen.
func (s *scene) crash(cluster, service string) {
	s.t.Helper()
	pods := s.Platform.Client(s.t, cluster).CoreV1().Pods(s.namespace)
	patch := []byte(`{"metadata":{"annotations":{"slipway.dev/simulate":"crash-loop"}}}`)
	s.Until("new pods of "+service+" crash", func() error {
		list, err := pods.List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + service})
		if err != nil {
			return err
		}
		crashing := false
		for _, pod := range list.Items {
			if pod.Spec.Containers[0].Image != image(s.after) {
				continue
			}
			if pod.Annotations["slipway.dev/simulate"] != "crash-loop" {
				_, err := pods.Patch(s.t.Context(), pod.Name, types.MergePatchType, patch, metav1.PatchOptions{})
				if err != nil && !apierrors.IsNotFound(err) {
					return err
				}
			}
			crashing = crashing || waits(pod)
		}
		if !crashing {
			return errors.New("none does")
		}
		return nil
	})
}

// waits tells whether a container of a pod waits to be started again.
func waits(pod corev1.Pod) bool {
	for _, status := range pod.Status.ContainerStatuses {
		if status.State.Waiting != nil {
			return true
		}
	}
	return false
}

// cutFor is how long an API server stays cut off.
const cutFor = 3 * time.Second

// fault is one way to disturb a release at a step.
type fault struct {
	name string
	// arm prepares it; strike waits for the step and does it.
	arm func(s *scene, at step) (strike func(starter *rig.Process))
	// ends is the verdict that a release has to have then; without it, the one that
	// it has if nothing happens, and every effect.
	ends func(at step) rollout.Verdict
	// turn is 1 or 2 for those of which a step is given one, in turns.
	turn int
}

// inTurns tells whether it is not the turn of the fault at the i-th step.
func (f fault) inTurns(i int) bool { return f.turn > 0 && i%2 != f.turn-1 }

var allFaults = []fault{
	{name: "killed before", turn: 1, arm: func(s *scene, at step) func(*rig.Process) { return s.kill(at, false) }},
	{name: "killed after", turn: 2, arm: func(s *scene, at step) func(*rig.Process) { return s.kill(at, true) }},
	{name: "cut off", arm: (*scene).cutOff},
	{name: "broken", arm: (*scene).broken, ends: endsBroken},
	{name: "aborted", arm: (*scene).aborted, ends: endsAborted},
}

// kill kills the worker when it is about to take the step, or when it has taken
// it and nobody knows.
func (s *scene) kill(at step, taken bool) func(*rig.Process) {
	stopped := s.stop(at, taken)
	return func(starter *rig.Process) {
		stopped.await(starter)
		s.worker.Kill()
		stopped.release(true)
		s.worker = s.Worker()
	}
}

// cutOff resets all connections of the run's worker to the API server for some
// seconds. Runs share the API server, so that it is not the server that is cut.
func (s *scene) cutOff(at step) func(*rig.Process) {
	stopped := s.stop(at, false)
	where := "clusters/" + cmp.Or(at.target(), clusters[0])
	return func(starter *rig.Process) {
		stopped.await(starter)
		id := s.play(where, "drop", platformtest.Rule{
			UserAgent: "^slipway/", Path: "/namespaces/" + s.namespace + `(/|\?|$)`, Times: -1,
		})
		dryRuns := s.play(where, "drop", platformtest.Rule{
			UserAgent: "^slipway/", Path: "/namespaces/" + s.namespace + `(/|\?|$)`, Times: -1, DryRun: true,
		})
		stopped.release(true)
		// How long it lasts is what makes it this fault; nothing is waited for.
		select {
		case <-time.After(cutFor):
		case <-s.t.Context().Done():
		}
		s.Platform.Release(s.t, where, id, true)
		s.Platform.Release(s.t, where, dryRuns, true)
	}
}

// aborted gives the release up.
func (s *scene) aborted(at step) func(*rig.Process) {
	stopped := s.stop(at, false)
	return func(starter *rig.Process) {
		stopped.await(starter)
		abort := s.Background("abort", "--stack", s.namespace, "--env", "staging", "--version", version(s.after), "--by", "ann", "--reason", "matrix")
		s.Eventually("the rollout has heard of it", func() bool {
			return s.Signalled(rollout.ID(s.namespace, "staging")) || abort.Ended()
		})
		stopped.release(false)
		abort.Wait()
	}
}

// endsAborted knows that it is too late once the release was decided.
func endsAborted(at step) rollout.Verdict {
	switch at.phase {
	case checking:
		return rollout.NotStarted
	case pruning:
		return rollout.Released
	default:
		return rollout.Restored
	}
}

// broken breaks the service whose step it is: its object is refused, or its pods
// crash while they are watched. On the way back, where a lasting failure could
// not end well, it is refused twice, or its pods are deleted.
func (s *scene) broken(at step) func(*rig.Process) {
	where := "clusters/" + cmp.Or(at.target(), clusters[0])
	refused := platformtest.Rule{Verbs: []string{"write"}, UserAgent: "^slipway/", Path: "/namespaces/" + s.namespace + "/"}
	if at.isWrite() {
		refused = s.rule(at.write, "request", at.n)
	}
	refused.Status = http.StatusForbidden
	if at.failing() {
		refused.Status, refused.Times = http.StatusServiceUnavailable, 2
	}
	if at.isWrite() {
		id := s.play(where, "fail", refused)
		return func(starter *rig.Process) {
			s.reach(starter, func() bool { return s.Caught(s.t, where, id, time.Second) })
		}
	}
	stopped := s.stop(at, false)
	return func(starter *rig.Process) {
		stopped.await(starter)
		switch at.activity.name {
		case "WatchWave":
			s.crash(at.target(), waves[at.activity.n][0])
		case "WatchRestore":
			s.deletePods(at.target(), waves[len(waves)-1-at.activity.n][0])
		default:
			refused.DryRun = at.activity.name == "CheckTarget"
			s.play(where, "fail", refused)
		}
		stopped.release(false)
	}
}

func endsBroken(at step) rollout.Verdict {
	switch {
	case at.phase == pruning:
		return rollout.Released
	case at.activity.name == "CheckTarget":
		return rollout.NotStarted
	default:
		return rollout.Restored
	}
}

// deletePods deletes the pods of a service, as somebody in a hurry does.
func (s *scene) deletePods(cluster, service string) {
	s.t.Helper()
	err := s.Platform.Client(s.t, cluster).CoreV1().Pods(s.namespace).DeleteCollection(s.t.Context(),
		metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "app=" + service})
	if err != nil {
		s.t.Fatal(err)
	}
}
