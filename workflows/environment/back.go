package environment

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/stack"
)

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
	if !e.state.Unknown {
		// It may wait for approval, and something else may run by then.
		wish.From = e.state.Current.Bundle.Digest
	}
	return e.enqueue(ctx, Wish{Deploy: wish}), nil
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
	return e.enqueue(ctx, Wish{Deploy: Deploy{
		Ticket: request.Ticket, Bundle: current.Bundle, Version: current.Version, Commit: current.Commit, Channel: version.Channel(),
		Reconcile: true, From: request.Digest, Release: request.Release, By: request.By, Reason: request.Reason,
	}}), nil
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
