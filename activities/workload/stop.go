package workload

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"github.com/slipway-dev/slipway/activities/fault"
)

// errStopping ends a step whose worker stops. Another attempt is worth while at
// once: on another worker, or here after the restart.
var errStopping = fault.New(fault.Unavailable, "the worker is stopping; the step begins again on the next one")

// untilStop ends work when its worker begins to stop, so that a long watch does
// not hold up a deploy of Slipway. A cancelled activity keeps the error of its
// context, by which Temporal knows it from a failed one.
func untilStop[T any](ctx context.Context, work func(context.Context) (T, error)) (T, error) {
	working, end := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-activity.GetWorkerStopChannel(ctx):
			end(errStopping)
		case <-working.Done():
		}
	}()
	result, err := work(working)
	stopped := errors.Is(context.Cause(working), errStopping)
	end(nil)
	<-watched

	var none T
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return none, ctx.Err()
	case stopped:
		return none, errStopping
	default:
		return none, err
	}
}
