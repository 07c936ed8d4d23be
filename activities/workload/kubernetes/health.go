package kubernetes

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-dev/slipway/activities/workload"
)

// health is the verdict on one workload. The functions that give it are pure:
// objects in, health out, no client and no clock.
type health struct {
	ready, wanted int32
	done          bool
	// settled tells that only pods of the newest revision are left, ready or not.
	settled bool
	// unseen tells that the watch does not show the object.
	unseen bool
	// waiting says what an unfinished workload waits for.
	waiting string
	failure *workload.Failure
	// recheck asks to be judged again after this time though nothing may change.
	recheck time.Duration
	// pods of the new revision, for who wants to know where they run.
	pods []*corev1.Pod
}

// judge knows what has to be known beyond the objects themselves.
type judge struct {
	// since is when the rollout began to write, by the clock of the API server.
	// Pods that are older were not made by it.
	since time.Time
	// restarts that pods older than since had when the watch began.
	restarts map[restartKey]int32
	// refusedFor is how long pods of the workload at hand have been refused.
	refusedFor func() time.Duration
}

type restartKey struct {
	pod       string
	container string
}

// refusalPatience is how long pods may be refused while the controller can
// still make room by taking old pods away.
const refusalPatience = 5 * time.Second

// judgePods looks for failures among pods of the new revision, and says what
// the first unready one waits for.
func (j *judge) judgePods(object string, h health, pods []*corev1.Pod, warnings func(*corev1.Pod) []*corev1.Event) health {
	h.pods = pods
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		if failure := j.podFailure(pod, warnings(pod)); failure != nil {
			failure.Object = object
			h.failure = failure
			return h
		}
	}
	for _, pod := range pods {
		if pod.DeletionTimestamp == nil && !isReady(pod) {
			h.waiting = waitingFor(pod, warnings(pod))
			return h
		}
	}
	return h
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// progressText is what to say when no pod tells more.
func progressText(updated, ready, wanted int32) string {
	return fmt.Sprintf("%d of %d pods updated, %d ready", updated, wanted, ready)
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
