package rollout

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

// removeTotal bounds the deletion of Jobs. What is left behind then, Kubernetes
// ends and deletes by itself.
const removeTotal = time.Minute

// jobs are Jobs that run side by side on targets, each once.
type jobs struct {
	// what they do, for people: "check the config".
	what     string
	deadline time.Duration
	// patience is how long the queue of a target may be without workers.
	patience time.Duration
	input    func(target string) workload.JobsInput
}

// run starts the Jobs on a target and waits for their end. On a target that has
// nothing to run it gives no services.
func (j jobs) run(ctx workflow.Context, target string) (workload.WatchResult, error) {
	var activities *workload.Activities
	until := workflow.Now(ctx).Add(j.deadline)
	started, err := step.CallOn[workload.StartedJobs](ctx, workload.Queue(target), until, j.patience, activities.StartJobs,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			return step.Write(fmt.Sprintf("%s on %s", j.what, target), left), j.input(target)
		})
	if err != nil || len(started.Names) == 0 {
		return workload.WatchResult{Verdict: workload.Healthy}, err
	}
	return step.CallOn[workload.WatchResult](ctx, workload.Queue(target), until, j.patience, activities.WatchJobs,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			input := j.input(target)
			input.Names, input.Deadline = started.Names, stack.Duration(left)
			return step.Watch(fmt.Sprintf("wait until the Jobs that %s on %s have ended", j.what, target), left), input
		})
}

// remove takes the Jobs away from targets, whatever became of them. The caller has
// raised the epoch, so that no attempt that sleeps makes one afterwards.
func (j jobs) remove(ctx workflow.Context, r *rollout, targets []string) {
	ctx, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	var activities *workload.Activities
	until := workflow.Now(ctx).Add(removeTotal)
	r.onTargetsAll(ctx, targets, func(ctx workflow.Context, target string) {
		_, err := step.CallOn[workload.RemovedJobs](ctx, workload.Queue(target), until, servedPatience, activities.RemoveJobs,
			func(left time.Duration) (workflow.ActivityOptions, any) {
				return step.Write(fmt.Sprintf("remove the Jobs that %s from %s", j.what, target), left), j.input(target)
			})
		if err != nil {
			workflow.GetLogger(ctx).Warn("Jobs were left to Kubernetes to delete", "target", target, "reason", step.Reason(err))
		}
	})
}
