package image

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/workflows/step"
)

// total bounds one image, all attempts together. The slowest cold build of a
// large service takes minutes; half an hour is a machine in trouble.
const total = 30 * time.Minute

// Image builds a service's image, unless a registry holds one of the same
// inputs already, and pushes it to every registry. One that was tested is taken as
// it is.
//
// It does not keep two runs from building the same: the registry does.
func Image(ctx workflow.Context, in Input) (Result, error) {
	if err := validate(in); err != nil {
		return Result{}, temporal.NewNonRetryableApplicationError("image: "+err.Error(), "InvalidInput", nil)
	}
	step.Tag(ctx, step.PhaseAttribute.ValueSet("building"))
	workflow.SetCurrentDetails(ctx, "building, or waiting for a worker of the queue `"+Queue+"` to have a slot")
	built, err := bring(ctx, in)
	if err != nil {
		return Result{}, err
	}
	step.Tag(ctx, step.PhaseAttribute.ValueSet("pushed"))
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("`%s`, %d bytes", built.Digest, built.Size))
	return built, nil
}

func bring(ctx workflow.Context, in Input) (Result, error) {
	var activities *image.Activities
	if in.Digest != "" {
		return step.Call[Result](ctx, step.Build(Queue, "promote "+in.Service, total), activities.PromoteImage,
			image.PromoteImageInput{Service: in.Service, Digest: in.Digest, Version: in.Version, Registries: in.Registries})
	}
	return step.Call[Result](ctx, step.Build(Queue, "build "+in.Service, total), activities.BuildImage, in.BuildImageInput)
}
