package kubernetes

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// reference is a Secret or ConfigMap that a pod names.
type reference struct {
	kind, name string
	// key is empty when the pod takes whatever keys there are.
	key      string
	optional bool
	// user is the container or volume that needs it, as people would say it.
	user string
}

// references lists the Secrets and ConfigMaps that the pods of a template need.
func references(pod *corev1.PodSpec) []reference {
	var found []reference
	for _, container := range pod.InitContainers {
		found = append(found, inContainer(container)...)
	}
	for _, container := range pod.Containers {
		found = append(found, inContainer(container)...)
	}
	for _, container := range pod.EphemeralContainers {
		found = append(found, inContainer(corev1.Container(container.EphemeralContainerCommon))...)
	}
	for _, volume := range pod.Volumes {
		found = append(found, inVolume(volume)...)
	}
	return found
}

func inContainer(container corev1.Container) []reference {
	user := "container " + container.Name
	var found []reference
	for _, variable := range container.Env {
		from := variable.ValueFrom
		if from != nil && from.SecretKeyRef != nil {
			ref := from.SecretKeyRef
			found = append(found, reference{kind: kindSecret, name: ref.Name, key: ref.Key, optional: isSet(ref.Optional), user: user})
		}
		if from != nil && from.ConfigMapKeyRef != nil {
			ref := from.ConfigMapKeyRef
			found = append(found, reference{kind: kindConfigMap, name: ref.Name, key: ref.Key, optional: isSet(ref.Optional), user: user})
		}
	}
	for _, from := range container.EnvFrom {
		if ref := from.SecretRef; ref != nil {
			found = append(found, reference{kind: kindSecret, name: ref.Name, optional: isSet(ref.Optional), user: user})
		}
		if ref := from.ConfigMapRef; ref != nil {
			found = append(found, reference{kind: kindConfigMap, name: ref.Name, optional: isSet(ref.Optional), user: user})
		}
	}
	return found
}

func inVolume(volume corev1.Volume) []reference {
	user := "volume " + volume.Name
	var found []reference
	if source := volume.Secret; source != nil {
		found = append(found, withItems(reference{kind: kindSecret, name: source.SecretName, optional: isSet(source.Optional), user: user}, source.Items)...)
	}
	if source := volume.ConfigMap; source != nil {
		found = append(found, withItems(reference{kind: kindConfigMap, name: source.Name, optional: isSet(source.Optional), user: user}, source.Items)...)
	}
	if volume.Projected == nil {
		return found
	}
	for _, projection := range volume.Projected.Sources {
		if source := projection.Secret; source != nil {
			found = append(found, withItems(reference{kind: kindSecret, name: source.Name, optional: isSet(source.Optional), user: user}, source.Items)...)
		}
		if source := projection.ConfigMap; source != nil {
			found = append(found, withItems(reference{kind: kindConfigMap, name: source.Name, optional: isSet(source.Optional), user: user}, source.Items)...)
		}
	}
	return found
}

// withItems makes a reference of each key that a volume picks.
func withItems(whole reference, items []corev1.KeyToPath) []reference {
	if len(items) == 0 {
		return []reference{whole}
	}
	picked := make([]reference, len(items))
	for i, item := range items {
		picked[i] = whole
		picked[i].key = item.Key
	}
	return picked
}

func isSet(flag *bool) bool { return flag != nil && *flag }

// templatePath is where each kind that brings pods about keeps their template.
var templatePath = map[string][]string{
	kindPod:         {"spec"},
	kindDeployment:  {"spec", "template", "spec"},
	kindReplicaSet:  {"spec", "template", "spec"},
	kindStatefulSet: {"spec", "template", "spec"},
	kindDaemonSet:   {"spec", "template", "spec"},
	kindJob:         {"spec", "template", "spec"},
	kindCronJob:     {"spec", "jobTemplate", "spec", "template", "spec"},
}

// podSpecOf reads what the pods of a workload will be, nil for other kinds and
// for what is no such template.
func podSpecOf(u *unstructured.Unstructured) *corev1.PodSpec {
	switch u.GroupVersionKind().Group {
	case "", "apps", "batch":
	default:
		return nil
	}
	path, known := templatePath[u.GetKind()]
	if !known {
		return nil
	}
	fields, found, err := unstructured.NestedMap(u.Object, path...)
	if err != nil || !found {
		return nil
	}
	spec := &corev1.PodSpec{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, spec); err != nil {
		return nil // the dry run says what is wrong with it
	}
	return spec
}
