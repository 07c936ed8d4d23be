package starter

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/step"
)

// startTime bounds the call that starts a release. It is one write of the server.
const startTime = 15 * time.Second

// releaseRun is one run of a Release workflow.
type releaseRun struct {
	client client.Client
	looker *looker
	watch  *watch
	id     string
	run    string
	// joined tells that the run was under way before.
	joined bool
	result release.Result
}

// startRelease starts a release, or joins the run that is under way.
func startRelease(ctx context.Context, c client.Client, looker *looker, p planned) (*releaseRun, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	id := release.ID(p.input.Stack, p.version.String())
	started, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:        id,
		TaskQueue: step.Queue,
		// A run that is under way is joined. The server says so by an error,
		// which tells apart what USE_EXISTING would not.
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            p.input.Stack + " " + p.version.Display(),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			step.StackAttribute.ValueSet(p.input.Stack),
			step.VersionAttribute.ValueSet(p.version.String()),
		),
	}, release.Name, p.input)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		run := newReleaseRun(c, looker, id, running.RunId)
		run.joined = true
		return run, nil
	}
	if err != nil {
		return nil, callError("starting "+id, err)
	}
	return newReleaseRun(c, looker, id, started.GetRunID()), nil
}

func newReleaseRun(c client.Client, looker *looker, id, run string) *releaseRun {
	return &releaseRun{
		client: c, looker: looker, id: id, run: run,
		watch: &watch{looker: looker, ticket: release.Ticket(id, run), known: map[string]place{}},
	}
}

func (r *releaseRun) look(ctx context.Context) (progress.Seen, error) {
	return r.watch.look(ctx, func(ctx context.Context) (release.Status, error) {
		var status release.Status
		err := r.looker.query(ctx, r.id, r.run, &status)
		return status, err
	})
}

func (r *releaseRun) cancel(ctx context.Context) error {
	if err := r.client.CancelWorkflow(ctx, r.id, r.run); err != nil {
		return callError("cancelling "+r.id, err)
	}
	return nil
}

func (r *releaseRun) wait(ctx context.Context) error {
	return awaitEnd(ctx, r.client, r.id, r.run, &r.result)
}

// awaitEnd outlives restarts of the server: an answer that does not come says
// nothing about the workflow.
func awaitEnd(ctx context.Context, c client.Client, id, run string, result any) error {
	handle := c.GetWorkflow(ctx, id, run)
	for {
		err := handle.Get(ctx, result)
		if err == nil || ctx.Err() != nil || isFinal(err) {
			return err
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isFinal tells an answer about a workflow from the lack of one.
func isFinal(err error) bool {
	var execution *temporal.WorkflowExecutionError
	var missing *serviceerror.NotFound
	var denied *serviceerror.PermissionDenied
	return errors.As(err, &execution) || errors.As(err, &missing) || errors.As(err, &denied)
}

// seen is the last look: what the result says.
func (r *releaseRun) seen() progress.Seen {
	result := r.result
	status := release.Status{
		Stack: result.Stack, Version: result.Version, Channel: result.Channel, Commit: result.Commit,
		Phase: result.Verdict, Bundle: &result.Bundle,
	}
	for _, service := range r.services() {
		built := result.Images[service]
		state := "pushed"
		if built.Found {
			state = "found"
		}
		status.Images = append(status.Images, release.ImageStatus{Service: service, State: state, Image: &built})
	}
	for _, outcome := range result.Environments {
		status.Environments = append(status.Environments, release.EnvironmentStatus{
			Environment: outcome.Environment, State: environment.Done, Outcome: &outcome,
		})
	}
	return progress.Seen{Release: status}
}

// services lists whose images were built, in the order in which they were shown.
func (r *releaseRun) services() []string {
	var shown []string
	for _, image := range r.watch.status.Images {
		if _, built := r.result.Images[image.Service]; built {
			shown = append(shown, image.Service)
		}
	}
	for _, service := range slices.Sorted(maps.Keys(r.result.Images)) {
		if !slices.Contains(shown, service) {
			shown = append(shown, service)
		}
	}
	return shown
}
