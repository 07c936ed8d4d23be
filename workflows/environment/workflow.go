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
	// firstRetry is how long to wait for a rollout that an earlier run of the
	// Environment left behind and that is still restoring; it doubles up to longRetry.
	firstRetry = 5 * time.Second
	// longRetry is how long to wait before something is tried again that does not
	// mend itself: each try is a few events of a history that must last for months.
	longRetry = 10 * time.Minute
	// lastRecord is how long a cancelled Environment tries to record what runs and
	// to send its pages.
	lastRecord = 2 * time.Minute
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
	// child is the rollout of the running wish, once it has started.
	child workflow.ChildWorkflowFuture
	// givenUp is set when the running wish is aborted before its rollout has started.
	givenUp *rollout.Control
	outbox  []letter
	// leaving is set when this run ends, so that no message waits in it any more.
	leaving bool
	trouble string
}

// run is the story of an environment.
func (e *environment) run(ctx workflow.Context) error {
	// Telling and recording go on when the Environment is cancelled.
	lasting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	workflow.Go(lasting, e.deliver)
	workflow.Go(lasting, e.page)
	if !e.state.Recovered {
		err := e.recover(ctx)
		switch {
		case workflow.IsContinueAsNewError(err):
			return err
		case err != nil:
			return e.close(ctx, err)
		}
	}
	workflow.Go(lasting, e.keepRecorded)
	for {
		e.show(ctx)
		err := workflow.Await(ctx, func() bool { return len(e.state.Queue) > 0 || full(ctx) || ctx.Err() != nil })
		switch {
		case err != nil:
			return e.close(ctx, err)
		case ctx.Err() != nil:
			return e.close(ctx, ctx.Err())
		case full(ctx):
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
		e.trouble = "reading from the registry what runs here"
		e.show(ctx)
		current, err := step.Call[bundle.Current](ctx, step.Insist("what runs in "+e.in.Environment),
			activities.FindCurrent, bundle.FindCurrentInput{Repository: e.in.Repository, Environment: e.in.Environment})
		if err == nil {
			e.recovered(ctx, current)
			return nil
		}
		if err := e.wait(ctx, "reading from the registry what runs here: "+step.Reason(err), longRetry); err != nil {
			return err
		}
		if full(ctx) {
			return e.handOver(ctx)
		}
	}
}

func (e *environment) recovered(ctx workflow.Context, current bundle.Current) {
	e.trouble, e.state.Recovered = "", true
	if current.Bundle.IsZero() {
		return
	}
	record := Record{
		Ticket: "recovered", Version: current.Version, Commit: current.Commit, Bundle: current.Bundle,
		Verdict: rollout.Released, Reason: "read from the registry", Ended: workflow.Now(ctx),
	}
	e.state.remember(record)
	e.state.released(record, false)
	e.state.Recorded = true
}

// keepRecorded makes the tag env-<environment> follow what runs. A registry that
// is away keeps nothing waiting and loses nothing: the state here is the truth.
func (e *environment) keepRecorded(ctx workflow.Context) {
	var activities *bundle.Activities
	for {
		if err := workflow.Await(ctx, e.unrecorded); err != nil {
			return
		}
		current := *e.state.Current
		err := workflow.ExecuteActivity(
			workflow.WithActivityOptions(ctx, step.Insist("record that "+e.in.Environment+" runs "+current.Version)),
			activities.RecordCurrent, bundle.RecordCurrentInput{Bundle: current.Bundle, Environment: e.in.Environment},
		).Get(ctx, nil)
		if err == nil {
			// Another release may have come in the meantime.
			e.state.Recorded = e.state.Current.Bundle == current.Bundle
			continue
		}
		if err := e.wait(ctx, "recording what runs here: "+step.Reason(err), longRetry); err != nil {
			return
		}
	}
}

func (e *environment) unrecorded() bool { return e.state.Current != nil && !e.state.Recorded }

func (e *environment) wait(ctx workflow.Context, trouble string, d time.Duration) error {
	e.trouble = trouble
	e.show(ctx)
	err := workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: trouble}).Get(ctx, nil)
	e.trouble = ""
	return err
}

// serve does what a wish asks for and gives the result.
func (e *environment) serve(ctx workflow.Context, wish Deploy) rollout.Result {
	if settled := e.state.settled(wish); settled != nil {
		settled.Ended = workflow.Now(ctx)
		return *settled
	}
	e.running, e.givenUp = &wish, nil
	defer func() { e.running, e.child = nil, nil }()
	e.show(ctx)

	child, end := e.start(ctx, wish)
	if end != nil {
		return *end
	}
	e.child = child
	var result rollout.Result
	if err := child.Get(ctx, &result); err != nil {
		return rollout.Result{
			Verdict: rollout.Stuck, Why: rollout.WhyError, Ended: workflow.Now(ctx),
			Message: fmt.Sprintf("the rollout ended without a verdict (%s), so what runs is unknown: deploy or roll back to make it known", step.Reason(err)),
		}
	}
	return result
}

// start starts the rollout of a wish. If one of an earlier run is still
// restoring, it waits for its end.
func (e *environment) start(ctx workflow.Context, wish Deploy) (workflow.ChildWorkflowFuture, *rollout.Result) {
	notStarted := func(why, message string) *rollout.Result {
		return &rollout.Result{Verdict: rollout.NotStarted, Why: why, Message: message, Ended: workflow.Now(ctx)}
	}
	for pause := firstRetry; ; pause = min(2*pause, longRetry) {
		child := e.roll(ctx, wish)
		err := child.GetChildWorkflowExecution().Get(ctx, nil)
		switch {
		case err == nil:
			return child, nil
		case temporal.IsCanceledError(err):
			return nil, notStarted(rollout.WhyAborted, "the environment's workflow was cancelled")
		case !temporal.IsWorkflowExecutionAlreadyStartedError(err):
			return nil, notStarted(rollout.WhyError, "starting the rollout: "+step.Reason(err))
		}
		e.trouble = "an earlier rollout is still restoring"
		e.show(ctx)
		_, err = workflow.AwaitWithTimeout(ctx, pause, func() bool { return e.givenUp != nil })
		e.trouble = ""
		switch {
		case err != nil:
			return nil, notStarted(rollout.WhyAborted, "the environment's workflow was cancelled")
		case e.givenUp != nil:
			return nil, notStarted(rollout.WhyAborted, e.givenUp.String())
		}
	}
}

func (e *environment) roll(ctx workflow.Context, wish Deploy) workflow.ChildWorkflowFuture {
	in := rollout.Input{
		Stack: e.in.Stack, Environment: e.in.Environment, Ticket: wish.Ticket,
		To: wish.Bundle, Version: wish.Version, By: wish.By, Reason: wish.Reason,
	}
	if current := e.state.Current; current != nil {
		in.From, in.FromVersion = current.Bundle, current.Version
	}
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
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
}

// finish writes down how a wish ended and tells who asked.
func (e *environment) finish(ctx workflow.Context, wish Deploy, result rollout.Result) {
	record := Record{
		Ticket: wish.Ticket, Version: wish.Version, Commit: wish.Commit, Bundle: wish.Bundle,
		By: wish.By, Reason: wish.Reason,
		Verdict: result.Verdict, Why: result.Why, Message: result.Message, Ended: workflow.Now(ctx),
	}
	e.state.remember(record)
	switch {
	case result.Verdict == rollout.Stuck:
		e.state.Unknown = true
		e.state.Pages = append(e.state.Pages, e.stuckPage(wish, result))
	case result.Verdict != rollout.Released:
	case e.state.Unknown || e.state.Current == nil || e.state.Current.Bundle != wish.Bundle:
		e.state.released(record, wish.Rollback)
	}
	if wish.Release != "" {
		e.outbox = append(e.outbox, letter{to: wish.Release, outcome: Outcome{
			Ticket: wish.Ticket, Environment: e.in.Environment, Result: result,
		}})
	}
}

// handOver starts the next run with the state of this one, once nothing is under way.
func (e *environment) handOver(ctx workflow.Context) error {
	e.leaving = true
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) && len(e.outbox) == 0 })
	if err != nil {
		return e.close(ctx, err)
	}
	e.in.State = &e.state
	return workflow.NewContinueAsNewError(ctx, Environment, e.in)
}

// close ends a cancelled Environment: what waits is told that it was not started.
func (e *environment) close(ctx workflow.Context, cause error) error {
	e.leaving = true
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
	// Best effort: whoever starts the Environment again reads the tag.
	_, _ = workflow.AwaitWithTimeout(ctx, lastRecord, func() bool { return !e.unrecorded() && len(e.state.Pages) == 0 })
	return cause
}
