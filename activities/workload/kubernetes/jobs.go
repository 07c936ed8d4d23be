package kubernetes

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// StartJobs creates Jobs that are not there yet. See workload.Target.
//
// A Job comes after the copies of config that its pods see, and then owns them: it
// takes them along when it goes, though it be Kubernetes that lets it go.
func (c *cluster) StartJobs(ctx context.Context, next workload.Scope, jobs []workload.Job) ([]string, error) {
	jobs, err := c.startable(ctx, next, jobs)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	tasks, err := tasksOf(next, jobs)
	if err != nil {
		return nil, err
	}
	fence := newFence(c, next)
	if err := fence.raise(ctx); err != nil {
		return nil, err
	}
	w := newWriter(c, fence, holdings{stack: next.Stack})
	err = inParallel(allOf(len(tasks)), func(i int) error { return w.start(ctx, tasks[i]) })
	// What an attempt created must not stay when its epoch was over.
	if late := w.confirm(ctx); err == nil || fault.CodeOf(late) == fault.Superseded {
		err = late
	}
	names := make([]string, len(jobs))
	for i, job := range jobs {
		names[i] = job.Name
	}
	return names, err
}

// startable leaves out what need not run where there is no namespace yet, and
// makes the namespace for the others.
func (c *cluster) startable(ctx context.Context, next workload.Scope, jobs []workload.Job) ([]workload.Job, error) {
	exists, err := c.namespaceExists(ctx, next.Namespace)
	if err != nil || exists {
		return jobs, err
	}
	var strict []workload.Job
	for _, job := range jobs {
		if !job.Lenient {
			strict = append(strict, job)
		}
	}
	if len(strict) == 0 {
		return nil, nil
	}
	return strict, c.ensureNamespace(ctx, next)
}

// start creates a Job and its copies. One that is there is left as it is: whether
// it still runs or has ended, this is the one time that it runs.
func (w *writer) start(ctx context.Context, t task) error {
	live, err := w.cluster.read(ctx, t.job)
	if err != nil {
		return err
	}
	if live == nil {
		for _, copied := range t.copies {
			if err := w.bringCopy(ctx, copied); err != nil {
				return err
			}
		}
		if live, err = w.apply(ctx, t.job, nil, manager); err != nil {
			return classify(err, "starting %s", t.about())
		}
	}
	switch {
	case !managed(live, w.held.stack):
		return fault.New(fault.Conflict, "%s is there and not Slipway's: delete it", objectName(live))
	case live.GetDeletionTimestamp() != nil:
		return fault.New(fault.Conflict, "somebody is deleting %s, which has run for %s", objectName(live), t.For)
	}
	for _, copied := range t.copies {
		if err := w.bringCopy(ctx, boundTo(copied, live)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) bringCopy(ctx context.Context, copied *unstructured.Unstructured) error {
	live, err := w.cluster.read(ctx, copied)
	if err != nil {
		return err
	}
	err = w.race(ctx, copied, live, func(live *unstructured.Unstructured) error {
		if live != nil && unchanged(live, copied) {
			return nil
		}
		_, err := w.apply(ctx, copied, live, manager)
		return err
	})
	return classify(err, "writing %s", objectName(copied))
}

// RemoveJobs deletes Jobs, their pods and their copies of config. See workload.Target.
func (c *cluster) RemoveJobs(ctx context.Context, next workload.Scope, jobs []workload.Job) ([]string, error) {
	exists, err := c.namespaceExists(ctx, next.Namespace)
	if err != nil || !exists {
		return nil, err
	}
	tasks, err := tasksOf(next, jobs)
	if err != nil {
		return nil, err
	}
	// A writer that still sleeps with the epoch of the start creates nothing any more.
	if err := newFence(c, next).raise(ctx); err != nil {
		return nil, err
	}
	var removed []string
	for _, t := range tasks {
		live, err := c.read(ctx, t.job)
		if err != nil {
			return removed, err
		}
		if live != nil && t.Stays && hasEnded(live) {
			continue
		}
		if live != nil && managed(live, next.Stack) {
			removed = append(removed, t.Name)
			if err := c.deleteExactly(ctx, live); err != nil {
				return removed, err
			}
		}
		if err := c.removeCopies(ctx, next.Stack, t); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// hasEnded tells whether a Job is complete or has failed.
func hasEnded(live *unstructured.Unstructured) bool {
	var job batchv1.Job
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, &job); err != nil {
		return false
	}
	for _, condition := range job.Status.Conditions {
		if (condition.Type == batchv1.JobComplete || condition.Type == batchv1.JobFailed) && condition.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

func (c *cluster) removeCopies(ctx context.Context, stackName string, t task) error {
	for _, copied := range t.copies {
		live, err := c.read(ctx, copied)
		if err != nil {
			return err
		}
		if live == nil || !managed(live, stackName) {
			continue
		}
		if err := c.deleteExactly(ctx, live); err != nil {
			return err
		}
	}
	return nil
}
