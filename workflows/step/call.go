package step

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/queue"
)

// NotServed is the type of the error that CallOn gives when no worker polls the queue.
const NotServed = "NotServed"

// Call runs an activity and gives its result.
func Call[Out any](ctx workflow.Context, options workflow.ActivityOptions, activity any, input any) (Out, error) {
	var out Out
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity, input).Get(ctx, &out)
	return out, err
}

// CallOn runs an activity on the queue of a target and gives its result, or an
// error when the time is over.
//
// If nobody takes the task, CallOn looks at the queue. While workers poll it
// they are only busy, or were just restarted, and the task is put again with
// the time that is left; a queue without workers is an error that says so, once
// patience has passed. The task is made anew each time, because its options and
// input depend on the time that is left.
func CallOn[Out any](ctx workflow.Context, name string, until time.Time, patience time.Duration, activity any,
	task func(left time.Duration) (workflow.ActivityOptions, any),
) (Out, error) {
	began := workflow.Now(ctx)
	for {
		left := max(until.Sub(workflow.Now(ctx)), time.Second)
		options, input := task(left)
		options.TaskQueue = name
		out, err := Call[Out](ctx, options, activity, input)
		if err == nil || !unstarted(err) {
			return out, err
		}
		now := workflow.Now(ctx)
		waited := now.Sub(began)
		if !now.Before(until) || waited >= patience && !served(ctx, name) {
			return out, temporal.NewNonRetryableApplicationError(
				fmt.Sprintf("no worker serves the task queue %q (waited %s): start a worker that does", name, waited.Round(time.Second)),
				NotServed, nil)
		}
	}
}

// served tells whether workers poll a queue. Not knowing is no reason to give up.
func served(ctx workflow.Context, name string) bool {
	var activities *queue.Activities
	pollers, err := Call[queue.Pollers](ctx, Read("who serves "+name), activities.CountPollers, queue.CountPollersInput{Queue: name})
	return err != nil || pollers.Alive > 0
}

// Reason gives the innermost message of an error, which is the one that a
// person can act on; the layers that Temporal adds name activities and IDs.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	return temporalCause(err).Error()
}
