package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

const (
	// deathPatience is how long a failed Job may wait for the watch of pods to show
	// which of them has died.
	deathPatience = 2 * time.Second

	// watchSlack lets the deadlines of the Jobs pass before that of their watch.
	watchSlack = 2 * time.Second
)

// WatchJobs waits for the end of each Job. See workload.Target.
func (c *cluster) WatchJobs(ctx context.Context, next workload.Scope, jobs []workload.Job, report workload.Report) (workload.WatchResult, error) {
	tasks, err := tasksOf(next, jobs)
	if err != nil {
		return workload.WatchResult{}, err
	}
	scope := next
	scope.Services, scope.Others = nil, nil
	ends, last := map[string]time.Time{}, time.Duration(0)
	for _, t := range tasks {
		raw, err := json.Marshal(t.job)
		if err != nil {
			return workload.WatchResult{}, fault.New(fault.Internal, "writing %s: %w", t.about(), err)
		}
		scope.Services = append(scope.Services, workload.Service{Name: t.For, Objects: []json.RawMessage{raw}})
		ends[t.Name] = time.Now().Add(t.Deadline)
		last = max(last, t.Deadline)
	}
	w, err := c.newWatcher(scope, report)
	if err != nil {
		return workload.WatchResult{}, err
	}
	defer w.close()
	w.judgeOne = func(s *subject) health { return w.judgeOnce(s, ends[s.GetName()]) }
	watching, cancel := context.WithTimeoutCause(ctx, last+watchSlack, errLate)
	defer cancel()
	result, err := w.run(watching, func(ctx context.Context) (workload.Verdict, error) { return w.allEnded(ctx) })
	return w.ended(ctx, watching, result, err)
}

// allEnded is empty while a Job runs. One that has failed does not keep the
// others from being told.
func (w *watcher) allEnded(ctx context.Context) (workload.Verdict, error) {
	verdict := workload.Healthy
	for _, s := range w.subjects {
		if s.health.unseen {
			if err := w.lookAgain(ctx, s); err != nil {
				return "", err
			}
		}
		switch {
		case s.health.failure != nil:
			verdict = workload.Failed
		case !s.health.done:
			return "", nil
		}
	}
	return verdict, nil
}

// lookAgain asks for a Job that the shared watch does not show: it may be behind,
// or the Job is gone.
func (w *watcher) lookAgain(ctx context.Context, s *subject) error {
	live, err := w.cluster.read(ctx, s.Unstructured)
	if err == nil && live == nil {
		s.health = health{failure: &workload.Failure{
			Object: s.name(), Reason: reasonGone, Message: "somebody deleted it: nobody knows how it ended, or would have ended",
		}}
	}
	return err
}

// judgeOnce judges a Job that runs once.
func (w *watcher) judgeOnce(s *subject, ends time.Time) health {
	job, found := w.set.job(s.GetName())
	if !found {
		return health{wanted: 1, unseen: true, waiting: "waiting for the API server to show " + s.name(), recheck: fallbackInterval}
	}
	h := w.judgeEnd(s, job, w.pods(job.UID))
	if h.done || h.failure != nil {
		return h
	}
	left := time.Until(ends)
	if left <= 0 {
		h.failure = overdue(s.name(), h)
		return h
	}
	if h.recheck == 0 || left < h.recheck {
		h.recheck = left
	}
	return h
}

func (w *watcher) judgeEnd(s *subject, job *batchv1.Job, pods []*corev1.Pod) health {
	h := w.judge.job(job, pods, w.warnings)
	h.pods = pods
	if h.failure == nil && !h.done {
		if len(pods) > 0 {
			return h
		}
		return w.judge.refused(s.name(), h, w.set.warningsAbout(job.UID))
	}
	if h.failure == nil || !jobFailed(job) {
		return h
	}
	if death := deathOf(pods); death != nil {
		death.Object = s.name()
		h.failure = death
		return h
	}
	if left := deathPatience - s.refusedFor(); left > 0 && len(pods) > 0 {
		h.failure, h.waiting, h.recheck = nil, h.failure.Message, left
	}
	return h
}

func jobFailed(job *batchv1.Job) bool {
	for _, condition := range job.Status.Conditions {
		if condition.Type == batchv1.JobFailed && condition.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

// deathOf tells how the program of a Job ended that did not end well.
func deathOf(pods []*corev1.Pod) *workload.Failure {
	for _, pod := range pods {
		for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
			for _, status := range statuses {
				death := status.State.Terminated
				if death == nil || death.ExitCode == 0 {
					continue
				}
				return &workload.Failure{
					Pod: pod.Name, Container: status.Name, Reason: orElse(death.Reason, "Error"),
					Message: describeDeath(death), ExitCode: death.ExitCode,
				}
			}
		}
	}
	return nil
}

// overdue is the failure of a Job that is not done at its deadline, and names the
// container whose last lines may tell why.
func overdue(object string, h health) *workload.Failure {
	failure := &workload.Failure{Object: object, Reason: workload.DeadlineExceeded, Message: fmt.Sprintf("not done at its deadline: %s", h.waiting)}
	for _, pod := range h.pods {
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Running != nil {
				failure.Pod, failure.Container = pod.Name, status.Name
				return failure
			}
		}
	}
	return failure
}
