package rollout

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Bounds of the steps that have no deadline of their own.
const (
	// checkTotal bounds everything before the first write: nothing waits for it but people.
	checkTotal = 5 * time.Minute
	// pruneTotal bounds the deletion of objects that nobody uses any more.
	pruneTotal = 2 * time.Minute
	// servedPatience is how long a target's queue may be without workers before
	// the first write; afterwards a wave's deadline counts.
	servedPatience = 30 * time.Second
)

func (r *rollout) readPlan(ctx workflow.Context) *ending {
	var activities *bundle.Activities
	plan, err := step.Call[bundle.Plan](ctx, step.Read("read the bundle of "+r.in.Version),
		activities.ReadPlan, bundle.ReadPlanInput{Bundle: r.in.To, Environment: r.in.Environment})
	if err != nil {
		return r.ended(err, "reading the bundle")
	}
	if plan.Targets = r.in.targets(plan); len(plan.Targets) == 0 {
		return &ending{why: WhyRefused, message: "no cluster of " + r.in.Environment + " is left to move: include one that is excluded"}
	}
	plan.Hooks = r.in.hooks(plan)
	r.plan = plan
	r.board.plan(plan)
	r.board.planHooks(plan)
	step.Tag(ctx, step.ClusterAttribute.ValueSet(plan.Targets))
	return nil
}

func (r *rollout) takeSnapshots(ctx workflow.Context) *ending {
	var activities *workload.Activities
	seen := int64(0)
	until := workflow.Now(ctx).Add(checkTotal)
	end := r.onTargets(ctx, r.plan.Targets, func(ctx workflow.Context, target string) *ending {
		snapshot, err := step.CallOn[workload.Snapshot](ctx, workload.Queue(target), until, servedPatience, activities.TakeSnapshot,
			func(left time.Duration) (workflow.ActivityOptions, any) {
				return step.Watch("snapshot of "+target, left),
					workload.TakeSnapshotInput{Subject: r.subject(target, nil), Base: r.in.From}
			})
		if err != nil {
			return r.ended(err, "recording what runs on "+target)
		}
		r.snapshots[target] = snapshot
		seen = max(seen, snapshot.Epoch)
		return nil
	})
	// The clock makes epochs grow even when a target, and the highest epoch with
	// it, was lost; the highest seen makes them grow when the clock goes back.
	r.epoch = max(seen+1, workflow.Now(ctx).UnixMilli())
	return end
}

func (r *rollout) check(ctx workflow.Context) *ending {
	var activities *workload.Activities
	var problems []workload.Problem
	until := workflow.Now(ctx).Add(checkTotal)
	end := r.onTargets(ctx, r.plan.Targets, func(ctx workflow.Context, target string) *ending {
		result, err := step.CallOn[workload.CheckResult](ctx, workload.Queue(target), until, servedPatience, activities.CheckTarget,
			func(left time.Duration) (workflow.ActivityOptions, any) {
				return step.Watch("dry run on "+target, left), workload.CheckTargetInput{
					Subject: r.subject(target, nil), Base: r.in.From, Hooks: hooksOn(r.plan, target),
				}
			})
		if err != nil {
			return r.ended(err, "checking "+target)
		}
		for _, problem := range result.Problems {
			problem.Object = target + ": " + problem.Object
			problems = append(problems, problem)
		}
		return nil
	})
	if end != nil {
		return end
	}
	if len(problems) > 0 {
		return &ending{why: WhyRefused, message: refusal(problems), problems: problems}
	}
	return nil
}

// moveTarget applies a wave to one target and waits until it is healthy.
func (r *rollout) moveTarget(ctx workflow.Context, target string, wave []string, deadline time.Time) *ending {
	var activities *workload.Activities
	queue, patience := workload.Queue(target), time.Duration(r.plan.Deadline)
	r.board.set(target, wave, StateApplying)
	_, err := step.CallOn[workload.ApplyResult](ctx, queue, deadline, patience, activities.ApplyWave,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			return step.Write(fmt.Sprintf("apply %s to %s", list(wave), target), left),
				workload.ApplyWaveInput{Subject: r.subject(target, wave), Snapshot: r.snapshots[target].Reference, Base: r.in.From}
		})
	if err != nil {
		return r.ended(err, fmt.Sprintf("applying %s to %s", list(wave), target))
	}

	r.board.set(target, wave, StateWatching)
	seen, err := step.CallOn[workload.WatchResult](ctx, queue, deadline, patience, activities.WatchWave,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			return step.Watch(fmt.Sprintf("wait for %s on %s", list(wave), target), left),
				workload.WatchWaveInput{Subject: r.subject(target, wave), Deadline: stack.Duration(left)}
		})
	if err != nil {
		return r.ended(err, fmt.Sprintf("watching %s on %s", list(wave), target))
	}
	r.board.saw(target, seen)
	return judge(target, seen)
}
