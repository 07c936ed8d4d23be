package kubernetes

import (
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-dev/slipway/activities/workload"
)

const reasonFailedCreate = "FailedCreate"

// deploymentRefused looks for pods that the API server refuses to create. When
// the Deployment may take old pods away, that makes room under a quota, so that
// a refusal counts only if it lasts.
func (j *judge) deploymentRefused(object string, h health, d *appsv1.Deployment, newest *appsv1.ReplicaSet) health {
	if newest == nil {
		return h
	}
	for _, condition := range newest.Status.Conditions {
		if condition.Type != appsv1.ReplicaSetReplicaFailure || condition.Status != corev1.ConditionTrue {
			continue
		}
		h.waiting = condition.Message
		if !lasting(condition.Message) {
			return h
		}
		if isQuotaText(condition.Message) && canMakeRoom(d) {
			if left := refusalPatience - j.refusedFor(); left > 0 {
				h.recheck = left
				return h
			}
		}
		h.failure = &workload.Failure{Object: object, Reason: condition.Reason, Message: condition.Message}
	}
	return h
}

// refused looks for the same in the warnings about a StatefulSet or DaemonSet,
// which have no condition for it. Warnings outlive their cause: it counts when
// it lasts.
func (j *judge) refused(object string, h health, about []*corev1.Event) health {
	for _, warning := range about {
		if warning.Reason != reasonFailedCreate || lastSeen(warning).Before(j.since) || !lasting(warning.Message) {
			continue
		}
		h.waiting = warning.Message
		if left := refusalPatience - j.refusedFor(); left > 0 {
			h.recheck = left
			return h
		}
		h.failure = &workload.Failure{Object: object, Reason: reasonFailedCreate, Message: warning.Message}
	}
	return h
}

// lasting tells refusals that do not pass by themselves. A webhook that does
// not answer does, and so does the absence of the default service account,
// which a new namespace gets a moment later.
func lasting(message string) bool {
	if strings.Contains(message, `serviceaccount "default" not found`) {
		return false
	}
	return strings.Contains(message, "forbidden") || strings.Contains(message, "denied the request") ||
		strings.Contains(message, "is invalid") || isQuotaText(message)
}

func isQuotaText(message string) bool { return strings.Contains(message, "exceeded quota") }

func canMakeRoom(d *appsv1.Deployment) bool {
	if d.Status.Replicas <= d.Status.UpdatedReplicas {
		return false
	}
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return true
	}
	rolling := d.Spec.Strategy.RollingUpdate
	if rolling == nil || rolling.MaxUnavailable == nil {
		return true
	}
	count, err := intstr.GetScaledValueFromIntOrPercent(rolling.MaxUnavailable, int(wantedReplicas(d.Spec.Replicas)), false)
	return err != nil || count > 0
}

func lastSeen(event *corev1.Event) time.Time {
	seen := event.LastTimestamp.Time
	if event.Series != nil && event.Series.LastObservedTime.After(seen) {
		seen = event.Series.LastObservedTime.Time
	}
	if event.EventTime.After(seen) {
		seen = event.EventTime.Time
	}
	return seen
}
