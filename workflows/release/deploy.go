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

// askAgain is how long a release waits for an outcome before it asks for it.
const askAgain = time.Hour

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
		// The run is part of the ticket: releasing again after a restore is a new wish.
		r.environments = append(r.environments, &door{name: name, ticket: info.ID + "/" + info.RunID})
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
	waiting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	r.ask(waiting, d)
	for !d.done() {
		ok, err := workflow.AwaitWithTimeout(ctx, askAgain, d.done)
		switch {
		case err != nil:
			r.withdraw(waiting, d)
		case !ok:
			r.ask(waiting, d)
		}
	}
}

// withdraw takes the wish back and waits until the environment is done with it.
func (r *release) withdraw(ctx workflow.Context, d *door) {
	r.abort(ctx, d)
	for !d.done() {
		r.ask(ctx, d)
		// The context does not end; a timeout asks again.
		_, _ = workflow.AwaitWithTimeout(ctx, askAgain, d.done)
	}
}

// ask queues the wish or, once it is queued, asks what has become of it.
func (r *release) ask(ctx workflow.Context, d *door) {
	d.asked++
	composed, err := environment.DeployMessage(r.receiver(d), d.asked, environment.Deploy{
		Ticket: d.ticket, Bundle: r.bundle, Version: r.plan.Version, Commit: r.plan.Commit, Channel: r.plan.Channel,
		Release: workflow.GetInfo(ctx).WorkflowExecution.ID, By: r.in.By,
	})
	if err == nil {
		err = r.send(ctx, d, "ask "+d.name, composed)
	}
	if err != nil {
		d.state.State = environment.Done
		d.state.Outcome = environment.Refusal(d.name, d.ticket, step.Reason(err), workflow.Now(ctx))
	}
	r.show(ctx)
}

// abort takes the wish back. An environment that refuses has just finished; its
// outcome is on its way.
func (r *release) abort(ctx workflow.Context, d *door) {
	composed, err := environment.AbortMessage(r.receiver(d), d.ticket, environment.AbortRequest{
		Version: r.bundle.Digest, By: "the release", Reason: "its workflow was cancelled",
	})
	if err == nil {
		err = r.send(ctx, d, "abort in "+d.name, composed)
	}
	if err != nil {
		workflow.GetLogger(ctx).Info("taking the wish back", "environment", d.name, "error", err)
	}
}

func (r *release) receiver(d *door) environment.Input {
	return environment.Input{Stack: r.plan.Stack, Environment: d.name, Repository: r.plan.BundleRepository}
}

func (r *release) send(ctx workflow.Context, d *door, summary string, in message.DeliverUpdateInput) error {
	var messages *message.Activities
	answer, err := step.Call[json.RawMessage](ctx, step.Insist(summary), 0, messages.DeliverUpdate, in)
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
	return nil
}
