package plan

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// planTotal bounds the look at one target: thousands of objects at 50 requests
	// a second.
	planTotal = 5 * time.Minute
	// attempts at one target, the later ones five seconds apart: an API server that
	// restarts is back by then, and one that is away is named within two minutes.
	attempts = 8
	// servedPatience is how long a target's queue may be without workers.
	servedPatience = 30 * time.Second
)

// Plan tries a release on every target of an environment, side by side. One that
// does not answer is named in the result.
//
// It fails when there is no such release, or none for the environment.
func Plan(ctx workflow.Context, in Input) (Result, error) {
	if err := in.Validate(); err != nil {
		return Result{}, temporal.NewNonRetryableApplicationError("plan: "+err.Error(), InvalidInput, nil)
	}
	p := &plan{in: in}
	if err := p.listen(ctx); err != nil {
		return Result{}, err
	}
	result, err := p.run(ctx)
	if err != nil && !temporal.IsCanceledError(err) {
		return Result{}, failure(err)
	}
	return result, err
}

// plan is the state of one run.
type plan struct {
	in    Input
	phase string
	// release is what the bundle says of the environment.
	release bundle.Plan
	// excluded are the targets of the release that are left alone.
	excluded []string
	lines    []TargetStatus
}

// run is the story of a plan.
func (p *plan) run(ctx workflow.Context) (Result, error) {
	step.Tag(ctx, step.StackAttribute.ValueSet(p.in.Stack), step.EnvironmentAttribute.ValueSet(p.in.Environment))
	p.enter(ctx, PhaseReading)
	if err := p.read(ctx); err != nil {
		return Result{}, err
	}
	step.Tag(ctx, step.VersionAttribute.ValueSet(p.release.Version), step.ClusterAttribute.ValueSet(p.release.Targets))
	p.enter(ctx, PhaseComparing)
	targets := p.compare(ctx)
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	result := Result{
		Stack: p.in.Stack, Environment: p.in.Environment, Version: p.release.Version, Bundle: p.in.Bundle,
		From: p.in.From, FromVersion: p.in.FromVersion,
		Verdict: worst(targets), Message: sentence(targets), Targets: grouped(targets), Excluded: p.excluded,
	}
	p.enter(ctx, string(result.Verdict))
	return result, nil
}

// read finds the release, what it has for the environment, and what runs there.
func (p *plan) read(ctx workflow.Context) error {
	var bundles *bundle.Activities
	if p.in.Bundle.IsZero() {
		found, err := step.Call[bundle.FoundRelease](ctx, step.Read("find release "+p.in.Version), bundles.FindRelease,
			bundle.FindReleaseInput{Repository: p.in.Repository, Version: p.in.Version})
		switch {
		case err != nil:
			return err
		case found.Bundle.IsZero():
			return temporal.NewNonRetryableApplicationError(neverAssembled(p.in), InvalidInput, nil)
		}
		p.in.Bundle = found.Bundle
	}
	var err error
	p.release, err = step.Call[bundle.Plan](ctx, step.Read("read the bundle"), bundles.ReadPlan,
		bundle.ReadPlanInput{Bundle: p.in.Bundle, Environment: p.in.Environment})
	switch {
	case err != nil:
		return err
	case p.release.Stack != p.in.Stack:
		return temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("bundle %s is of stack %q, not of %q", p.in.Bundle, p.release.Stack, p.in.Stack), InvalidInput, nil)
	}
	p.release.Targets, p.excluded = without(p.release.Targets, p.in.Exclude)
	if !p.in.From.IsZero() {
		return nil
	}
	current, err := step.Call[bundle.Current](ctx, step.Read("what the registry says of "+p.in.Environment), bundles.FindCurrent,
		bundle.FindCurrentInput{Repository: p.in.Repository, Environment: p.in.Environment})
	p.in.From, p.in.FromVersion = current.Bundle, current.Version
	return err
}

func neverAssembled(in Input) string {
	return fmt.Sprintf("version %s of %s was never assembled: %s has no such tag. Release it first, with starter release --tag or --commit:"+
		" that builds the images and stores the release before any environment is asked", in.Version, in.Stack, in.Repository)
}

// compare looks at all targets, and waits for all.
func (p *plan) compare(ctx workflow.Context) []Target {
	targets := make([]Target, len(p.release.Targets))
	for _, name := range p.release.Targets {
		p.lines = append(p.lines, TargetStatus{Target: name, State: PhaseComparing})
	}
	p.show(ctx)
	until := workflow.Now(ctx).Add(planTotal)
	group := workflow.NewWaitGroup(ctx)
	for i, name := range p.release.Targets {
		group.Add(1)
		workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
			defer group.Done()
			targets[i] = p.compareTarget(ctx, name, until)
			p.lines[i].State = string(targets[i].Verdict)
			p.show(ctx)
		})
	}
	group.Wait(ctx)
	return targets
}

func (p *plan) compareTarget(ctx workflow.Context, target string, until time.Time) Target {
	var activities *workload.Activities
	found, err := step.CallOn[workload.TargetPlan](ctx, workload.Queue(target), until, servedPatience, activities.PlanTarget,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			options := step.Watch("plan for "+target, left)
			options.RetryPolicy.MaximumAttempts = attempts
			return options, workload.PlanTargetInput{
				Subject: workload.Subject{
					Stack: p.in.Stack, Environment: p.in.Environment, Target: target, Namespace: p.release.Namespace, Bundle: p.in.Bundle,
				},
				Base: p.in.From,
			}
		})
	if err != nil {
		return unanswered(target, step.Reason(err))
	}
	return judged(target, found)
}

// failure turns the error of a step into the error of the workflow.
func failure(err error) error {
	kind := step.Code(err)
	if kind == "" {
		kind = "Unavailable"
	}
	return temporal.NewNonRetryableApplicationError(step.Reason(err), kind, nil)
}
