package step

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/queue"
)

// NotServed is the type of the error that Call gives when no worker polls the queue.
const NotServed = "NotServed"

// Call runs an activity and gives its result.
//
// If nobody takes the task, Call looks at its queue: while workers poll it they
// are only busy, or were just restarted, and the task is put again; a queue
// without workers is an error that says so, once patience has passed.
func Call[Out any](ctx workflow.Context, options workflow.ActivityOptions, patience time.Duration, activity any, input any) (Out, error) {
	began := workflow.Now(ctx)
	for {
		var out Out
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity, input).Get(ctx, &out)
		if err == nil || !unstarted(err) {
			return out, err
		}
		if served(ctx, options.TaskQueue) {
			continue
		}
		if waited := workflow.Now(ctx).Sub(began); waited >= patience {
			return out, temporal.NewNonRetryableApplicationError(
				fmt.Sprintf("no worker serves the task queue %q (waited %s): start a worker that does", options.TaskQueue, waited.Round(time.Second)),
				NotServed, nil)
		}
	}
}

func served(ctx workflow.Context, name string) bool {
	var activities *queue.Activities
	var pollers queue.Pollers
	err := workflow.ExecuteActivity(
		workflow.WithActivityOptions(ctx, Read("who serves "+name)),
		activities.CountPollers, queue.CountPollersInput{Queue: name},
	).Get(ctx, &pollers)
	return err == nil && pollers.Alive > 0
}

// Reason gives the innermost message of an error, which is the one that a
// person can act on; the layers that Temporal adds name activities and IDs.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	return temporalCause(err).Error()
}
