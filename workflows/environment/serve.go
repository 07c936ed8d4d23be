package environment

import (
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/rollout"
	"github.com/slipway-dev/slipway/workflows/step"
)

// serve takes a wish out of the queue and rolls it out beside everything else.
func (e *environment) serve(ctx workflow.Context, wish Wish) {
	e.take(wish.Ticket)
	if current := e.state.Current; wish.Only != "" && current != nil {
		// Level with the others is what they run by now.
		wish.Bundle, wish.Version, wish.Commit = current.Bundle, current.Version, current.Commit
	}
	e.running, e.givenUp, e.paused, e.told = &wish, nil, nil, rollout.Control{Action: rollout.Resume}
	e.show(ctx)
	workflow.GoNamed(ctx, "roll out "+wish.Version, func(ctx workflow.Context) {
		result := e.rollOut(ctx, wish)
		e.over = &result
	})
}

// take takes a wish out of the queue.
func (e *environment) take(ticket string) {
	e.state.Queue = slices.DeleteFunc(e.state.Queue, func(w Wish) bool { return w.Ticket == ticket })
}

// end ends a wish that needs no rollout.
func (e *environment) end(ctx workflow.Context, wish Wish, result rollout.Result) {
	e.take(wish.Ticket)
	result.Ended = workflow.Now(ctx)
	e.finish(ctx, wish, result)
	if result.Verdict == rollout.Released {
		e.soakAgain(ctx)
	}
}

// finishRunning ends the wish whose rollout has ended.
func (e *environment) finishRunning(ctx workflow.Context) {
	wish, result := *e.running, *e.over
	e.running, e.over, e.child, e.paused, e.givenUp = nil, nil, nil, nil, nil
	e.finish(ctx, wish, result)
}

// rollOut runs the rollout of a wish and gives its result.
func (e *environment) rollOut(ctx workflow.Context, wish Wish) rollout.Result {
	child, end := e.start(ctx, wish)
	if end != nil {
		return *end
	}
	e.child = child
	e.catchUp(ctx)
	e.stir()
	var result rollout.Result
	if err := child.Get(ctx, &result); err != nil {
		return rollout.Result{
			Verdict: rollout.Stuck, Why: rollout.WhyError, Ended: workflow.Now(ctx),
			Message: fmt.Sprintf("the rollout ended without a verdict (%s), so what runs is unknown: deploy or roll back to make it known", step.Reason(err)),
		}
	}
	return result
}

// catchUp tells a rollout that has just started that it was given up meanwhile.
func (e *environment) catchUp(ctx workflow.Context) {
	control := e.givenUp
	if control == nil {
		return
	}
	e.givenUp = nil
	if err := e.tell(ctx, *control); err != nil {
		workflow.GetLogger(ctx).Warn("giving up a rollout that has just started", "error", err)
	}
}

// start starts the rollout of a wish. If one of an earlier run is still
// restoring, it waits for its end.
func (e *environment) start(ctx workflow.Context, wish Wish) (workflow.ChildWorkflowFuture, *rollout.Result) {
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
			why := e.givenUp.Why
			if why == "" {
				why = rollout.WhyAborted
			}
			return nil, notStarted(why, e.givenUp.String())
		}
	}
}

func (e *environment) roll(ctx workflow.Context, wish Wish) workflow.ChildWorkflowFuture {
	in := rollout.Input{
		Stack: e.in.Stack, Environment: e.in.Environment, Ticket: wish.Ticket,
		To: wish.Bundle, Version: wish.Version, By: wish.By, Reason: wish.Reason, Only: wish.Only,
		Rollback: wish.Rollback,
	}
	if current := e.state.Current; current != nil {
		in.From, in.FromVersion = current.Bundle, current.Version
	}
	if !wish.Base.IsZero() {
		in.From, in.FromVersion = wish.Base, ""
	}
	for _, exclusion := range e.state.Excluded {
		if exclusion.Cluster != wish.Only {
			in.Exclude = append(in.Exclude, exclusion.Cluster)
		}
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

// steer tells the rollout that runs what it has to know, once.
func (e *environment) steer(ctx workflow.Context) {
	if e.running == nil || e.over != nil || e.givenUp != nil || e.told.Action == rollout.Abort {
		return
	}
	control := e.state.steer(e.running, e.paused, workflow.Now(ctx))
	if control == e.told || control.Action == rollout.Resume && e.told.Action == rollout.Resume {
		return
	}
	if e.child == nil && control.Action != rollout.Abort {
		return // it is told once it has started
	}
	if err := e.tell(ctx, control); err != nil {
		// The rollout has just ended, or is asked again at the next turn.
		workflow.GetLogger(ctx).Warn("steering the rollout", "error", err)
	}
}

// tell passes a control down, or keeps a rollout that has not started from it.
func (e *environment) tell(ctx workflow.Context, control rollout.Control) error {
	e.told = control
	if e.child == nil {
		e.givenUp = &control
		return nil
	}
	if err := e.child.SignalChildWorkflow(ctx, rollout.ControlSignal, control).Get(ctx, nil); err != nil {
		return fmt.Errorf("passing on that it is %s: %w", control, err)
	}
	return nil
}

// finish writes down how a wish ended and tells who asked.
func (e *environment) finish(ctx workflow.Context, wish Wish, result rollout.Result) {
	now := workflow.Now(ctx)
	record := Record{
		Ticket: wish.Ticket, Version: wish.Version, Commit: wish.Commit, Bundle: wish.Bundle,
		By: wish.By, Reason: wish.Reason,
		Verdict: result.Verdict, Why: result.Why, Message: result.Message, Ended: now,
	}
	if wish.Override != nil {
		record.Reason = "override by " + wish.Override.By + ": " + wish.Override.Reason
	}
	e.state.remember(record)
	switch {
	case result.Verdict == rollout.Stuck:
		e.state.Unknown = true
		e.disturb(ctx)
		e.state.Pages = append(e.state.Pages, e.stuckPage(wish, result))
	case result.Verdict == rollout.Restored:
		e.disturb(ctx)
	case result.Verdict != rollout.Released:
	case wish.Only != "":
		e.included(wish.Only)
	case e.state.Unknown || e.state.Current == nil || e.state.Current.Bundle != wish.Bundle:
		e.state.released(record, wish.Rollback)
		e.state.forget()
		e.soak(ctx, wish)
		if wish.Rollback && !wish.Retry {
			e.freezeAfter(ctx, wish)
		}
	}
	if wish.Release != "" {
		e.outbox = append(e.outbox, letter{to: wish.Release, outcome: Outcome{
			Ticket: wish.Ticket, Environment: e.in.Environment, Result: result,
		}})
	}
}
