package configsync

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// window is how many targets, or environments, are looked at side by side.
	window = 10
	// compareTotal bounds the comparison of one target: thousands of objects at 50
	// requests a second.
	compareTotal = 10 * time.Minute
	// servedPatience is how long a target's queue may be without workers.
	servedPatience = 30 * time.Second
	// reconcileDrift is what slipway.yaml says of environments that are to be put right.
	reconcileDrift = "reconcile"
)

// drift compares the targets with the release that is recorded, and asks for a
// reconcile if something differs, the environment says so and every target was
// compared. One that cannot be reached keeps no other from being looked at.
func (s *sync) drift(ctx workflow.Context, current environment.Current) (Environment, error) {
	if current.Running != "" {
		return s.busy(current), nil
	}
	var bundles *bundle.Activities
	plan, err := step.Call[bundle.Plan](ctx, step.Read("read the bundle of "+current.Version), bundles.ReadPlan,
		bundle.ReadPlanInput{Bundle: current.Bundle, Environment: s.in.Environment})
	if err != nil {
		return Environment{}, err
	}
	step.Tag(ctx, step.ClusterAttribute.ValueSet(plan.Targets))
	if err := s.compare(ctx, current, plan); err != nil {
		return Environment{}, err
	}
	// A rollout that began meanwhile is no drift.
	now, err := environment.FindCurrent(ctx, s.receiver())
	switch {
	case err != nil:
		return Environment{}, err
	case now.Running != "" || now.Bundle != current.Bundle:
		return s.busy(now), nil
	}
	done := compared(s.in.Environment, s.state.Drift)
	switch {
	case done.Verdict != Drifted || plan.Drift != reconcileDrift:
		return done, nil
	case len(s.lines[0].NotCompared) > 0:
		// A rollout checks every target before it touches one, and would be refused.
		done.Message += "; nothing is put right until all targets can be compared"
		return done, nil
	}
	info := workflow.GetInfo(ctx).WorkflowExecution
	s.ask(ctx, &done, current.Version, environment.ReconcileDoor(ctx, s.receiver(), environment.Reconcile{
		Ticket: Ticket(info.ID, info.RunID), Digest: current.Bundle.Digest, By: s.in.By, Reason: done.Message,
	}))
	return done, nil
}

func (s *sync) busy(current environment.Current) Environment {
	version := current.Running
	if version == "" {
		version = current.Version
	}
	return Environment{
		Environment: s.in.Environment, Verdict: Busy,
		Message: "a rollout of " + version + " came in between; compare again when it has ended",
	}
}

// compare looks at the targets, a window at a time. A history that gets long is
// continued by the next run, which compares what is left.
func (s *sync) compare(ctx workflow.Context, current environment.Current, plan bundle.Plan) error {
	if s.state.Drift == nil || s.state.Drift.Version != current.Version {
		s.state.Drift = &DriftFound{Version: current.Version}
	}
	found := s.state.Drift
	for len(found.Targets) < len(plan.Targets) {
		s.count(found, plan)
		s.show(ctx)
		next := plan.Targets[len(found.Targets):min(len(found.Targets)+window, len(plan.Targets))]
		drifts, failures := s.compareWindow(ctx, current, plan, next)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for i, target := range next {
			found.add(target, drifts[i], failures[i])
		}
		if len(found.Targets) < len(plan.Targets) && workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return s.handOver(ctx)
		}
	}
	s.count(found, plan)
	return nil
}

// count puts how far the comparison is into the line of the environment.
func (s *sync) count(found *DriftFound, plan bundle.Plan) {
	line := s.lines[0]
	line.Done, line.Total, line.NotCompared = len(found.Targets), len(plan.Targets), found.notCompared()
}

// compareWindow looks at some targets side by side and gives for each what was
// found, or why nothing was.
func (s *sync) compareWindow(ctx workflow.Context, current environment.Current, plan bundle.Plan, targets []string) ([]workload.Drift, []error) {
	drifts, failures := make([]workload.Drift, len(targets)), make([]error, len(targets))
	until := workflow.Now(ctx).Add(compareTotal)
	var activities *workload.Activities
	group := workflow.NewWaitGroup(ctx)
	for i, target := range targets {
		group.Add(1)
		workflow.GoNamed(ctx, target, func(ctx workflow.Context) {
			defer group.Done()
			drifts[i], failures[i] = step.CallOn[workload.Drift](ctx, workload.Queue(target), until, servedPatience, activities.CompareTarget,
				func(left time.Duration) (workflow.ActivityOptions, any) {
					return step.Watch("compare "+target, left), workload.CompareTargetInput{Subject: workload.Subject{
						Stack: s.in.Stack, Environment: s.in.Environment, Target: target, Namespace: plan.Namespace, Bundle: current.Bundle,
					}}
				})
		})
	}
	group.Wait(ctx)
	return drifts, failures
}

// handOver starts the next run with what is known by now. No door is open and no
// child runs when it is called.
func (s *sync) handOver(ctx workflow.Context) error {
	s.in.State = &s.state
	return workflow.NewContinueAsNewError(ctx, ConfigSync, s.in)
}
