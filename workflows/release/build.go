package release

import (
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	images "github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/source"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/step"
)

// leftBehind is how long to wait for a cancelled build of an earlier run; a
// compiler is killed within a second or two.
const leftBehind = 5 * time.Second

// build brings every image into the registries, side by side. All are waited
// for, so that one run shows every service that does not compile.
func (r *release) build(ctx workflow.Context) error {
	r.enter(ctx, PhaseBuilding)
	for _, service := range r.plan.Services {
		r.images[service.Service] = &ImageStatus{Service: service.Service, State: "building"}
	}
	r.show(ctx)

	failures := make([]error, len(r.plan.Services))
	group := workflow.NewWaitGroup(ctx)
	for i, service := range r.plan.Services {
		group.Add(1)
		workflow.GoNamed(ctx, service.Service, func(ctx workflow.Context) {
			defer group.Done()
			failures[i] = r.buildImage(ctx, service)
			r.show(ctx)
		})
	}
	waiting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	group.Wait(waiting)
	return r.buildError(failures)
}

func (r *release) buildImage(ctx workflow.Context, service source.BuildPlan) error {
	status := r.images[service.Service]
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            image.ID(ID(r.plan.Stack, r.plan.Version), service.Service),
		TaskQueue:             step.Queue,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation:   true,
		StaticSummary:         fmt.Sprintf("image of %s %s", service.Service, r.plan.Version),
		TypedSearchAttributes: temporal.NewSearchAttributes(step.StackAttribute.ValueSet(r.plan.Stack), step.VersionAttribute.ValueSet(r.plan.Version)),
	})
	built, err := r.runImage(child, service)
	if err != nil {
		status.State, status.Reason = "failed", step.Reason(err)
		return err
	}
	status.State, status.Image = "pushed", &built
	if built.Found {
		status.State = "found"
	}
	return nil
}

// runImage runs the child. One that an earlier run of the release left behind,
// and that is still ending, is waited for.
func (r *release) runImage(ctx workflow.Context, service source.BuildPlan) (image.Result, error) {
	for {
		var built image.Result
		err := workflow.ExecuteChildWorkflow(ctx, image.Name, image.Input{
			Digest: r.tested.Digests[service.Service],
			BuildImageInput: images.BuildImageInput{
				Stack: r.plan.Stack, Service: service.Service, Repository: r.in.Repository, Commit: r.plan.Commit,
				Go: service.Go, Version: r.plan.Version, Registries: r.plan.Registries,
			},
		}).Get(ctx, &built)
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return built, err
		}
		pause := workflow.TimerOptions{Summary: "an earlier build of " + service.Service + " is still ending"}
		if err := workflow.NewTimerWithOptions(ctx, leftBehind, pause).Get(ctx, nil); err != nil {
			return built, err
		}
	}
}

// buildError makes one error of all that failed, in the order of the services.
func (r *release) buildError(failures []error) error {
	text := ""
	for i, err := range failures {
		switch {
		case err == nil:
			continue
		case text != "":
			text += "\n"
		}
		text += r.plan.Services[i].Service + ": " + step.Reason(err)
	}
	if text == "" {
		return nil
	}
	return temporal.NewNonRetryableApplicationError("building images: "+text, BuildFailed, nil)
}
