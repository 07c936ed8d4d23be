package starter

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/starter/progress"
	planflow "github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/step"
)

// planRun is one run of a Plan workflow.
type planRun struct {
	client client.Client
	looker *looker
	id     string
	run    string
	// joined tells that the run was under way before.
	joined bool
	result planflow.Result
}

// startPlan starts a plan, or joins the run that is under way: it began moments
// ago and writes nothing.
func startPlan(ctx context.Context, c client.Client, looker *looker, in planflow.Input) (*planRun, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	run := &planRun{client: c, looker: looker, id: planflow.ID(in.Stack, in.Environment, in.Version)}
	handle, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       run.id,
		TaskQueue:                                step.Queue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("plan of %s %s for %s", in.Stack, in.Version, in.Environment),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			step.StackAttribute.ValueSet(in.Stack), step.EnvironmentAttribute.ValueSet(in.Environment), step.VersionAttribute.ValueSet(in.Version),
		),
	}, planflow.Name, in)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &running):
		run.run, run.joined = running.RunId, true
	case err != nil:
		return nil, callError("starting "+run.id, err)
	default:
		run.run = handle.GetRunID()
	}
	return run, nil
}

func (r *planRun) look(ctx context.Context) (progress.Seen, error) {
	var status planflow.Status
	if err := r.looker.query(ctx, r.id, r.run, &status); err != nil {
		return progress.Seen{}, err
	}
	shown := release.Status{Stack: status.Stack, Version: status.Version, Phase: status.Phase}
	if status.Phase == planflow.PhaseReading {
		shown.Phase = ""
	}
	return progress.Seen{Release: shown}, nil
}

func (r *planRun) cancel(ctx context.Context) error {
	if err := r.client.CancelWorkflow(ctx, r.id, r.run); err != nil {
		return callError("cancelling "+r.id, err)
	}
	return nil
}

func (r *planRun) wait(ctx context.Context) error {
	return awaitEnd(ctx, r.client, r.id, r.run, &r.result)
}
