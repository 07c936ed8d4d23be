package environment

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/workflows/rollout"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// askAgain is how long a workflow waits for an outcome before it asks for it.
	askAgain = time.Hour
	// trySoon is how long it waits after a message that could not be delivered.
	trySoon = time.Minute
)

// Door is one wish of a workflow on its way through an environment.
type Door struct {
	receiver Input
	ticket   string
	version  string
	update   string
	argument any
	state    TicketState
	// answered counts the messages that were answered. The next needs another ID,
	// but one that had no answer is repeated under its own: an environment that
	// lets it wait, because it cannot tell yet what runs, has it waiting once.
	answered int
}

// DeployDoor makes the door for a release; the outcome comes to the calling workflow.
func DeployDoor(ctx workflow.Context, receiver Input, deploy Deploy) *Door {
	deploy.Release = workflow.GetInfo(ctx).WorkflowExecution.ID
	return &Door{receiver: receiver, ticket: deploy.Ticket, version: deploy.Version, update: DeployUpdate, argument: deploy}
}

// ReconcileDoor makes the door for bringing an environment back to what is
// recorded of it; the outcome comes to the calling workflow.
func ReconcileDoor(ctx workflow.Context, receiver Input, reconcile Reconcile) *Door {
	reconcile.Release = workflow.GetInfo(ctx).WorkflowExecution.ID
	return &Door{receiver: receiver, ticket: reconcile.Ticket, version: reconcile.Digest, update: ReconcileUpdate, argument: reconcile}
}

// Environment is the name of the environment behind the door.
func (d *Door) Environment() string { return d.receiver.Environment }

// State is what the environment has answered last; its State is empty until it has.
func (d *Door) State() TicketState { return d.state }

// Outcome tells how the wish ended; nil until it has.
func (d *Door) Outcome() *Outcome { return d.state.Outcome }

// The words that callers need of a rollout's, which only Environments know.
const (
	NotStarted = string(rollout.NotStarted)
	WhyAborted = rollout.WhyAborted
)

// severity orders verdicts from what was hoped for to what wakes people up.
var severity = []rollout.Verdict{"", rollout.Released, rollout.NotStarted, rollout.Restored, rollout.Stuck}

// Worst gives the worst verdict of some outcomes; empty if there are none.
func Worst(outcomes []Outcome) string {
	rank := 0
	for _, outcome := range outcomes {
		rank = max(rank, slices.Index(severity, outcome.Result.Verdict))
	}
	return string(severity[rank])
}

func (d *Door) done() bool { return d.state.Outcome != nil }

// Pass takes wishes through their doors side by side and returns when each has
// its outcome. Cancelling the context takes the wishes back, which is waited
// for too. It calls changed whenever a state may have changed.
//
// A workflow calls it once: it takes the outcome signals.
func Pass(ctx workflow.Context, doors []*Door, changed func(workflow.Context)) {
	waiting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	workflow.Go(waiting, func(ctx workflow.Context) { receive(ctx, doors, changed) })
	group := workflow.NewWaitGroup(ctx)
	for _, d := range doors {
		group.Add(1)
		workflow.GoNamed(ctx, d.Environment(), func(ctx workflow.Context) {
			defer group.Done()
			d.pass(ctx, changed)
		})
	}
	// Waiting outlasts a cancellation, which is passed on as an abort.
	group.Wait(waiting)
}

// receive takes the outcomes that environments send.
func receive(ctx workflow.Context, doors []*Door, changed func(workflow.Context)) {
	outcomes := workflow.GetSignalChannel(ctx, OutcomeSignal)
	for {
		var outcome Outcome
		if more := outcomes.Receive(ctx, &outcome); !more {
			return
		}
		for _, d := range doors {
			if d.Environment() == outcome.Environment && d.ticket == outcome.Ticket {
				d.state.State, d.state.Outcome = Done, &outcome
				changed(ctx)
			}
		}
	}
}

// pass asks, and waits for the outcome. A letter that was lost strands nobody,
// because it asks again.
func (d *Door) pass(ctx workflow.Context, changed func(workflow.Context)) {
	lasting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	for !d.done() {
		pause := askAgain
		err := d.ask(ctx)
		switch {
		case ctx.Err() != nil:
			d.withdraw(lasting)
			continue
		case step.Code(err) == string(fault.InvalidInput):
			d.state.State = Done
			d.state.Outcome = refusal(d.Environment(), d.ticket, step.Reason(err), workflow.Now(ctx))
			continue
		case err != nil:
			// It may have arrived all the same, so only an answer is an answer.
			workflow.GetLogger(ctx).Warn("asking an environment", "environment", d.Environment(), "error", err)
			pause = trySoon
		}
		changed(ctx)
		if _, err := workflow.AwaitWithTimeout(ctx, pause, d.done); err != nil {
			d.withdraw(lasting)
		}
	}
	changed(lasting)
}

// ask queues the wish or, once it is queued, asks what has become of it.
func (d *Door) ask(ctx workflow.Context) error {
	composed, err := compose(d.receiver, d.update, fmt.Sprintf("%s/%d", d.ticket, d.answered+1), d.argument)
	if err != nil {
		return err
	}
	return d.send(ctx, "ask "+d.Environment(), composed)
}

// withdraw takes the wish back, also one that may not have arrived, and waits
// until the environment is done with it.
func (d *Door) withdraw(ctx workflow.Context) {
	for !d.done() {
		if err := d.abort(ctx); err != nil {
			workflow.GetLogger(ctx).Warn("taking the wish back", "environment", d.Environment(), "error", err)
		}
		// The context does not end; after the timeout the wish is taken back again.
		_, _ = workflow.AwaitWithTimeout(ctx, trySoon, d.done)
	}
}

func (d *Door) abort(ctx workflow.Context) error {
	composed, err := compose(d.receiver, AbortUpdate, fmt.Sprintf("abort/%s/%d", d.ticket, d.answered+1), AbortRequest{
		Version: d.version, Ticket: d.ticket, By: workflow.GetInfo(ctx).WorkflowExecution.ID, Reason: "its workflow was cancelled",
	})
	if err != nil {
		return err
	}
	return d.send(ctx, "abort in "+d.Environment(), composed)
}

func (d *Door) send(ctx workflow.Context, summary string, in message.DeliverUpdateInput) error {
	var messages *message.Activities
	answer, err := step.Call[json.RawMessage](ctx, step.Insist(summary), messages.DeliverUpdate, in)
	if err != nil {
		return err
	}
	var state TicketState
	if err := json.Unmarshal(answer, &state); err != nil {
		return fmt.Errorf("decoding the answer of %s: %w", d.Environment(), err)
	}
	d.answered++
	if !d.done() {
		d.state = state
	}
	return nil
}

// compose makes a message to an Environment that starts it if need be. The
// ticket makes asking again harmless; the ID counts the answers, because a
// message of the same ID would get the old one.
func compose(in Input, update, id string, argument any) (message.DeliverUpdateInput, error) {
	input, err := json.Marshal(in)
	if err != nil {
		return message.DeliverUpdateInput{}, fmt.Errorf("encoding the input of %s: %w", ID(in.Stack, in.Environment), err)
	}
	body, err := json.Marshal(argument)
	if err != nil {
		return message.DeliverUpdateInput{}, fmt.Errorf("encoding %s: %w", update, err)
	}
	return message.DeliverUpdateInput{
		Workflow: Name, ID: ID(in.Stack, in.Environment), Queue: step.Queue, Input: input,
		Update: update, UpdateID: id, Argument: body,
		Attributes: map[string]string{
			step.StackAttribute.GetName():       in.Stack,
			step.EnvironmentAttribute.GetName(): in.Environment,
		},
		Summary: fmt.Sprintf("what runs in %s of %s", in.Environment, in.Stack),
	}, nil
}
