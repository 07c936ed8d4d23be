package kubernetes

import (
	"bytes"
	"context"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"
)

// configUse is what anything live in a namespace refers to.
type configUse struct {
	names map[string]bool
	// revisions are the templates that StatefulSets and DaemonSets keep, and
	// whatever else controllers of others keep, in a form that is theirs.
	revisions [][]byte
}

// has tells whether anything uses a ConfigMap. A name that merely occurs in a
// revision counts.
func (u configUse) has(name string) bool {
	if u.names[name] {
		return true
	}
	for _, revision := range u.revisions {
		if bytes.Contains(revision, []byte(name)) {
			return true
		}
	}
	return false
}

// configsInUse goes through everything that runs pods, or may run them again: a
// list for each kind. Without the right to list one of them it can't tell, which
// is an error.
func (c *cluster) configsInUse(ctx context.Context, namespace string) (configUse, error) {
	used := configUse{names: map[string]bool{}}
	for _, kind := range c.podKinds(namespace) {
		err := pager.New(kind.list).EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
			used.add(item)
			return nil
		})
		if err != nil {
			return used, classify(err, "listing the %s of namespace %s, to see which config is in use", kind.name, namespace)
		}
	}
	return used, nil
}

func (u *configUse) add(item runtime.Object) {
	if revision, ok := item.(*appsv1.ControllerRevision); ok {
		u.revisions = append(u.revisions, revision.Data.Raw)
		return
	}
	spec := templateOf(item)
	if spec == nil {
		return
	}
	for _, ref := range references(spec) {
		if ref.kind == kindConfigMap {
			u.names[ref.name] = true
		}
	}
}

func templateOf(item runtime.Object) *corev1.PodSpec {
	switch o := item.(type) {
	case *corev1.Pod:
		return &o.Spec
	case *corev1.PodTemplate:
		return &o.Template.Spec
	case *corev1.ReplicationController:
		if o.Spec.Template == nil {
			return nil
		}
		return &o.Spec.Template.Spec
	case *appsv1.ReplicaSet:
		return &o.Spec.Template.Spec
	case *appsv1.Deployment:
		return &o.Spec.Template.Spec
	case *appsv1.StatefulSet:
		return &o.Spec.Template.Spec
	case *appsv1.DaemonSet:
		return &o.Spec.Template.Spec
	case *batchv1.Job:
		return &o.Spec.Template.Spec
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template.Spec
	default:
		return nil
	}
}

// podKind is one kind of the things that run pods.
type podKind struct {
	name string
	list pager.ListPageFunc
}

func (c *cluster) podKinds(namespace string) []podKind {
	core, apps, batch := c.typed.CoreV1(), c.typed.AppsV1(), c.typed.BatchV1()
	return []podKind{
		{"pods", page(core.Pods(namespace).List)},
		{"podtemplates", page(core.PodTemplates(namespace).List)},
		{"replicationcontrollers", page(core.ReplicationControllers(namespace).List)},
		{"replicasets", page(apps.ReplicaSets(namespace).List)},
		{"controllerrevisions", page(apps.ControllerRevisions(namespace).List)},
		{"deployments", page(apps.Deployments(namespace).List)},
		{"statefulsets", page(apps.StatefulSets(namespace).List)},
		{"daemonsets", page(apps.DaemonSets(namespace).List)},
		{"jobs", page(batch.Jobs(namespace).List)},
		{"cronjobs", page(batch.CronJobs(namespace).List)},
	}
}

// page makes a list of one kind one of any kind.
func page[L runtime.Object](list func(context.Context, metav1.ListOptions) (L, error)) pager.ListPageFunc {
	return func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return list(ctx, options)
	}
}
