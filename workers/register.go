package workers

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// RegisterWorkflows registers every workflow under its name in histories.
//
// Release, Image, Plan, Rollout and ConfigSync end on the version of the code that
// they began on. An Environment outlives versions: it moves to each new one.
func RegisterWorkflows(registry worker.WorkflowRegistry) {
	registry.RegisterWorkflowWithOptions(release.Release, options(release.Name, workflow.VersioningBehaviorPinned))
	registry.RegisterWorkflowWithOptions(image.Image, options(image.Name, workflow.VersioningBehaviorPinned))
	registry.RegisterWorkflowWithOptions(environment.Environment, options(environment.Name, workflow.VersioningBehaviorAutoUpgrade))
	registry.RegisterWorkflowWithOptions(configsync.ConfigSync, options(configsync.Name, workflow.VersioningBehaviorPinned))
	registry.RegisterWorkflowWithOptions(plan.Plan, options(plan.Name, workflow.VersioningBehaviorPinned))
	registry.RegisterWorkflowWithOptions(rollout.Rollout, options(rollout.Name, workflow.VersioningBehaviorPinned))
}

func options(name string, behavior workflow.VersioningBehavior) workflow.RegisterOptions {
	return workflow.RegisterOptions{Name: name, VersioningBehavior: behavior}
}
