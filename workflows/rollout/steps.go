package rollout

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
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
	plan, err := step.Call[bundle.Plan](ctx, step.Read("read the bundle of "+r.in.Version), 0,
		activities.ReadPlan, bundle.ReadPlanInput{Bundle: r.in.To, Environment: r.in.Environment})
	if err != nil {
		return r.ended(err, "reading the bundle")
	}
	r.plan = plan
	r.board.plan(plan)
	step.Tag(ctx, step.ClusterAttribute.ValueSet(plan.Targets))
	return nil
}

func (r *rollout) takeSnapshots(ctx workflow.Context) *ending {
	var activities *workload.Activities
	seen := int64(0)
	end := r.onTargets(ctx, func(ctx workflow.Context, target string) *ending {
		snapshot, err := step.Call[workload.Snapshot](ctx,
			step.Write(workload.Queue(target), "snapshot of "+target, checkTotal), servedPatience,
			activities.TakeSnapshot, workload.TakeSnapshotInput{Subject: r.subject(target, nil), Base: r.in.From})
		if err != nil {
			return r.ended(err, fmt.Sprintf("recording what runs on %s", target))
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
	end := r.onTargets(ctx, func(ctx workflow.Context, target string) *ending {
		result, err := step.Call[workload.CheckResult](ctx,
			step.Write(workload.Queue(target), "dry run on "+target, checkTotal), servedPatience,
			activities.CheckTarget, workload.CheckTargetInput{Subject: r.subject(target, nil)})
		if err != nil {
			return r.ended(err, fmt.Sprintf("checking %s", target))
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
	left := deadline.Sub(workflow.Now(ctx))
	r.board.set(target, wave, StateApplying)
	_, err := step.Call[workload.ApplyResult](ctx,
		step.Write(workload.Queue(target), fmt.Sprintf("apply %s to %s", list(wave), target), left), left,
		activities.ApplyWave, workload.ApplyWaveInput{
			Subject:  r.subject(target, wave),
			Snapshot: r.snapshots[target].Reference,
		})
	if err != nil {
		return r.ended(err, fmt.Sprintf("applying %s to %s", list(wave), target))
	}

	r.board.set(target, wave, StateWatching)
	left = max(deadline.Sub(workflow.Now(ctx)), time.Second)
	seen, err := step.Call[workload.WatchResult](ctx,
		step.Watch(workload.Queue(target), fmt.Sprintf("wait for %s on %s", list(wave), target), left), left,
		activities.WatchWave, workload.WatchWaveInput{
			Subject:  r.subject(target, wave),
			Deadline: duration(left),
		})
	if err != nil {
		return r.ended(err, fmt.Sprintf("watching %s on %s", list(wave), target))
	}
	r.board.saw(target, seen)
	return judge(target, seen)
}
