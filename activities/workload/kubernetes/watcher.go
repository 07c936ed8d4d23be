package kubernetes

import (
	"context"
	"fmt"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/activities/workload"
)

// subject is one object that a watch is about.
type subject struct {
	object
	// live is the object as it was read when the watch began, nil if it was not
	// there; what the shared watch has seen must not be older.
	live   *unstructured.Unstructured
	health health
	// refused is when its pods were first seen to be refused.
	refused time.Time
	// entry is what the object was, for the watch of a restore.
	entry entry
}

// watcher judges the objects of one wave, over the shared watches of its namespace.
type watcher struct {
	cluster  *cluster
	set      *informerSet
	fence    *fence
	scope    workload.Scope
	services []string
	subjects []*subject
	judge    judge
	report   workload.Report
	told     []workload.ServiceStatus
	judgeOne func(*subject) health
}

func (c *cluster) newWatcher(next workload.Scope, report workload.Report) (*watcher, error) {
	objects, err := parse(next.Services)
	if err != nil {
		return nil, err
	}
	subjects := make([]*subject, 0, len(objects))
	for _, o := range objects {
		subjects = append(subjects, &subject{object: o})
	}
	w, err := c.watcherOf(next, subjects, report)
	if err != nil {
		return nil, err
	}
	w.judgeOne = w.judgeLive
	return w, nil
}

func (c *cluster) watcherOf(next workload.Scope, subjects []*subject, report workload.Report) (*watcher, error) {
	set, err := c.informers.acquire(next.Namespace)
	if err != nil {
		return nil, err
	}
	w := &watcher{
		cluster: c, set: set, fence: newFence(c, next), scope: next, subjects: subjects, report: report,
		judge: judge{restarts: map[restartKey]int32{}},
	}
	for _, service := range next.Services {
		w.services = append(w.services, service.Name)
	}
	var kinds []string
	for _, s := range subjects {
		if kind := watchedKind(s.Unstructured); kind != "" {
			kinds = append(kinds, kind)
		}
	}
	if err := set.watchKinds(kinds...); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *watcher) close() { w.cluster.informers.release(w.set) }

// watchedKind gives the kind of a workload with rules of its own, else nothing.
func watchedKind(u *unstructured.Unstructured) string {
	gvk := u.GroupVersionKind()
	switch gvk.Group + "/" + gvk.Kind {
	case "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "batch/Job":
		return gvk.Kind
	default:
		return ""
	}
}

// readFloors reads every object once: what the shared watch shows may be older
// than what was applied a moment ago.
func (w *watcher) readFloors(ctx context.Context) error {
	objects := make([]object, len(w.subjects))
	for i, s := range w.subjects {
		objects[i] = s.object
	}
	live, err := w.cluster.readAllKnown(ctx, objects)
	if err != nil {
		return err
	}
	for i, s := range w.subjects {
		s.live = live[i]
	}
	return nil
}

// poll asks again for what is not watched and not done.
func (w *watcher) poll(ctx context.Context) error {
	for _, s := range w.subjects {
		if s.health.done || watchedKind(s.Unstructured) != "" && !s.leaving() {
			continue
		}
		live, err := w.cluster.read(ctx, s.Unstructured)
		if err != nil {
			return untilCancelled(ctx, err)
		}
		s.live = live
	}
	return nil
}

// leaving tells an object that a restore takes away.
func (s *subject) leaving() bool { return s.entry.Named != nil && s.entry.Live == nil }

// untilCancelled forgives an API server that does not answer: the next poll
// asks again, and the deadline bounds it all.
func untilCancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isPassing(err) {
		return nil
	}
	return err
}

// judgeAll judges every object and gives the time after which to judge again at
// the latest.
func (w *watcher) judgeAll() time.Duration {
	recheck := fallbackInterval
	for _, s := range w.subjects {
		w.judge.refusedFor = s.refusedFor
		s.health = w.judgeOne(s)
		if s.health.recheck > 0 {
			recheck = min(recheck, s.health.recheck)
		} else if s.health.failure == nil {
			s.refused = time.Time{}
		}
	}
	return recheck
}

// refusedFor tells how long its pods have been refused; the first time it asks
// begins the count.
func (s *subject) refusedFor() time.Duration {
	if s.refused.IsZero() {
		s.refused = time.Now()
	}
	return time.Since(s.refused)
}

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

// statuses sums the objects up by service, in the order of the scope.
func (w *watcher) statuses() []workload.ServiceStatus {
	services := make([]workload.ServiceStatus, 0, len(w.services))
	for _, name := range w.services {
		summed := workload.ServiceStatus{Service: name}
		for _, s := range w.subjects {
			if s.service != name {
				continue
			}
			summed.Ready += s.health.ready
			summed.Wanted += s.health.wanted
			if summed.Failure == nil {
				summed.Failure = s.health.failure
			}
			if summed.Message == "" && !s.health.done && s.health.failure == nil && s.health.waiting != "" {
				summed.Message = s.health.waiting
			}
		}
		services = append(services, summed)
	}
	return services
}
