package starter

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/step"
)

// fullCommit is a ref that always means the same.
var fullCommit = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// syncRun is one run of a ConfigSync workflow.
type syncRun struct {
	client client.Client
	looker *looker
	watch  *watch
	id     string
	run    string
	// joined tells that the run was under way before.
	joined bool
	// status is what the last look found.
	status configsync.Status
	result configsync.Result
}

// startSync starts a sync, or joins the run that is under way for the same. One
// that is under way for something else is waited for.
func startSync(ctx context.Context, streams Streams, c client.Client, looker *looker, in configsync.Input) (*syncRun, error) {
	id := configsync.ID(in.Stack, in.Environment)
	for {
		run, err := tryStartSync(ctx, c, id, in)
		var running *serviceerror.WorkflowExecutionAlreadyStarted
		switch {
		case err == nil:
			return newSyncRun(c, looker, id, run, false), nil
		case !errors.As(err, &running):
			return nil, callError("starting "+id, err)
		}
		var status configsync.Status
		if err := looker.query(ctx, id, running.RunId, &status); err == nil && same(status, in) {
			return newSyncRun(c, looker, id, running.RunId, true), nil
		}
		streams.say("%s is under way for something else (%s of %s); waiting until it has ended", id, status.Mode, status.Commit)
		other := newSyncRun(c, looker, id, running.RunId, false)
		if err := other.wait(ctx); ctx.Err() != nil {
			return nil, fail(ExitStoppedWaiting, "waiting for %s: %w", id, err)
		}
	}
}

// same tells whether a run that is under way answers a wish. A branch may have
// moved since.
func same(status configsync.Status, in configsync.Input) bool {
	return status.Mode == in.Mode && (in.Mode == configsync.Drift || status.Ref == in.Ref && fullCommit.MatchString(in.Ref))
}

func tryStartSync(ctx context.Context, c client.Client, id string, in configsync.Input) (run string, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	attributes := []temporal.SearchAttributeUpdate{step.StackAttribute.ValueSet(in.Stack)}
	if in.Environment != "" {
		attributes = append(attributes, step.EnvironmentAttribute.ValueSet(in.Environment))
	}
	handle, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       id,
		TaskQueue:                                step.Queue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("%s of %s", in.Mode, in.Stack),
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
	}, configsync.Name, in)
	if err != nil {
		return "", err
	}
	return handle.GetRunID(), nil
}

func newSyncRun(c client.Client, looker *looker, id, run string, joined bool) *syncRun {
	return &syncRun{
		client: c, looker: looker, id: id, run: run, joined: joined,
		watch: &watch{looker: looker, ticket: configsync.Ticket(id, run), known: map[string]place{}},
	}
}

func (r *syncRun) cancel(ctx context.Context) error {
	if err := r.client.CancelWorkflow(ctx, r.id, ""); err != nil {
		return callError("cancelling "+r.id, err)
	}
	return nil
}

func (r *syncRun) wait(ctx context.Context) error {
	return awaitEnd(ctx, r.client, r.id, r.run, &r.result)
}

// seen is the last look: what the result says of rollouts.
func (r *syncRun) seen() progress.Seen {
	status := release.Status{Stack: r.result.Stack, Commit: r.result.Commit, Phase: string(r.result.Verdict)}
	for _, e := range r.result.Environments {
		if e.Outcome != nil {
			status.Version = e.Version
			status.Environments = append(status.Environments, release.EnvironmentStatus{
				Environment: e.Environment, State: string(e.Verdict), Outcome: e.Outcome,
			})
		}
	}
	return progress.Seen{Release: status}
}
