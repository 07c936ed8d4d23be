package environment

import "go.temporal.io/sdk/workflow"

// letter is an outcome on its way to the release that waits for it.
type letter struct {
	to      string
	outcome Outcome
}

// deliver sends outcomes as they come. A release that is gone needs none; one
// that missed its letter asks again.
func (e *environment) deliver(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return len(e.outbox) > 0 }); err != nil {
			return
		}
		next := e.outbox[0]
		err := workflow.SignalExternalWorkflow(ctx, next.to, "", OutcomeSignal, next.outcome).Get(ctx, nil)
		if err != nil {
			workflow.GetLogger(ctx).Warn("telling a release its outcome", "release", next.to, "error", err)
		}
		e.outbox = e.outbox[1:]
	}
}
