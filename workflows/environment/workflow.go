package environment

import (
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/workflows/rollout"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// busyRetry is how long to wait for a rollout that an earlier run of the
	// Environment left behind and that is still restoring.
	busyRetry = 5 * time.Second
	// troubleRetry is how long to wait before a registry that refused us is asked again.
	troubleRetry = time.Minute
)

// Environment serves the wishes of one environment, one after the other, for ever.
func Environment(ctx workflow.Context, in Input) error {
	if err := in.Validate(); err != nil {
		return temporal.NewNonRetryableApplicationError("environment: "+err.Error(), "InvalidInput", nil)
	}
	e := &environment{in: in}
	if in.State != nil {
		e.state = *in.State
	}
	if err := e.listen(ctx); err != nil {
		return err
	}
	return e.run(ctx)
}

// environment is the state of one run.
type environment struct {
	in      Input
	state   State
	running *Deploy
	child   workflow.ChildWorkflowFuture
	outbox  []letter
	trouble string
}

// run is the story of an environment.
func (e *environment) run(ctx workflow.Context) error {
	letters, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	workflow.Go(letters, e.deliver)
	if e.in.State == nil {
		if err := e.recover(ctx); err != nil {
			return e.close(ctx, err)
		}
	}
	for {
		if err := e.record(ctx); err != nil {
			return e.close(ctx, err)
		}
		e.show(ctx)
		err := workflow.Await(ctx, func() bool { return len(e.state.Queue) > 0 || full(ctx) })
		if err != nil {
			return e.close(ctx, err)
		}
		if full(ctx) {
			return e.handOver(ctx)
		}
		wish := e.state.Queue[0]
		e.state.Queue = e.state.Queue[1:]
		e.finish(ctx, wish, e.serve(ctx, wish))
	}
}

func full(ctx workflow.Context) bool { return workflow.GetInfo(ctx).GetContinueAsNewSuggested() }

// recover reads from the registry what runs here, for an Environment that is
// new or was lost.
func (e *environment) recover(ctx workflow.Context) error {
	var activities *bundle.Activities
	for {
		current, err := step.Call[bundle.Current](ctx, step.Insist("what runs in "+e.in.Environment), 0,
			activities.FindCurrent, bundle.FindCurrentInput{Repository: e.in.Repository, Environment: e.in.Environment})
		if err == nil {
			e.state.Recorded = true
			if !current.Bundle.IsZero() {
				e.state.Current = &Record{
					Ticket: "recovered", Version: current.Version, Commit: current.Commit, Bundle: current.Bundle,
					Verdict: rollout.Released, Reason: "read from the registry", Ended: workflow.Now(ctx),
				}
				e.state.remember(*e.state.Current)
			}
			return nil
		}
		if err := e.wait(ctx, "reading what runs here: "+step.Reason(err), troubleRetry); err != nil {
			return err
		}
	}
}

// record makes the tag env-<environment> follow what runs. A registry that is
// away delays the next rollout and loses nothing: the state here is the truth.
func (e *environment) record(ctx workflow.Context) error {
	var activities *bundle.Activities
	for e.state.Current != nil && !e.state.Recorded {
		err := workflow.ExecuteActivity(
			workflow.WithActivityOptions(ctx, step.Insist("record that "+e.in.Environment+" runs "+e.state.Current.Version)),
			activities.RecordCurrent, bundle.RecordCurrentInput{Bundle: e.state.Current.Bundle, Environment: e.in.Environment},
		).Get(ctx, nil)
		if err == nil {
			e.state.Recorded = true
			return nil
		}
		if err := e.wait(ctx, "recording what runs here: "+step.Reason(err), troubleRetry); err != nil {
			return err
		}
	}
	return nil
}

func (e *environment) wait(ctx workflow.Context, trouble string, d time.Duration) error {
	e.trouble = trouble
	e.show(ctx)
	err := workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: trouble}).Get(ctx, nil)
	e.trouble = ""
	return err
}

// serve does what a wish asks for and gives the result.
func (e *environment) serve(ctx workflow.Context, wish Deploy) rollout.Result {
	if e.state.Current != nil && e.state.Current.Bundle == wish.Bundle {
		return rollout.Result{Verdict: rollout.Released, Message: wish.Version + " runs already", Ended: workflow.Now(ctx)}
	}
	e.running = &wish
	defer func() { e.running, e.child = nil, nil }()
	for {
		e.show(ctx)
		result, err := e.roll(ctx, wish)
		switch {
		case err == nil:
			return result
		case temporal.IsWorkflowExecutionAlreadyStartedError(err):
			if err := e.wait(ctx, "an earlier rollout is still restoring", busyRetry); err == nil {
				continue
			}
		}
		return rollout.Result{
			Verdict: rollout.Stuck, Why: rollout.WhyError, Ended: workflow.Now(ctx),
			Message: fmt.Sprintf("the rollout ended without a verdict (%s): what runs is unknown; deploy or roll back to make it known", step.Reason(err)),
		}
	}
}

func (e *environment) roll(ctx workflow.Context, wish Deploy) (rollout.Result, error) {
	in := rollout.Input{
		Stack: e.in.Stack, Environment: e.in.Environment, Ticket: wish.Ticket,
		To: wish.Bundle, Version: wish.Version, By: wish.By, Reason: wish.Reason,
	}
	if current := e.state.Current; current != nil {
		in.From, in.FromVersion = current.Bundle, current.Version
	}
	e.child = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          rollout.ID(e.in.Stack, e.in.Environment),
		TaskQueue:           step.Queue,
		ParentClosePolicy:   enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation: true,
		StaticSummary:       fmt.Sprintf("%s %s to %s", e.in.Stack, wish.Version, e.in.Environment),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			step.StackAttribute.ValueSet(e.in.Stack),
			step.EnvironmentAttribute.ValueSet(e.in.Environment),
			step.VersionAttribute.ValueSet(wish.Version),
		),
	}), rollout.Name, in)
	var result rollout.Result
	err := e.child.Get(ctx, &result)
	return result, err
}

// finish writes down how a wish ended and tells who asked.
func (e *environment) finish(ctx workflow.Context, wish Deploy, result rollout.Result) {
	record := Record{
		Ticket: wish.Ticket, Version: wish.Version, Commit: wish.Commit, Bundle: wish.Bundle,
		By: wish.By, Reason: wish.Reason,
		Verdict: result.Verdict, Why: result.Why, Message: result.Message, Ended: workflow.Now(ctx),
	}
	e.state.remember(record)
	if result.Verdict == rollout.Released && (e.state.Current == nil || e.state.Current.Bundle != wish.Bundle) {
		e.state.Current, e.state.Recorded = &record, false
	}
	if wish.Release != "" {
		e.outbox = append(e.outbox, letter{to: wish.Release, outcome: Outcome{
			Ticket: wish.Ticket, Environment: e.in.Environment, Result: result,
		}})
	}
}

// handOver starts the next run with the state of this one, once nothing is under way.
func (e *environment) handOver(ctx workflow.Context) error {
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) && len(e.outbox) == 0 })
	if err != nil {
		return e.close(ctx, err)
	}
	e.in.State = &e.state
	return workflow.NewContinueAsNewError(ctx, Environment, e.in)
}

// close ends a cancelled Environment: what waits is told that it was not started.
func (e *environment) close(ctx workflow.Context, cause error) error {
	ctx, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	for _, wish := range e.state.Queue {
		e.finish(ctx, wish, rollout.Result{
			Verdict: rollout.NotStarted, Why: rollout.WhyAborted,
			Message: "the environment's workflow was cancelled", Ended: workflow.Now(ctx),
		})
	}
	e.state.Queue = nil
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) && len(e.outbox) == 0 }); err != nil {
		return err
	}
	return cause
}
