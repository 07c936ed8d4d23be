package environment

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// listen registers everything that people and releases can say, before the
// first wait: a message that comes earlier would be refused as unknown.
func (e *environment) listen(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetQueryHandlerWithOptions(ctx, StatusQuery, e.status, workflow.QueryHandlerOptions{
			Description: "what runs, what waits, and how the last rollouts ended",
		}),
		workflow.SetQueryHandlerWithOptions(ctx, CurrentQuery, e.current, workflow.QueryHandlerOptions{
			Description: "what runs, and whether a rollout is under way",
		}),
		workflow.SetUpdateHandlerWithOptions(ctx, DeployUpdate, e.deploy, workflow.UpdateHandlerOptions{
			Description: "queue a release for rollout", Validator: e.checkDeploy,
		}),
		workflow.SetUpdateHandlerWithOptions(ctx, AbortUpdate, e.abort, workflow.UpdateHandlerOptions{
			Description: "give up what is queued or running and restore what it touched", Validator: e.checkAbort,
		}),
		workflow.SetUpdateHandlerWithOptions(ctx, RollbackUpdate, e.rollback, workflow.UpdateHandlerOptions{
			Description: "go back to a recorded release", Validator: e.checkRollback,
		}),
		workflow.SetUpdateHandlerWithOptions(ctx, ReconcileUpdate, e.reconcile, workflow.UpdateHandlerOptions{
			Description: "roll out again what is recorded here, to undo what others changed", Validator: e.checkReconcile,
		}),
	)
}

func (e *environment) checkDeploy(_ workflow.Context, wish Deploy) error {
	if wish.Ticket == "" || wish.Bundle.IsZero() {
		return errors.New("ticket and bundle (repository and digest) are required")
	}
	version, err := stack.ParseVersion(wish.Version)
	if err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if wish.Channel != version.Channel() {
		return fmt.Errorf("channel is %q, but %s belongs to %q", wish.Channel, wish.Version, version.Channel())
	}
	return nil
}

// deploy queues a wish. The same ticket is queued once, however often it comes.
func (e *environment) deploy(ctx workflow.Context, wish Deploy) (TicketState, error) {
	if known, ok := e.state.ticket(e.in.Environment, wish.Ticket, e.running); ok {
		return known, nil
	}
	return e.enqueue(ctx, wish), nil
}

// enqueue queues a wish, ends those that it makes pointless, and tells its state.
func (e *environment) enqueue(ctx workflow.Context, wish Deploy) TicketState {
	for _, loser := range e.state.enqueue(wish) {
		e.finish(ctx, loser, rollout.Result{
			Verdict: rollout.NotStarted, Why: rollout.WhySuperseded,
			Message: whySuperseded(loser), Ended: workflow.Now(ctx),
		})
	}
	e.show(ctx)
	return e.ticket(wish.Ticket)
}

func (e *environment) ticket(ticket string) TicketState {
	state, _ := e.state.ticket(e.in.Environment, ticket, e.running)
	return state
}

func (e *environment) checkAbort(_ workflow.Context, request AbortRequest) error {
	switch {
	case request.Ticket != "":
		return nil
	case request.Version == "":
		return errors.New("version is required: the version or digest to give up")
	case e.running != nil && e.running.meant(request) || e.queued(request) >= 0:
		return nil
	case e.running != nil:
		return fmt.Errorf("%s is neither running nor queued; %s is running", request.Version, e.running.Version)
	}
	return fmt.Errorf("%s is neither running nor queued", request.Version)
}

// meant tells whether an abort means a wish.
func (d Deploy) meant(request AbortRequest) bool {
	if request.Ticket != "" {
		return d.Ticket == request.Ticket
	}
	return d.names(request.Version)
}

func (e *environment) queued(request AbortRequest) int {
	return slices.IndexFunc(e.state.Queue, func(d Deploy) bool { return d.meant(request) })
}

// abort takes a wish out of the queue, or stops its rollout, which then
// restores. A ticket that has ended keeps its outcome; one that has not come
// yet ends here.
func (e *environment) abort(ctx workflow.Context, request AbortRequest) (TicketState, error) {
	control := rollout.Control{Action: rollout.Abort, By: request.By, Reason: request.Reason}
	if i := e.queued(request); i >= 0 {
		wish := e.state.Queue[i]
		e.state.Queue = slices.Delete(e.state.Queue, i, i+1)
		e.giveUp(ctx, wish, control)
		return e.ticket(wish.Ticket), nil
	}
	if running := e.running; running != nil && running.meant(request) {
		if err := e.stop(ctx, control); err != nil {
			return TicketState{}, err
		}
		return e.ticket(running.Ticket), nil
	}
	if request.Ticket == "" {
		return TicketState{}, fmt.Errorf("%s is no longer running", request.Version)
	}
	if _, known := e.state.ticket(e.in.Environment, request.Ticket, nil); !known {
		e.giveUp(ctx, Deploy{Ticket: request.Ticket, Version: request.Version}, control)
	}
	return e.ticket(request.Ticket), nil
}

func (e *environment) giveUp(ctx workflow.Context, wish Deploy, control rollout.Control) {
	e.finish(ctx, wish, rollout.Result{
		Verdict: rollout.NotStarted, Why: rollout.WhyAborted, Message: control.String(), Ended: workflow.Now(ctx),
	})
}

// stop passes an abort down, or keeps a rollout that has not started from it.
func (e *environment) stop(ctx workflow.Context, control rollout.Control) error {
	if e.child == nil {
		e.givenUp = &control
		return nil
	}
	if err := e.child.SignalChildWorkflow(ctx, rollout.ControlSignal, control).Get(ctx, nil); err != nil {
		return fmt.Errorf("passing the abort on: %w", err)
	}
	return nil
}

func (e *environment) checkRollback(_ workflow.Context, request RollbackRequest) error {
	if request.From == "" {
		return errors.New("from is required: the version or digest that runs now")
	}
	if !e.state.Recovered {
		return nil
	}
	_, err := e.rollbackTo(request)
	return err
}

func (e *environment) rollbackTo(request RollbackRequest) (Record, error) {
	if e.running != nil {
		return Record{}, fmt.Errorf("%s is being rolled out; abort it first", e.running.Version)
	}
	return e.state.rollbackTo(request)
}

// rollback queues the way back before everything else that waits.
func (e *environment) rollback(ctx workflow.Context, request RollbackRequest) (TicketState, error) {
	if err := e.awaitRecovered(ctx); err != nil {
		return TicketState{}, err
	}
	record, err := e.rollbackTo(request)
	if err != nil {
		return TicketState{}, err
	}
	version, err := stack.ParseVersion(record.Version)
	if err != nil {
		return TicketState{}, err
	}
	wish := Deploy{
		Ticket: "rollback/" + workflow.GetCurrentUpdateInfo(ctx).ID,
		Bundle: record.Bundle, Version: record.Version, Commit: record.Commit, Channel: version.Channel(),
		Rollback: true, By: request.By, Reason: request.Reason,
	}
	return e.enqueue(ctx, wish), nil
}

func (e *environment) checkReconcile(_ workflow.Context, request Reconcile) error {
	if request.Ticket == "" || request.Digest == "" {
		return errors.New("ticket and digest (of the bundle that is recorded here) are required")
	}
	if _, known := e.state.ticket(e.in.Environment, request.Ticket, e.running); known || !e.state.Recovered {
		return nil
	}
	return e.state.reconcilable(request.Digest)
}

// reconcile queues the recorded release once more, behind everything that waits.
func (e *environment) reconcile(ctx workflow.Context, request Reconcile) (TicketState, error) {
	if err := e.awaitRecovered(ctx); err != nil {
		return TicketState{}, err
	}
	if known, ok := e.state.ticket(e.in.Environment, request.Ticket, e.running); ok {
		return known, nil
	}
	if err := e.state.reconcilable(request.Digest); err != nil {
		return TicketState{}, err
	}
	current := e.state.Current
	version, err := stack.ParseVersion(current.Version)
	if err != nil {
		return TicketState{}, err
	}
	return e.enqueue(ctx, Deploy{
		Ticket: request.Ticket, Bundle: current.Bundle, Version: current.Version, Commit: current.Commit, Channel: version.Channel(),
		Reconcile: true, From: request.Digest, Release: request.Release, By: request.By, Reason: request.Reason,
	}), nil
}

// awaitRecovered keeps a message that depends on what runs until the registry
// has told it. In a run that ends before, or meanwhile, it fails as cancelled,
// which whoever asked takes for no answer and asks again: any other error would
// be a refusal.
func (e *environment) awaitRecovered(ctx workflow.Context) error {
	if e.state.Recovered {
		return nil
	}
	err := workflow.Await(ctx, func() bool { return e.state.Recovered || e.leaving })
	// Await looks at its condition before it looks at the context.
	if err != nil || e.leaving || ctx.Err() != nil {
		return temporal.NewCanceledError("this run ended before it was known what runs here; ask again")
	}
	return nil
}

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
