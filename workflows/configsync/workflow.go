package configsync

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

// ConfigSync plans, applies or looks for drift in one environment, or in all of
// a stack.
//
// It fails when ref or config are wrong. What an environment makes of a wish is
// a result. Cancelling it takes back what it has asked for.
func ConfigSync(ctx workflow.Context, in Input) (Result, error) {
	in.SetDefaults()
	if err := in.Validate(); err != nil {
		return Result{}, temporal.NewNonRetryableApplicationError("configsync: "+err.Error(), InvalidInput, nil)
	}
	s := &sync{in: in}
	if in.State != nil {
		s.state = *in.State
	}
	if err := s.listen(ctx); err != nil {
		return Result{}, err
	}
	return s.run(ctx)
}

// sync is the state of one run.
type sync struct {
	in    Input
	state State
	phase string
	// lines are the environments as they are shown.
	lines []*EnvironmentStatus
	door  *environment.Door
}

// run is the story of a ConfigSync.
func (s *sync) run(ctx workflow.Context) (Result, error) {
	environments, err := s.work(ctx)
	switch {
	case err == nil:
		return s.result(ctx, environments), nil
	case workflow.IsContinueAsNewError(err):
		return Result{}, err
	case ctx.Err() != nil && s.in.Mode == Apply && s.in.Environment != "":
		return s.givenUp(ctx), nil
	default:
		return Result{}, step.Failure(err)
	}
}

func (s *sync) work(ctx workflow.Context) ([]Environment, error) {
	if s.in.Environment != "" {
		s.lines = []*EnvironmentStatus{{Environment: s.in.Environment}}
	}
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	if s.in.Environment == "" {
		err := s.fanOut(ctx)
		return s.state.Environments, err
	}
	done, err := s.one(ctx)
	return []Environment{done}, err
}

// read finds out what the ref names, once for all runs.
func (s *sync) read(ctx workflow.Context) error {
	step.Tag(ctx, step.StackAttribute.ValueSet(s.in.Stack))
	if s.in.Environment != "" {
		step.Tag(ctx, step.EnvironmentAttribute.ValueSet(s.in.Environment))
	}
	s.enter(ctx, PhaseReading)
	if s.state.Source != nil {
		return nil
	}
	var configs *config.Activities
	source, err := step.Call[config.Stack](ctx, step.Read("read slipway.yaml at "+s.refName()), configs.ReadStack,
		config.ReadStackInput{Stack: s.in.Stack, Repository: s.in.Repository, Ref: s.in.Ref})
	if err != nil {
		return err
	}
	s.state.Source = &source
	return nil
}

func (s *sync) refName() string {
	if s.in.Ref == "" {
		return "the default branch"
	}
	return s.in.Ref
}

// one does the work for one environment.
func (s *sync) one(ctx workflow.Context) (Environment, error) {
	s.enter(ctx, PhaseComparing)
	current, err := environment.FindCurrent(ctx, s.receiver())
	switch {
	case err != nil:
		return Environment{}, err
	case current.Bundle.IsZero():
		return Environment{
			Environment: s.in.Environment, Verdict: Empty,
			Message: "nothing has been released to " + s.in.Environment + " yet: release a version first",
		}, nil
	}
	step.Tag(ctx, step.VersionAttribute.ValueSet(current.Version))
	if s.in.Mode == Drift {
		return s.drift(ctx, current)
	}
	return s.plan(ctx, current)
}

func (s *sync) receiver() environment.Input {
	return environment.Input{Stack: s.in.Stack, Environment: s.in.Environment, Repository: s.state.Source.BundleRepository}
}

// plan compares the config of the commit with that of the release that runs,
// and asks for what differs when it is to be applied.
func (s *sync) plan(ctx workflow.Context, current environment.Current) (Environment, error) {
	var configs *config.Activities
	plan, err := step.Call[config.Plan](ctx, step.Read("compare the config with "+current.Version), configs.PlanConfig,
		config.PlanConfigInput{
			Stack: s.in.Stack, Repository: s.in.Repository, Commit: s.state.Source.Commit, Environment: s.in.Environment,
			Current: current.Bundle, ConfigOnly: s.in.Mode == Apply,
		})
	if err != nil {
		return Environment{}, err
	}
	done := planned(s.in.Environment, plan)
	if s.in.Mode == Plan || done.Verdict == Unchanged {
		return done, nil
	}
	return s.apply(ctx, current, done)
}

// apply makes a config-only release and hands it to the environment.
func (s *sync) apply(ctx workflow.Context, current environment.Current, done Environment) (Environment, error) {
	s.enter(ctx, PhaseAssembling)
	var bundles *bundle.Activities
	assembled, err := step.Call[bundle.AssembledConfig](ctx, step.Read("store the bundle"), bundles.AssembleConfig,
		bundle.AssembleConfigInput{Source: s.in.Repository, Commit: s.state.Source.Commit, Current: current.Bundle})
	if err != nil {
		return Environment{}, err
	}
	done.Version, done.Bundle = assembled.Version, &assembled.Bundle
	step.Tag(ctx, step.VersionAttribute.ValueSet(assembled.Version))
	info := workflow.GetInfo(ctx).WorkflowExecution
	s.ask(ctx, &done, assembled.Version, environment.DeployDoor(ctx, s.receiver(), environment.Deploy{
		Ticket: Ticket(info.ID, info.RunID), Bundle: assembled.Bundle, Version: assembled.Version,
		Commit: s.state.Source.Commit, Channel: assembled.Channel, From: current.Bundle.Digest, By: s.in.By, Reason: "config sync",
	}))
	return done, nil
}

// ask takes a wish through the door of the environment.
func (s *sync) ask(ctx workflow.Context, done *Environment, version string, door *environment.Door) {
	s.door = door
	s.lines[0].Version = version
	s.enter(ctx, PhaseDeploying)
	environment.Pass(ctx, []*environment.Door{door}, s.show)
	done.answered(*door.Outcome())
}
