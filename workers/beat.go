package workers

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/slipway-dev/slipway/activities/fault"
)

// beatEvery is how often a running activity tells that its worker lives. It is
// also how long a cancellation takes to arrive.
const beatEvery = time.Second

// errStopping ends an activity whose worker stops. It is worth another attempt
// at once: elsewhere, or here after the restart.
var errStopping = fault.New(fault.Unavailable, "the worker is stopping; the step begins again on another one")

// beat heartbeats for every activity, with the details that the activity gave
// last, and ends it when its worker begins to stop, so that no activity has to
// think of either and a dead worker is noticed in seconds. A hung activity is
// not noticed by it: that is what its timeout is for.
type beat struct {
	interceptor.ActivityInboundInterceptorBase
}

func (b *beat) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	return b.Next.Init(&remember{ActivityOutboundInterceptorBase: interceptor.ActivityOutboundInterceptorBase{Next: outbound}})
}

func (b *beat) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	last := &details{}
	working, end := context.WithCancelCause(context.WithValue(ctx, detailsKey{}, last))
	var beating sync.WaitGroup
	beating.Go(func() { keepBeating(working, last, end) })
	result, err := b.Next.ExecuteActivity(working, in)
	stopped := errors.Is(context.Cause(working), errStopping)
	end(nil)
	beating.Wait()
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		// By the context's own error Temporal knows a cancelled activity from a failed one.
		return nil, ctx.Err()
	case stopped:
		return nil, errStopping
	default:
		return nil, err
	}
}

func keepBeating(ctx context.Context, last *details, end context.CancelCauseFunc) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-activity.GetWorkerStopChannel(ctx):
			end(errStopping)
			return
		case <-ticker.C:
			activity.RecordHeartbeat(ctx, last.get()...)
		}
	}
}

// remember keeps the details of an activity's own heartbeats.
type remember struct {
	interceptor.ActivityOutboundInterceptorBase
}

func (r *remember) RecordHeartbeat(ctx context.Context, values ...any) {
	if last, ok := ctx.Value(detailsKey{}).(*details); ok {
		last.set(values)
	}
	r.Next.RecordHeartbeat(ctx, values...)
}

type detailsKey struct{}

type details struct {
	mu     sync.Mutex
	values []any
}

func (d *details) get() []any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.values
}

func (d *details) set(values []any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.values = values
}
