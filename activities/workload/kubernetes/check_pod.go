package kubernetes

import (
	"context"
	"errors"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
)

// tryPod dry-runs a pod made from a workload's new template: the admission of
// the workload itself knows nothing of quotas and policies for pods. Rights to
// create pods are not needed for a release; without them this is skipped.
func (k check) tryPod(ctx context.Context, o object, live *unstructured.Unstructured) (*workload.Problem, error) {
	pod := podOf(o)
	if pod == nil {
		return nil, nil
	}
	resource, err := k.cluster.resource(pod)
	if err != nil {
		return nil, err
	}
	_, err = resource.Create(ctx, pod, metav1.CreateOptions{FieldManager: manager, DryRun: []string{metav1.DryRunAll}})
	switch {
	case err == nil, isQuota(err) && live != nil:
		// With pods running already, the controller may make room by itself; the
		// watch tells whether it does.
		return nil, nil
	case isQuota(err), apierrors.IsForbidden(err) && lasting(err.Error()) && !deniedToUs(err) && !k.bringsNeeds(pod), apierrors.IsInvalid(err):
		problem, _ := problemOf(err, o)
		return &problem, nil
	case apierrors.IsForbidden(err), !isPassing(err):
		return nil, nil
	default:
		return nil, classify(err, "checking a pod of %s", o.name())
	}
}

// podOf makes a pod from the template of a workload that runs pods, nil for
// anything else.
func podOf(o object) *unstructured.Unstructured {
	replicated := []string{kindDeployment, kindStatefulSet, kindReplicaSet}
	if watchedKind(o.Unstructured) == "" && o.GetKind() != kindReplicaSet {
		return nil
	}
	if count, found, err := unstructured.NestedInt64(o.Object, "spec", "replicas"); slices.Contains(replicated, o.GetKind()) && err == nil && found && count == 0 {
		return nil
	}
	template, found, err := unstructured.NestedMap(o.Object, "spec", "template")
	if err != nil || !found {
		return nil
	}
	pod := &unstructured.Unstructured{Object: template}
	pod.SetAPIVersion("v1")
	pod.SetKind(kindPod)
	pod.SetName("")
	pod.SetGenerateName(o.GetName() + "-")
	pod.SetNamespace(o.GetNamespace())
	addClaims(o, pod)
	return pod
}

// addClaims names the volumes that a StatefulSet's controller adds to its pods,
// without which their mounts would be refused.
func addClaims(o object, pod *unstructured.Unstructured) {
	templates, _, err := unstructured.NestedSlice(o.Object, "spec", "volumeClaimTemplates")
	if err != nil || len(templates) == 0 {
		return
	}
	volumes, _, err := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	if err != nil {
		return
	}
	for _, item := range templates {
		claim, ok := item.(map[string]any)
		if !ok {
			continue
		}
		name, _, err := unstructured.NestedString(claim, "metadata", "name")
		if err != nil {
			continue
		}
		volumes = append(volumes, map[string]any{
			"name":                  name,
			"persistentVolumeClaim": map[string]any{"claimName": name + "-" + o.GetName() + "-0"},
		})
	}
	// The template was copied out of the object already.
	_ = unstructured.SetNestedSlice(pod.Object, volumes, "spec", "volumes")
}

// deniedToUs tells a refusal of our own rights from one of the pod.
func deniedToUs(err error) bool {
	var answer apierrors.APIStatus
	return errors.As(err, &answer) && strings.Contains(err.Error(), "cannot create resource")
}

// bringsNeeds tells whether the release carries something that its pods name and
// that admission looks for: it can't be found before it is applied.
func (k check) bringsNeeds(pod *unstructured.Unstructured) bool {
	for field, kind := range map[string]string{
		"serviceAccountName": "ServiceAccount",
		"priorityClassName":  "PriorityClass",
		"runtimeClassName":   "RuntimeClass",
	} {
		name, _, err := unstructured.NestedString(pod.Object, "spec", field)
		if err != nil || name == "" {
			continue
		}
		if slices.ContainsFunc(k.objects, func(o object) bool { return o.GetKind() == kind && o.GetName() == name }) {
			return true
		}
	}
	return false
}
