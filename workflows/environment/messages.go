package environment

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
)

// listen registers everything that people and releases can say, before the
// first wait: a message that comes earlier would be refused as unknown.
func (e *environment) listen(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetQueryHandlerWithOptions(ctx, StatusQuery, e.status, workflow.QueryHandlerOptions{
			Description: "what runs, what waits and for what, and how the last rollouts ended",
		}),
		workflow.SetQueryHandlerWithOptions(ctx, CurrentQuery, e.current, workflow.QueryHandlerOptions{
			Description: "what runs, and whether a rollout is under way",
		}),
		update(ctx, DeployUpdate, "queue a release for rollout", e.deploy, e.checkDeploy),
		update(ctx, AbortUpdate, "give up what is queued or running and restore what it touched", e.abort, e.checkAbort),
		update(ctx, RollbackUpdate, "go back to a recorded release, and freeze", e.rollback, e.checkRollback),
		update(ctx, ReconcileUpdate, "roll out again what is recorded here, to undo what others changed", e.reconcile, e.checkReconcile),
		update(ctx, ApproveUpdate, "approve or reject a release that waits for it", e.approve, e.checkApprove),
		update(ctx, OverrideUpdate, "let a release that waits pass every gate", e.override, e.checkOverride),
		update(ctx, PauseUpdate, "keep the rollout that runs from its next step", e.pause, e.checkPause),
		update(ctx, ResumeUpdate, "let a rollout that is paused go on", e.resume, e.checkResume),
		update(ctx, FreezeUpdate, "keep everything from going forward", e.freeze, e.checkFreeze),
		update(ctx, ThawUpdate, "end a freeze", e.thaw, e.checkThaw),
		update(ctx, BanUpdate, "keep a release from every environment of the stack", e.ban, e.checkBan),
		update(ctx, UnbanUpdate, "lift the ban of a release", e.unban, e.checkBan),
		update(ctx, ExcludeUpdate, "take a cluster out for maintenance", e.exclude, e.checkExclude),
		update(ctx, IncludeUpdate, "bring a cluster back, level with the others", e.include, e.checkInclude),
		update(ctx, RetryUpdate, "after a stuck rollout: roll the last release out again", e.retry, e.checkUnstick),
		update(ctx, AcceptUpdate, "after a stuck rollout: take the last release for what runs", e.accept, e.checkUnstick),
	)
}

// update registers one thing that can be said, with what makes it wrong.
func update[In, Out any](ctx workflow.Context, name, description string,
	do func(workflow.Context, In) (Out, error), check func(workflow.Context, In) error,
) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, do, workflow.UpdateHandlerOptions{Description: description, Validator: check})
}

// hear takes what other environments of the stack say.
func (e *environment) hear(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		said := workflow.GetSignalChannel(ctx, VerifiedSignal)
		for {
			var commit string
			if more := said.Receive(ctx, &commit); !more {
				return
			}
			e.heard(commit)
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		said := workflow.GetSignalChannel(ctx, BannedSignal)
		for {
			var ban bundle.Ban
			if more := said.Receive(ctx, &ban); !more {
				return
			}
			e.state.learn(ban)
			e.stir()
		}
	})
}

// named finds the wish in the queue that a request means.
func (e *environment) named(versionOrDigest string) *Wish {
	i := slices.IndexFunc(e.state.Queue, func(w Wish) bool { return w.names(versionOrDigest) })
	if i < 0 {
		return nil
	}
	return &e.state.Queue[i]
}

// note writes down what somebody did.
func (e *environment) note(ctx workflow.Context, what, by, reason string) {
	e.state.Log = newest(append(e.state.Log, Entry{At: workflow.Now(ctx), What: what, By: by, Reason: reason}))
	e.stir()
}
