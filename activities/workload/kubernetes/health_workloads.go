package kubernetes

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/slipway-dev/slipway/activities/workload"
)

// warningsOf finds the warnings about a pod.
type warningsOf func(*corev1.Pod) []*corev1.Event

// deployment is healthy when every wanted pod is of the newest revision, ready
// and available, and no other is left. Terminating pods no longer count.
func (j *judge) deployment(d *appsv1.Deployment, newest *appsv1.ReplicaSet, pods []*corev1.Pod, warnings warningsOf) health {
	object := kindDeployment + "/" + d.Name
	h := health{ready: d.Status.ReadyReplicas, wanted: wantedReplicas(d.Spec.Replicas)}
	if d.Status.ObservedGeneration < d.Generation || newest == nil && h.wanted > 0 {
		h.waiting = "waiting for the Deployment controller"
		return h
	}
	s := d.Status
	h.ready = min(s.ReadyReplicas, s.UpdatedReplicas)
	h.settled = s.UpdatedReplicas == s.Replicas
	if s.UpdatedReplicas == h.wanted && s.Replicas == h.wanted && s.ReadyReplicas == h.wanted && s.AvailableReplicas == h.wanted {
		h.done = true
		h.pods = pods
		return h
	}
	h = j.judgePods(object, h, pods, warnings)
	if h.failure == nil {
		h = j.deploymentRefused(object, h, d, newest)
	}
	if h.failure == nil && progressDeadlineExceeded(d) && !anyUnschedulable(pods) {
		h.failure = &workload.Failure{Object: object, Reason: "ProgressDeadlineExceeded", Message: orElse(h.waiting, progressText(s.UpdatedReplicas, h.ready, h.wanted))}
	}
	switch {
	case d.Spec.Paused:
		h.waiting = "the Deployment is paused"
	case h.waiting == "" && s.Replicas > s.UpdatedReplicas:
		h.waiting = fmt.Sprintf("%d old pods still run", s.Replicas-s.UpdatedReplicas)
	}
	h.waiting = orElse(h.waiting, progressText(s.UpdatedReplicas, h.ready, h.wanted))
	return h
}

func progressDeadlineExceeded(d *appsv1.Deployment) bool {
	for _, condition := range d.Status.Conditions {
		if condition.Type == appsv1.DeploymentProgressing && condition.Reason == "ProgressDeadlineExceeded" {
			return true
		}
	}
	return false
}

// newestReplicaSet is the one whose pods are made from the Deployment's current template.
func newestReplicaSet(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) *appsv1.ReplicaSet {
	var newest *appsv1.ReplicaSet
	for _, set := range sets {
		template := set.Spec.Template.DeepCopy()
		delete(template.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
		if !equality.Semantic.DeepEqual(*template, d.Spec.Template) {
			continue
		}
		// The controller takes the oldest when several match.
		if newest == nil || set.CreationTimestamp.Before(&newest.CreationTimestamp) {
			newest = set
		}
	}
	return newest
}

// statefulSet is healthy when the pods that its strategy lets go are of the
// update revision and all are ready. OnDelete needs somebody to delete the old
// pods: until then it has not moved.
func (j *judge) statefulSet(s *appsv1.StatefulSet, all []*corev1.Pod, warnings warningsOf, about []*corev1.Event) health {
	object := kindStatefulSet + "/" + s.Name
	h := health{ready: s.Status.ReadyReplicas, wanted: wantedReplicas(s.Spec.Replicas)}
	if s.Status.ObservedGeneration < s.Generation {
		h.waiting = "waiting for the StatefulSet controller"
		return h
	}
	moving := h.wanted - partition(s)
	h.settled = s.Status.UpdatedReplicas >= min(moving, s.Status.Replicas)
	pods := withHash(all, s.Status.UpdateRevision)
	whole := s.Status.Replicas == h.wanted && s.Status.ReadyReplicas == h.wanted && s.Status.AvailableReplicas == h.wanted
	if whole && s.Status.UpdatedReplicas >= moving && (moving < h.wanted || s.Status.CurrentRevision == s.Status.UpdateRevision) {
		h.done = true
		h.pods = pods
		return h
	}
	h = j.judgePods(object, h, pods, warnings)
	if h.failure == nil && s.Status.Replicas < h.wanted {
		h = j.refused(object, h, about)
	}
	if h.waiting == "" && s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		h.waiting = "its update strategy is OnDelete: old pods run until somebody deletes them"
	}
	if h.waiting == "" {
		h.waiting = oldUnready(all, s.Status.UpdateRevision)
	}
	h.waiting = orElse(h.waiting, progressText(s.Status.UpdatedReplicas, h.ready, h.wanted))
	return h
}

func partition(s *appsv1.StatefulSet) int32 {
	rolling := s.Spec.UpdateStrategy.RollingUpdate
	if s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType || rolling == nil || rolling.Partition == nil {
		return 0
	}
	return min(*rolling.Partition, wantedReplicas(s.Spec.Replicas))
}

// oldUnready names a pod of another revision that is not ready: a StatefulSet
// that keeps order does not go on before it is.
func oldUnready(pods []*corev1.Pod, hash string) string {
	for _, pod := range pods {
		if pod.Labels[appsv1.ControllerRevisionHashLabelKey] != hash && !isReady(pod) {
			return fmt.Sprintf("pod %s of another revision is not ready", pod.Name)
		}
	}
	return ""
}

// daemonSet is healthy when every node that should runs an available pod of the
// current revision.
func (j *judge) daemonSet(d *appsv1.DaemonSet, hash string, all []*corev1.Pod, warnings warningsOf, about []*corev1.Event) health {
	object := kindDaemonSet + "/" + d.Name
	s := d.Status
	h := health{ready: min(s.NumberReady, s.UpdatedNumberScheduled), wanted: s.DesiredNumberScheduled}
	if s.ObservedGeneration < d.Generation {
		h.waiting = "waiting for the DaemonSet controller"
		return h
	}
	pods := withHash(all, hash)
	h.settled = s.UpdatedNumberScheduled == s.CurrentNumberScheduled
	if s.UpdatedNumberScheduled == h.wanted && s.NumberReady == h.wanted && s.NumberAvailable == h.wanted {
		h.done = true
		h.pods = pods
		return h
	}
	h = j.judgePods(object, h, pods, warnings)
	if h.failure == nil && s.CurrentNumberScheduled < h.wanted {
		h = j.refused(object, h, about)
	}
	if h.waiting == "" && d.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
		h.waiting = "its update strategy is OnDelete: old pods run until somebody deletes them"
	}
	h.waiting = orElse(h.waiting, progressText(s.UpdatedNumberScheduled, h.ready, h.wanted))
	return h
}

// currentHash gives the hash that pods of a DaemonSet's current template carry.
// Its status does not name it.
func currentHash(d *appsv1.DaemonSet, revisions []*appsv1.ControllerRevision) string {
	for _, revision := range revisions {
		var recorded struct {
			Spec struct {
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"spec"`
		}
		if json.Unmarshal(revision.Data.Raw, &recorded) != nil {
			continue
		}
		if equality.Semantic.DeepEqual(recorded.Spec.Template, d.Spec.Template) {
			return revision.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]
		}
	}
	return ""
}

func withHash(pods []*corev1.Pod, hash string) []*corev1.Pod {
	var matching []*corev1.Pod
	for _, pod := range pods {
		if pod.Labels[appsv1.ControllerRevisionHashLabelKey] == hash {
			matching = append(matching, pod)
		}
	}
	return matching
}

// job is healthy when it is complete. Its own back-off limit decides how often
// pods may fail; what no pod can survive counts at once.
func (j *judge) job(job *batchv1.Job, pods []*corev1.Pod, warnings warningsOf) health {
	object := kindJob + "/" + job.Name
	h := health{ready: job.Status.Succeeded, wanted: wantedReplicas(job.Spec.Completions)}
	for _, condition := range job.Status.Conditions {
		if condition.Status != corev1.ConditionTrue {
			continue
		}
		switch condition.Type {
		case batchv1.JobComplete:
			h.done = true
			return h
		case batchv1.JobFailed:
			h.failure = &workload.Failure{Object: object, Reason: condition.Reason, Message: condition.Message}
			h.failure.Pod, h.failure.Container, h.failure.Message = lastDeath(pods, condition.Message)
			return h
		case batchv1.JobSuspended:
			h.waiting = "the Job is suspended"
			return h
		default: // the others announce one of these
		}
	}
	h = j.judgePods(object, h, pods, warnings)
	h.waiting = orElse(h.waiting, fmt.Sprintf("%d of %d pods succeeded", h.ready, h.wanted))
	return h
}

func wantedReplicas(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}
