package environment

import (
	"time"

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
	running *Wish
	// over is the result of the running wish, once there is one.
	over *rollout.Result
	// child is the rollout of the running wish, once it has started; told is what
	// it was told last.
	child workflow.ChildWorkflowFuture
	told  rollout.Control
	// paused is set while somebody has paused the running wish, givenUp when it was
	// aborted before its rollout has started.
	paused  *rollout.Control
	givenUp *rollout.Control
	// finding is what is being found out, verifying is set while a release is.
	finding   []missing
	verifying bool
	// words counts how often it was heard that an rc is verified.
	words int
	// stirred is set when something has happened that the next turn depends on.
	stirred bool
	phase   string
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
	e.hear(lasting)
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
		e.stirred = false
		e.state.melt(workflow.Now(ctx))
		if e.over != nil {
			e.finishRunning(ctx)
		}
		next := e.state.next(workflow.Now(ctx), e.running)
		switch {
		case ctx.Err() != nil:
			return e.close(ctx, ctx.Err())
		case next.end != nil:
			e.end(ctx, *next.end, next.result)
			continue
		case full(ctx) && e.idle():
			return e.handOver(ctx)
		case next.serve != nil && !full(ctx):
			e.serve(ctx, *next.serve)
			continue
		case e.verify(ctx):
			continue
		}
		if !full(ctx) || e.running != nil {
			for _, what := range next.missing {
				e.find(ctx, what)
			}
		}
		e.steer(ctx)
		e.show(ctx)
		e.await(ctx, next.until)
	}
}

// idle tells whether nothing is under way that a new run would lose sight of.
func (e *environment) idle() bool {
	return e.running == nil && !e.verifying && len(e.finding) == 0
}

// stir makes the Environment look again at what to do.
func (e *environment) stir() { e.stirred = true }

// await waits until something has happened, or a moment has come.
func (e *environment) await(ctx workflow.Context, until time.Time) {
	something := func() bool { return e.stirred || e.over != nil || ctx.Err() != nil || full(ctx) && e.idle() }
	if until.IsZero() {
		_ = workflow.Await(ctx, something)
		return
	}
	_, _ = workflow.AwaitWithTimeout(ctx, max(until.Sub(workflow.Now(ctx)), time.Second), something)
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
		if err := e.wait(ctx, "reading from the registry what runs here: "+step.Reason(err)); err != nil {
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
		if err := e.wait(ctx, "recording what runs here: "+step.Reason(err)); err != nil {
			return
		}
	}
}

func (e *environment) unrecorded() bool { return e.state.Current != nil && !e.state.Recorded }

// rest is wait for what the next run can try as well: it does not keep one whose
// history is full from handing over.
func (e *environment) rest(ctx workflow.Context, trouble string) error {
	e.trouble = trouble
	e.show(ctx)
	_, err := workflow.AwaitWithTimeout(ctx, longRetry, func() bool { return full(ctx) && e.running == nil })
	e.trouble = ""
	return err
}

// wait waits before something is tried again that does not mend itself, and says why.
func (e *environment) wait(ctx workflow.Context, trouble string) error {
	e.trouble = trouble
	e.show(ctx)
	err := workflow.NewTimerWithOptions(ctx, longRetry, workflow.TimerOptions{Summary: trouble}).Get(ctx, nil)
	e.trouble = ""
	return err
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

// close ends a cancelled Environment: what runs is waited for, and what waits is
// told that it was not started.
func (e *environment) close(ctx workflow.Context, cause error) error {
	e.leaving = true
	ctx, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	if e.running != nil {
		if err := workflow.Await(ctx, func() bool { return e.over != nil }); err != nil {
			return err
		}
		e.finishRunning(ctx)
	}
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
