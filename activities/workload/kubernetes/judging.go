package kubernetes

import (
	"fmt"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/activities/workload"
)

// judgeLive judges an object by the rules of its kind, over what the shared
// watches have seen.
func (w *watcher) judgeLive(s *subject) health {
	name := s.GetName()
	switch watchedKind(s.Unstructured) {
	case kindDeployment:
		d, found := w.set.deployment(name)
		if !found || s.newerThan(d) {
			return s.unseen()
		}
		newest := newestReplicaSet(d, indexed[*appsv1.ReplicaSet](w.set, kindReplicaSet, byController, d.UID))
		return s.matching(d.Spec.Template, w.judge.deployment(d, newest, w.podsOf(newest), w.warnings))
	case kindStatefulSet:
		d, found := w.set.statefulSet(name)
		if !found || s.newerThan(d) {
			return s.unseen()
		}
		return s.matching(d.Spec.Template, w.judge.statefulSet(d, w.pods(d.UID), w.warnings, w.set.warningsAbout(d.UID)))
	case kindDaemonSet:
		d, found := w.set.daemonSet(name)
		if !found || s.newerThan(d) {
			return s.unseen()
		}
		hash := currentHash(d, indexed[*appsv1.ControllerRevision](w.set, kindControllerRevision, byController, d.UID))
		return s.matching(d.Spec.Template, w.judge.daemonSet(d, hash, w.pods(d.UID), w.warnings, w.set.warningsAbout(d.UID)))
	case kindJob:
		job, found := w.set.job(name)
		if !found || s.newerThan(job) {
			return s.unseen()
		}
		return w.judge.job(job, w.pods(job.UID), w.warnings)
	default:
		return judgeGeneric(s.live)
	}
}

func (w *watcher) podsOf(owner *appsv1.ReplicaSet) []*corev1.Pod {
	if owner == nil {
		return nil
	}
	return w.pods(owner.UID)
}

func (w *watcher) pods(owner types.UID) []*corev1.Pod {
	pods := w.set.podsOf(owner)
	w.judge.remember(pods)
	return pods
}

func (w *watcher) warnings(pod *corev1.Pod) []*corev1.Event { return w.set.warningsAbout(pod.UID) }

// newerThan tells that what was read at first is newer than what the shared
// watch has seen.
func (s *subject) newerThan(seen metav1.Object) bool {
	if s.live == nil || s.live.GetUID() != seen.GetUID() {
		created := metav1.Time{}
		if s.live != nil {
			created = s.live.GetCreationTimestamp()
		}
		seenCreated := seen.GetCreationTimestamp()
		return seenCreated.Before(&created)
	}
	return s.live.GetGeneration() > seen.GetGeneration()
}

func (s *subject) unseen() health {
	if s.live == nil {
		return health{waiting: s.name() + " does not exist"}
	}
	return health{waiting: "waiting for the API server to show " + s.name()}
}

// matching refuses health to a workload whose images are no longer those of the
// release: somebody else has changed it.
func (s *subject) matching(template corev1.PodTemplateSpec, h health) health {
	if h.failure != nil {
		return h
	}
	wanted := imagesIn(s.Unstructured)
	for _, containers := range [][]corev1.Container{template.Spec.InitContainers, template.Spec.Containers} {
		for _, container := range containers {
			if image, named := wanted[container.Name]; named && image != container.Image {
				h.done = false
				h.waiting = fmt.Sprintf("somebody changed container %s to image %s; the release has %s", container.Name, container.Image, image)
			}
		}
	}
	return h
}

func imagesIn(u *unstructured.Unstructured) map[string]string {
	images := map[string]string{}
	for _, field := range []string{"initContainers", "containers"} {
		containers, _, err := unstructured.NestedSlice(u.Object, "spec", "template", "spec", field)
		if err != nil {
			continue
		}
		for _, item := range containers {
			container, ok := item.(map[string]any)
			if !ok {
				continue
			}
			name, _ := container["name"].(string)
			if image, ok := container["image"].(string); ok {
				images[name] = image
			}
		}
	}
	return images
}

// judgeGeneric judges kinds without rules of their own by their conditions, as
// kstatus does. A kind that says nothing about itself is healthy when it is there.
func judgeGeneric(live *unstructured.Unstructured) health {
	if live == nil {
		return health{waiting: "it does not exist"}
	}
	computed, err := status.Compute(live)
	if err != nil {
		return health{done: true} // conditions that kstatus can't read say nothing
	}
	switch computed.Status {
	case status.CurrentStatus, status.UnknownStatus:
		return health{done: true}
	case status.FailedStatus:
		return health{failure: &workload.Failure{Object: objectName(live), Reason: "Failed", Message: computed.Message}}
	case status.InProgressStatus, status.TerminatingStatus, status.NotFoundStatus:
		return health{waiting: computed.Message}
	default:
		return health{waiting: computed.Message}
	}
}
