package release

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/source"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Release builds what a tag or commit names and hands it to the environments
// of its channel.
//
// It fails when there is nothing to hand over: bad input, or an image that
// can't be built. From then on its end is the environments' verdict, a result.
// Cancelling it is an abort, whose end is a result at any time.
func Release(ctx workflow.Context, in Input) (Result, error) {
	if err := in.Validate(); err != nil {
		return Result{}, temporal.NewNonRetryableApplicationError("release: "+err.Error(), InvalidInput, nil)
	}
	r := &release{in: in, images: map[string]*ImageStatus{}}
	if err := r.listen(ctx); err != nil {
		return Result{}, err
	}
	return r.run(ctx)
}

// release is the state of one run.
type release struct {
	in     Input
	plan   source.ReleasePlan
	phase  string
	images map[string]*ImageStatus
	// tested is the rc whose images are taken, zero when images are built.
	tested bundle.Candidate
	bundle bundle.Reference
	doors  []*environment.Door
}

// run is the story of a release.
func (r *release) run(ctx workflow.Context) (Result, error) {
	for _, prepare := range []func(workflow.Context) error{r.read, r.findTested, r.build, r.assemble} {
		err := prepare(ctx)
		switch {
		case temporal.IsCanceledError(ctx.Err()):
			return r.givenUp(ctx), nil
		case err != nil:
			return Result{}, err
		}
	}
	r.deploy(ctx)
	return r.result(ctx), nil
}

// read resolves tag or commit and refuses, before anything is built, what is
// wrong with it: slipway.yaml, manifests, a tag that was moved.
func (r *release) read(ctx workflow.Context) error {
	r.enter(ctx, PhaseReading)
	var sources *source.Activities
	plan, err := step.Call[source.ReleasePlan](ctx, step.Read("read "+r.in.Tag+r.in.Commit),
		sources.ReadRelease, source.ReadReleaseInput{
			Stack: r.in.Stack, Repository: r.in.Repository, Tag: r.in.Tag, Commit: r.in.Commit,
		})
	if err != nil {
		return step.Failure(err)
	}
	r.plan = plan
	if id := workflow.GetInfo(ctx).WorkflowExecution.ID; id != ID(plan.Stack, plan.Version) {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf(
			"this workflow has the ID %q; start it with the ID %q, which keeps the release from running twice", id, ID(plan.Stack, plan.Version)),
			InvalidInput, nil)
	}
	step.Tag(ctx, step.StackAttribute.ValueSet(plan.Stack), step.VersionAttribute.ValueSet(plan.Version))
	return r.refuseMovedTag(ctx)
}

// refuseMovedTag compares the commit with that of the recorded release of the
// same version, if there is one.
func (r *release) refuseMovedTag(ctx workflow.Context) error {
	var bundles *bundle.Activities
	recorded, err := step.Call[bundle.FoundRelease](ctx, step.Read("is "+r.plan.Version+" recorded?"),
		bundles.FindRelease, bundle.FindReleaseInput{Repository: r.plan.BundleRepository, Version: r.plan.Version})
	if err != nil {
		return step.Failure(err)
	}
	if !recorded.Bundle.IsZero() && recorded.Commit != r.plan.Commit {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf(
			"%s names commit %s, but was released from commit %s: a released version never changes; tag the new commit with a new version",
			r.plan.Version, short(r.plan.Commit), short(recorded.Commit)), InvalidInput, nil)
	}
	return nil
}

// findTested looks for the rc of the commit, whose images a stable release takes.
// Whether it was verified is the environment's gate.
func (r *release) findTested(ctx workflow.Context) error {
	if !r.plan.Verified {
		return nil
	}
	var bundles *bundle.Activities
	tested, err := step.Call[bundle.Candidate](ctx, step.Read("the rc of commit "+short(r.plan.Commit)),
		bundles.FindCandidate, bundle.FindCandidateInput{Repository: r.plan.BundleRepository, Commit: r.plan.Commit})
	if err != nil {
		return step.Failure(err)
	}
	if tested.Bundle.IsZero() && r.in.Override == nil {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf(
			"no rc of commit %s was ever released, and what is promoted has to be tested first: tag it v%s-rc.1 and release that, or override with a reason",
			short(r.plan.Commit), r.plan.Version), InvalidInput, nil)
	}
	r.tested = tested
	return nil
}

// assemble stores the bundle, from here on the truth about the release.
func (r *release) assemble(ctx workflow.Context) error {
	r.enter(ctx, PhaseAssembling)
	digests := make(map[string]string, len(r.plan.Services))
	for _, service := range r.plan.Services {
		digests[service.Service] = r.images[service.Service].Image.Digest
	}
	var bundles *bundle.Activities
	stored, err := step.Call[bundle.AssembledBundle](ctx, step.Read("store the bundle"),
		bundles.AssembleBundle, bundle.AssembleBundleInput{
			Source: r.in.Repository, Commit: r.plan.Commit, Version: r.plan.Version, Digests: digests,
		})
	if err != nil {
		return step.Failure(err)
	}
	r.bundle = stored.Bundle
	return nil
}

func short(commit string) string { return commit[:min(12, len(commit))] }
