package environment

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func (e *environment) checkDeploy(_ workflow.Context, wish Deploy) error {
	if wish.Ticket == "" || wish.Bundle.IsZero() {
		return errors.New("ticket and bundle (repository and digest) are required")
	}
	switch {
	case wish.Rollback || wish.Reconcile:
		return errors.New("a deploy goes forward: use the update rollback, or reconcile")
	case wish.Bundle.Repository != e.in.Repository:
		return fmt.Errorf("bundle.repository is %q, but the bundles of %s are in %s: a copy elsewhere carries neither its bans nor its verification",
			wish.Bundle.Repository, e.in.Stack, e.in.Repository)
	}
	if o := wish.Override; o != nil && (o.By == "" || o.Reason == "") {
		return errors.New("override: by and reason are required: letting a release pass every gate is remembered with both")
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
	if wish.Override != nil {
		e.note(ctx, "let "+wish.Version+" pass every gate", wish.Override.By, wish.Override.Reason)
	}
	return e.enqueue(ctx, Wish{Deploy: wish}), nil
}

// enqueue queues a wish, ends those that it makes pointless, and tells its state.
func (e *environment) enqueue(ctx workflow.Context, wish Wish) TicketState {
	wish.Queued = workflow.Now(ctx)
	for _, loser := range e.state.enqueue(wish) {
		e.finish(ctx, loser, rollout.Result{
			Verdict: rollout.NotStarted, Why: rollout.WhySuperseded,
			Message: whySuperseded(loser), Ended: workflow.Now(ctx),
		})
	}
	e.stir()
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
	return slices.IndexFunc(e.state.Queue, func(w Wish) bool { return w.meant(request) })
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
		if err := e.tell(ctx, control); err != nil {
			return TicketState{}, err
		}
		return e.ticket(running.Ticket), nil
	}
	if request.Ticket == "" {
		return TicketState{}, fmt.Errorf("%s is no longer running", request.Version)
	}
	if _, known := e.state.ticket(e.in.Environment, request.Ticket, nil); !known {
		e.giveUp(ctx, Wish{Deploy: Deploy{Ticket: request.Ticket, Version: request.Version}}, control)
	}
	return e.ticket(request.Ticket), nil
}

func (e *environment) giveUp(ctx workflow.Context, wish Wish, control rollout.Control) {
	e.finish(ctx, wish, rollout.Result{
		Verdict: rollout.NotStarted, Why: rollout.WhyAborted, Message: control.String(), Ended: workflow.Now(ctx),
	})
}
