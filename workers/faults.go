package workers

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/activities/fault"
)

// faults turns the coded errors of activities into Temporal errors. It is the
// only place that does: Temporal reads type and retryability from the outermost
// error alone, so an error built deeper down loses both to the next %w.
type faults struct {
	interceptor.ActivityInboundInterceptorBase
}

func (f *faults) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := f.Next.ExecuteActivity(ctx, in)
	return result, convert(ctx, err)
}

func convert(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, activity.ErrResultPending), ctx.Err() != nil && errors.Is(err, context.Canceled):
		// Both are recognised by identity further out.
		return err
	}
	code := fault.CodeOf(err)
	return temporal.NewApplicationErrorWithOptions(err.Error(), string(code), temporal.ApplicationErrorOptions{
		NonRetryable: !code.Retryable(),
	})
}
