package kubernetes

import (
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

const (
	// jobLabel is on a Job that runs once, on its pods and its copies of config. Its
	// value is the Job's name.
	jobLabel = "slipway.dev/job"

	// deadlineSlack is how much later than its deadline Kubernetes ends a Job of
	// which nobody takes care any more. Before that its pods, and with them what
	// they said last, are still there for the watch.
	deadlineSlack = 30 * time.Second
)

// task is a Job as the cluster gets it, and the config that its pods see.
type task struct {
	workload.Job
	job    *unstructured.Unstructured
	copies []*unstructured.Unstructured
}

func (t task) about() string { return objectName(t.job) + " for " + t.For }

func tasksOf(next workload.Scope, jobs []workload.Job) ([]task, error) {
	objects, err := parse(next.All())
	if err != nil {
		return nil, err
	}
	configs := map[string]*unstructured.Unstructured{}
	for _, o := range objects {
		if isConfig(o.Unstructured) {
			configs[o.GetName()] = o.Unstructured
		}
	}
	tasks := make([]task, len(jobs))
	for i, job := range jobs {
		if tasks[i], err = taskOf(next, job, configs); err != nil {
			return nil, err
		}
	}
	return tasks, nil
}

// taskOf makes the Job one that runs once: no second pod after a failure, no
// restart of a container, and an end though nobody watches. The config of the
// release may not be in the cluster yet, so that its pods see a copy.
func taskOf(next workload.Scope, job workload.Job, configs map[string]*unstructured.Unstructured) (task, error) {
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(job.Manifest); err != nil {
		return task{}, fault.New(fault.InvalidInput, "reading the Job for %s: %w", job.For, err)
	}
	template, isJob, err := unstructured.NestedMap(u.Object, "spec", "template", "spec")
	if err != nil || !isJob || watchedKind(u) != kindJob {
		return task{}, fault.New(fault.InvalidInput, "%s, which is to run for %s, is no Job with a pod", objectName(u), job.For)
	}
	t := task{Job: job, job: u}
	used := map[string]bool{}
	renameConfigs(template, func(name string) string {
		if configs[name] == nil {
			return name
		}
		used[name] = true
		return copyName(job, name)
	})
	for _, name := range slices.Sorted(maps.Keys(used)) {
		t.copies = append(t.copies, copyOf(next, job, configs[name]))
	}
	template["restartPolicy"] = "Never"
	u.SetName(job.Name)
	u.SetNamespace(next.Namespace)
	u.SetLabels(labelled(next, job, u.GetLabels()))
	podLabels, _, _ := unstructured.NestedStringMap(u.Object, "spec", "template", "metadata", "labels")
	if podLabels == nil {
		podLabels = map[string]string{}
	}
	podLabels[jobLabel] = job.Name
	for _, set := range []error{
		unstructured.SetNestedMap(u.Object, template, "spec", "template", "spec"),
		unstructured.SetNestedStringMap(u.Object, podLabels, "spec", "template", "metadata", "labels"),
		unstructured.SetNestedField(u.Object, int64(0), "spec", "backoffLimit"),
		unstructured.SetNestedField(u.Object, seconds(job.Deadline+deadlineSlack), "spec", "activeDeadlineSeconds"),
		unstructured.SetNestedField(u.Object, seconds(job.Keep), "spec", "ttlSecondsAfterFinished"),
	} {
		if set != nil {
			return task{}, fault.New(fault.InvalidInput, "making the Job for %s: %w", job.For, set)
		}
	}
	return t, nil
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func labelled(next workload.Scope, job workload.Job, labels map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, labels)
	all[stack.ManagedByLabel], all[stack.StackLabel], all[jobLabel] = stack.Manager, next.Stack, job.Name
	return all
}

func copyName(job workload.Job, config string) string { return job.Name + "-" + config }

// copyOf makes a copy of config that is no config of a release: a prune neither
// counts nor deletes it.
func copyOf(next workload.Scope, job workload.Job, config *unstructured.Unstructured) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: map[string]any{}}
	for field, value := range payload(config.DeepCopy()) {
		made.Object[field] = value
	}
	made.SetAPIVersion("v1")
	made.SetKind(kindConfigMap)
	made.SetName(copyName(job, config.GetName()))
	made.SetNamespace(next.Namespace)
	made.SetLabels(labelled(next, job, nil))
	return made
}

// boundTo binds a copy to its Job, with which Kubernetes deletes it.
func boundTo(copied, job *unstructured.Unstructured) *unstructured.Unstructured {
	bound := copied.DeepCopy()
	bound.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: job.GetAPIVersion(), Kind: job.GetKind(), Name: job.GetName(), UID: job.GetUID(),
	}})
	return bound
}

// renameConfigs renames the ConfigMaps that a pod refers to, wherever it does.
func renameConfigs(value any, rename func(string) string) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			renameConfigs(item, rename)
		}
	case map[string]any:
		for field, item := range value {
			reference, is := item.(map[string]any)
			name, named := reference["name"].(string)
			if is && named && slices.Contains([]string{"configMap", "configMapRef", "configMapKeyRef"}, field) {
				reference["name"] = rename(name)
				continue
			}
			renameConfigs(item, rename)
		}
	}
}
