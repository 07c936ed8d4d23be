package stack

import (
	"fmt"
	"slices"
	"strings"
)

// clusterKinds are Kubernetes' own kinds that belong to no namespace.
var clusterKinds = []string{
	"APIService",
	"CSIDriver",
	"CSINode",
	"CertificateSigningRequest",
	"ClusterRole",
	"ClusterRoleBinding",
	"ClusterTrustBundle",
	"ComponentStatus",
	"CustomResourceDefinition",
	"DeviceClass",
	"DeviceTaintRule",
	"FlowSchema",
	"IPAddress",
	"IngressClass",
	"MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding",
	"MutatingWebhookConfiguration",
	"Namespace",
	"Node",
	"PersistentVolume",
	"PriorityClass",
	"PriorityLevelConfiguration",
	"ResourceSlice",
	"RuntimeClass",
	"ServiceCIDR",
	"StorageClass",
	"StorageVersion",
	"StorageVersionMigration",
	"ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding",
	"ValidatingWebhookConfiguration",
	"VolumeAttachment",
	"VolumeAttributesClass",
}

// kubernetesGroups are the groups of Kubernetes' own kinds that do not end in
// .k8s.io. What does may still be a custom resource of a Kubernetes project,
// such as gateway.networking.k8s.io; those are named in customGroups.
var (
	kubernetesGroups = []string{"", "apps", "autoscaling", "batch", "extensions", "policy"}
	customGroups     = []string{".x-k8s.io", "gateway.networking.k8s.io", "snapshot.storage.k8s.io", "metrics.k8s.io", "policy.networking.k8s.io"}
)

func isBuiltIn(group string) bool {
	for _, custom := range customGroups {
		if strings.HasSuffix(group, custom) {
			return false
		}
	}
	return slices.Contains(kubernetesGroups, group) || strings.HasSuffix(group, ".k8s.io")
}

// fillNamespaces gives every object the environment's namespace, but for those
// that belong to none. An object that asks for another namespace is refused.
func (r *renderer) fillNamespaces() {
	scopes := r.definedScopes()
	for _, o := range r.objects {
		metadata, _ := o.content["metadata"].(map[string]any)
		namespace := textAt(o.content, "metadata", "namespace")
		switch {
		case !isNamespaced(o, scopes):
			if namespace != "" {
				r.refuse(o, []any{"metadata", "namespace"}, fmt.Sprintf("a %s belongs to no namespace", o.kind()), "remove it")
			}
			continue
		case namespace != "" && namespace != r.env.Namespace:
			r.refuse(o, []any{"metadata", "namespace"},
				fmt.Sprintf("is %q, and environment %q goes to the namespace %q", namespace, r.env.Name, r.env.Namespace),
				"remove it: Slipway fills in the namespace")
			continue
		}
		metadata["namespace"] = r.env.Namespace
	}
	for _, o := range r.objects {
		r.fillSubjects(o)
	}
}

// fillSubjects completes the service accounts of role bindings: they need a
// namespace, and the manifest cannot know it.
func (r *renderer) fillSubjects(o *object) {
	if o.group() != "rbac.authorization.k8s.io" || o.kind() != "RoleBinding" && o.kind() != "ClusterRoleBinding" {
		return
	}
	subjects, _ := o.content["subjects"].([]any)
	for _, item := range subjects {
		subject, _ := item.(map[string]any)
		if textAt(subject, "kind") == "ServiceAccount" && textAt(subject, "namespace") == "" {
			subject["namespace"] = r.env.Namespace
		}
	}
}

// kindOf names a kind of object across the versions of its group.
type kindOf struct{ group, kind string }

// definedScopes returns the scopes of the custom resources whose definitions
// are among the objects.
func (r *renderer) definedScopes() map[kindOf]string {
	scopes := map[kindOf]string{}
	for _, o := range r.objects {
		if o.group() == "apiextensions.k8s.io" && o.kind() == "CustomResourceDefinition" {
			defined := kindOf{textAt(o.content, "spec", "group"), textAt(o.content, "spec", "names", "kind")}
			scopes[defined] = textAt(o.content, "spec", "scope")
		}
	}
	return scopes
}

func isNamespaced(o *object, scopes map[kindOf]string) bool {
	if isBuiltIn(o.group()) {
		return !slices.Contains(clusterKinds, o.kind())
	}
	return scopes[kindOf{o.group(), o.kind()}] != "Cluster"
}
