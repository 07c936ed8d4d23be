package release

import (
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/environment"
)

// deploy hands the bundle to every environment and waits for their outcomes.
// Cancelling it takes the release back everywhere.
func (r *release) deploy(ctx workflow.Context) {
	info := workflow.GetInfo(ctx).WorkflowExecution
	for _, name := range r.plan.Environments {
		receiver := environment.Input{Stack: r.plan.Stack, Environment: name, Repository: r.plan.BundleRepository}
		r.doors = append(r.doors, environment.DeployDoor(ctx, receiver, environment.Deploy{
			Ticket: Ticket(info.ID, info.RunID), Bundle: r.bundle,
			Version: r.plan.Version, Commit: r.plan.Commit, Channel: r.plan.Channel, By: r.in.By,
			Override: r.in.Override,
		}))
	}
	r.enter(ctx, PhaseDeploying)
	environment.Pass(ctx, r.doors, r.show)
}
