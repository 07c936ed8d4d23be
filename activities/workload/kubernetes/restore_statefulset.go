package kubernetes

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

const (
	// observePatience is how long a restore waits for the controller to see a
	// reverted StatefulSet; after that the watch asks for another attempt.
	observePatience = 3 * time.Second
	observeInterval = 50 * time.Millisecond
)

// unblock deletes the pods that keep a reverted StatefulSet from moving: under
// OrderedReady its controller waits for an unready pod of the abandoned
// revision for ever.
func (r *restoration) unblock(ctx context.Context, live *unstructured.Unstructured) error {
	set, err := r.observed(ctx, live)
	if err != nil || set == nil {
		return err
	}
	pods, err := r.cluster.podsOf(ctx, set)
	if err != nil {
		return err
	}
	for _, pod := range blocking(set, pods) {
		if err := r.fence.fresh(ctx); err != nil {
			return err
		}
		uid, version := pod.UID, pod.ResourceVersion
		err := r.cluster.typed.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
			Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version},
		})
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			continue // it changed: perhaps it got ready, and the watch looks again
		}
		if err != nil {
			return classify(err, "deleting pod %s of the abandoned revision", pod.Name)
		}
		r.deleted(kindPod + "/" + pod.Name)
	}
	return nil
}

// observed waits until the controller has seen the reverted template, nil if
// that takes too long.
func (r *restoration) observed(ctx context.Context, live *unstructured.Unstructured) (*appsv1.StatefulSet, error) {
	ctx, cancel := context.WithTimeout(ctx, observePatience)
	defer cancel()
	tick := time.NewTicker(observeInterval)
	defer tick.Stop()
	for {
		set, err := r.cluster.typed.AppsV1().StatefulSets(live.GetNamespace()).Get(ctx, live.GetName(), metav1.GetOptions{})
		if apierrors.IsNotFound(err) || ctx.Err() != nil {
			return nil, nil
		}
		if err != nil {
			return nil, classify(err, "reading StatefulSet/%s", live.GetName())
		}
		if set.Status.ObservedGeneration >= set.Generation {
			return set, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, nil
		}
	}
}

func (c *cluster) podsOf(ctx context.Context, set *appsv1.StatefulSet) ([]*corev1.Pod, error) {
	selector, err := metav1.LabelSelectorAsSelector(set.Spec.Selector)
	if err != nil {
		selector = labels.Nothing()
	}
	list, err := c.typed.CoreV1().Pods(set.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector.String()})
	if err != nil {
		return nil, classify(err, "listing the pods of StatefulSet/%s", set.Name)
	}
	var pods []*corev1.Pod
	for i := range list.Items {
		if metav1.IsControlledBy(&list.Items[i], set) {
			pods = append(pods, &list.Items[i])
		}
	}
	return pods, nil
}

// blocking gives the unready pods of other revisions, the highest ordinal
// first, as the controller itself would take them.
func blocking(set *appsv1.StatefulSet, pods []*corev1.Pod) []*corev1.Pod {
	if set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement {
		return nil // its controller replaces them by itself
	}
	var found []*corev1.Pod
	for _, pod := range pods {
		abandoned := pod.Labels[appsv1.ControllerRevisionHashLabelKey] != set.Status.UpdateRevision
		if abandoned && !isReady(pod) && pod.DeletionTimestamp == nil && ordinal(pod) >= int(partition(set)) {
			found = append(found, pod)
		}
	}
	slices.SortFunc(found, func(a, b *corev1.Pod) int { return cmp.Compare(ordinal(b), ordinal(a)) })
	return found
}

func ordinal(pod *corev1.Pod) int {
	number, err := strconv.Atoi(pod.Name[strings.LastIndex(pod.Name, "-")+1:])
	if err != nil {
		return -1
	}
	return number
}
