package release

import (
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// askAgain is how long a release waits for an outcome before it asks for it.
	askAgain = time.Hour
	// abortAgain is how long a cancelled release waits before it says so again.
	abortAgain = time.Minute
)

// door is the release's side of one environment.
type door struct {
	name   string
	ticket string
	state  environment.TicketState
	// asked counts the messages, each of which needs an ID of its own.
	asked int
}

func (d *door) done() bool { return d.state.Outcome != nil }

// deploy hands the bundle to every environment and waits for their outcomes.
func (r *release) deploy(ctx workflow.Context) {
	info := workflow.GetInfo(ctx).WorkflowExecution
	for _, name := range r.plan.Environments {
		r.environments = append(r.environments, &door{name: name, ticket: Ticket(info.ID, info.RunID)})
	}
	r.enter(ctx, PhaseDeploying)
	waiting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	workflow.Go(waiting, r.receive)
	group := workflow.NewWaitGroup(ctx)
	for _, d := range r.environments {
		group.Add(1)
		workflow.GoNamed(ctx, d.name, func(ctx workflow.Context) {
			defer group.Done()
			r.pass(ctx, d)
		})
	}
	// Waiting outlasts a cancellation, which is passed on as an abort.
	group.Wait(waiting)
}

// receive takes the outcomes that environments send.
func (r *release) receive(ctx workflow.Context) {
	outcomes := workflow.GetSignalChannel(ctx, environment.OutcomeSignal)
	for {
		var outcome environment.Outcome
		if more := outcomes.Receive(ctx, &outcome); !more {
			return
		}
		for _, d := range r.environments {
			if d.name == outcome.Environment && d.ticket == outcome.Ticket {
				d.state.State, d.state.Outcome = environment.Done, &outcome
				r.show(ctx)
			}
		}
	}
}

// pass takes the release through one environment: ask, and wait for the outcome.
func (r *release) pass(ctx workflow.Context, d *door) {
	lasting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	if err := r.ask(ctx, d); err != nil && ctx.Err() == nil {
		d.state.State = environment.Done
		d.state.Outcome = environment.Refusal(d.name, d.ticket, step.Reason(err), workflow.Now(ctx))
	}
	for !d.done() {
		ok, err := workflow.AwaitWithTimeout(ctx, askAgain, d.done)
		switch {
		case err != nil:
			r.withdraw(lasting, d)
		case !ok:
			if err := r.ask(ctx, d); err != nil {
				workflow.GetLogger(ctx).Warn("asking for an outcome", "environment", d.name, "error", err)
			}
		}
	}
	r.show(lasting)
}

// withdraw takes the wish back and waits until the environment is done with it.
func (r *release) withdraw(ctx workflow.Context, d *door) {
	for !d.done() {
		if err := r.abort(ctx, d); err != nil {
			workflow.GetLogger(ctx).Warn("taking the wish back", "environment", d.name, "error", err)
		}
		// The context does not end; after the timeout the wish is taken back again.
		_, _ = workflow.AwaitWithTimeout(ctx, abortAgain, d.done)
	}
}

// ask queues the wish or, once it is queued, asks what has become of it.
func (r *release) ask(ctx workflow.Context, d *door) error {
	d.asked++
	composed, err := environment.DeployMessage(r.receiver(d), d.asked, environment.Deploy{
		Ticket: d.ticket, Bundle: r.bundle, Version: r.plan.Version, Commit: r.plan.Commit, Channel: r.plan.Channel,
		Release: workflow.GetInfo(ctx).WorkflowExecution.ID, By: r.in.By,
	})
	if err != nil {
		return err
	}
	return r.send(ctx, d, "ask "+d.name, composed)
}

// abort takes the wish back, also one that may not have arrived.
func (r *release) abort(ctx workflow.Context, d *door) error {
	d.asked++
	composed, err := environment.AbortMessage(r.receiver(d), d.asked, environment.AbortRequest{
		Version: r.plan.Version, Ticket: d.ticket, By: "the release", Reason: "its workflow was cancelled",
	})
	if err != nil {
		return err
	}
	return r.send(ctx, d, "abort in "+d.name, composed)
}

func (r *release) receiver(d *door) environment.Input {
	return environment.Input{Stack: r.plan.Stack, Environment: d.name, Repository: r.plan.BundleRepository}
}

func (r *release) send(ctx workflow.Context, d *door, summary string, in message.DeliverUpdateInput) error {
	var messages *message.Activities
	answer, err := step.Call[json.RawMessage](ctx, step.Insist(summary), messages.DeliverUpdate, in)
	if err != nil {
		return err
	}
	var state environment.TicketState
	if err := json.Unmarshal(answer, &state); err != nil {
		return fmt.Errorf("decoding the answer of %s: %w", d.name, err)
	}
	if !d.done() {
		d.state = state
	}
	r.show(ctx)
	return nil
}
