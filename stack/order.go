package stack

import "slices"

// kindOrder is the order of applying kinds. What is not in it comes at
// otherKinds: custom resources such as an ExternalSecret make what pods mount,
// and pods that cannot mount it count as failed within seconds.
var kindOrder = []string{
	"Namespace",
	"CustomResourceDefinition",
	"PriorityClass",
	"RuntimeClass",
	"StorageClass",
	"ResourceQuota",
	"LimitRange",
	"NetworkPolicy",
	"ServiceAccount",
	"ClusterRole",
	"ClusterRoleBinding",
	"Role",
	"RoleBinding",
	"Secret",
	"ConfigMap",
	"PersistentVolume",
	"PersistentVolumeClaim",
	"Service",
	"PodDisruptionBudget",
	otherKinds,
	"DaemonSet",
	"StatefulSet",
	"ReplicationController",
	"ReplicaSet",
	"Deployment",
	"Pod",
	"Job",
	"CronJob",
	"HorizontalPodAutoscaler",
	"Ingress",
	"APIService",
	"ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding",
	"MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding",
	"MutatingWebhookConfiguration",
	"ValidatingWebhookConfiguration",
}

const otherKinds = "*"

// rank returns the place of a kind in the order of applying. A kind of the same
// name in a group that is not Kubernetes' own, such as Knative's Service, is an
// other kind.
func rank(group, kind string) int {
	at := slices.Index(kindOrder, kind)
	if at < 0 || !isBuiltIn(group) {
		return slices.Index(kindOrder, otherKinds)
	}
	return at
}
