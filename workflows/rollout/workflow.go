package rollout

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Rollout moves an environment to a release, wave by wave over all its targets,
// and brings everything back when anything is wrong.
//
// It refuses to run by itself: the Environment is the one door.
func Rollout(ctx workflow.Context, in Input) (Result, error) {
	if err := in.Validate(); err != nil {
		return Result{}, temporal.NewNonRetryableApplicationError("rollout: "+err.Error(), "InvalidInput", nil)
	}
	if workflow.GetInfo(ctx).ParentWorkflowExecution == nil {
		return Result{}, temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("a rollout is started by its environment only: send the update deploy or rollback to environment/%s/%s", in.Stack, in.Environment),
			"InvalidInput", nil)
	}
	r := &rollout{in: in, snapshots: map[string]workload.Snapshot{}}
	forward, err := r.setup(ctx)
	if err != nil {
		return Result{}, err
	}
	return r.run(ctx, forward), nil
}

// rollout is the state of one run.
type rollout struct {
	in        Input
	plan      bundle.Plan
	snapshots map[string]workload.Snapshot
	epoch     int64
	// touched are the stages that may have been written to, in order.
	touched []stage
	// hooked is set when a hook has begun, crossed names the first of them that
	// allows no way back.
	hooked  bool
	crossed string
	board   board
	// stopped is set when somebody asked to stop, paused while somebody has paused.
	stopped *Control
	paused  *Control
	began   time.Time
	decided time.Time
}

// setup makes the rollout answer and listen. The returned context ends when the
// rollout has to stop going forward.
func (r *rollout) setup(ctx workflow.Context) (workflow.Context, error) {
	r.board.version, r.board.fromVersion = r.in.Version, r.in.FromVersion
	if err := workflow.SetQueryHandler(ctx, StatusQuery, func() (Status, error) { return r.board.status(), nil }); err != nil {
		return nil, fmt.Errorf("registering the status query: %w", err)
	}
	return r.listen(ctx), nil
}

// run is the story of a rollout.
func (r *rollout) run(ctx, forward workflow.Context) Result {
	r.board.enter(ctx, PhaseChecking)
	if end := r.prepare(ctx, forward); end != nil {
		return r.notStarted(ctx, *end)
	}

	r.began = workflow.Now(ctx)
	r.board.enter(ctx, PhaseMoving)
	switch end := r.moveAll(ctx, forward); {
	case end == nil:
	case r.untouched():
		return r.notStarted(ctx, *end)
	default:
		return r.undo(ctx, *end)
	}
	r.hold(ctx, forward)
	// A wish to stop that came with the last news is still in time.
	if err := forward.Err(); err != nil {
		return r.undo(ctx, *r.ended(err, "deciding"))
	}
	r.decided = workflow.Now(ctx)

	r.board.enter(ctx, PhasePruning)
	r.prune(ctx)
	return r.released(ctx)
}

// prepare reads the plan, records what is live and checks everything that can
// be checked before the first write.
func (r *rollout) prepare(ctx, forward workflow.Context) *ending {
	if end := r.readPlan(forward); end != nil {
		return end
	}
	if end := r.takeSnapshots(forward); end != nil {
		return end
	}
	if end := r.check(forward); end != nil {
		return end
	}
	return r.checkConfig(ctx, forward)
}

// moveAll goes through all stages, and the hooks around them.
func (r *rollout) moveAll(ctx, forward workflow.Context) *ending {
	if end := r.runHooks(ctx, forward, stack.Before, nil); end != nil {
		return end
	}
	for _, next := range stages(r.plan) {
		if end := r.runHooks(ctx, forward, stack.Before, &next); end != nil {
			return end
		}
		if end := r.move(ctx, forward, next); end != nil {
			return end
		}
		if end := r.runHooks(ctx, forward, stack.After, &next); end != nil {
			return end
		}
	}
	return r.runHooks(ctx, forward, stack.After, nil)
}

// move takes the services of one stage to the new release. It returns when all
// are healthy, or when one is not and no step is running any more.
func (r *rollout) move(ctx, forward workflow.Context, next stage) *ending {
	r.hold(ctx, forward)
	if err := forward.Err(); err != nil {
		return r.ended(err, "starting the next wave")
	}
	if end := r.refuseBanned(forward); end != nil {
		return end
	}
	// A wish to stop that came together with the answer is still in time.
	hearOut(ctx)
	if err := forward.Err(); err != nil {
		return r.ended(err, "starting the next wave")
	}
	// Before the first write: whatever happens from here on, this stage is undone.
	r.touched = append(r.touched, next)
	r.board.startWave(ctx, next)

	deadline := workflow.Now(ctx).Add(time.Duration(r.plan.Deadline))
	end := r.onTargets(forward, next.targets, func(ctx workflow.Context, target string) *ending {
		return r.moveTarget(ctx, target, next.services, deadline)
	})
	r.board.show(ctx)
	return end
}

// onTargets does one thing on some targets side by side. The first that cannot
// go on stops the others, and all are waited for.
func (r *rollout) onTargets(ctx workflow.Context, targets []string, do func(workflow.Context, string) *ending) *ending {
	ctx, stop := workflow.WithCancel(ctx)
	defer stop()
	var first *ending
	group := workflow.NewWaitGroup(ctx)
	for _, target := range targets {
		group.Add(1)
		workflow.GoNamed(ctx, target, func(ctx workflow.Context) {
			defer group.Done()
			if end := do(ctx, target); end != nil && first == nil {
				first = end
				stop()
			}
		})
	}
	// The wait must outlast a cancellation: steps that write are still running then.
	waiting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	group.Wait(waiting)
	return first
}

// subject names what a step on a target is about.
func (r *rollout) subject(target string, services []string) workload.Subject {
	return workload.Subject{
		Stack:       r.in.Stack,
		Environment: r.in.Environment,
		Target:      target,
		Namespace:   r.plan.Namespace,
		Bundle:      r.in.To,
		Epoch:       r.epoch,
		Services:    services,
	}
}

// prune deletes what the new release no longer names. What cannot be deleted
// now is named in the message and does no harm to the release.
func (r *rollout) prune(ctx workflow.Context) {
	if r.in.From.IsZero() {
		return
	}
	var activities *workload.Activities
	for _, target := range r.plan.Targets {
		_, err := step.CallOn[workload.PruneResult](ctx, workload.Queue(target), workflow.Now(ctx).Add(pruneTotal), pruneTotal, activities.PruneTarget,
			func(left time.Duration) (workflow.ActivityOptions, any) {
				return step.Write("prune "+target, left), workload.PruneTargetInput{Subject: r.subject(target, nil), Base: r.in.From}
			})
		if err != nil {
			r.board.note(fmt.Sprintf("objects that %s no longer names were left on %s: %s", r.in.Version, target, step.Reason(err)))
		}
	}
}
