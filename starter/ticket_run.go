package starter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// ticketRun is a wish that an environment has taken: a rollback, or a release
// that is being given up.
type ticketRun struct {
	client      client.Client
	looker      *looker
	watch       *watch
	stack       string
	environment string
	state       environment.TicketState
	outcome     environment.Outcome
}

func newTicketRun(c client.Client, looker *looker, stack, env string, state environment.TicketState) *ticketRun {
	return &ticketRun{
		client: c, looker: looker, stack: stack, environment: env, state: state,
		watch: &watch{looker: looker, ticket: state.Ticket, known: map[string]place{}, status: release.Status{
			Stack: stack, Version: state.Version, Phase: release.PhaseDeploying,
			Environments: []release.EnvironmentStatus{{
				Environment: env, State: state.State, Ahead: state.Ahead, Outcome: state.Outcome,
			}},
		}},
	}
}

func (r *ticketRun) id() string { return environment.ID(r.stack, r.environment) }

func (r *ticketRun) look(ctx context.Context) (progress.Seen, error) {
	return r.watch.look(ctx, func(context.Context) (release.Status, error) {
		return release.Status{}, errNoRelease
	})
}

// errNoRelease is why a ticket's release has no status of its own.
var errNoRelease = errors.New("no worker answered for the environment")

// wait asks the environment until the ticket is in its history. No worker, or
// no server, for a while says nothing about the wish.
func (r *ticketRun) wait(ctx context.Context) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		var status environment.Status
		err := r.looker.query(ctx, r.id(), "", &status)
		if isNotFound(err) {
			return err
		}
		if record, ok := recordOf(status, r.state.Ticket); ok && err == nil {
			r.outcome = r.complete(ctx, record)
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func recordOf(status environment.Status, ticket string) (environment.Record, bool) {
	i := slices.IndexFunc(status.History, func(r environment.Record) bool { return r.Ticket == ticket })
	if i < 0 {
		return environment.Record{}, false
	}
	return status.History[i], true
}

// complete adds to a record what only the rollout knew: services and problems.
// By now the next rollout may have begun under the same ID; then the record
// has to do.
func (r *ticketRun) complete(ctx context.Context, record environment.Record) environment.Outcome {
	outcome := environment.Outcome{Ticket: record.Ticket, Environment: r.environment, Result: rollout.Result{
		Verdict: record.Verdict, Why: record.Why, Message: record.Message, Ended: record.Ended,
	}}
	ctx, cancel := context.WithTimeout(ctx, 2*onceTime)
	defer cancel()
	id := rollout.ID(r.stack, r.environment)
	last, err := r.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil || last.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		return outcome
	}
	run := last.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	var status rollout.Status
	var result rollout.Result
	if r.looker.once().query(ctx, id, run, &status) != nil || status.Version != record.Version {
		return outcome
	}
	if r.client.GetWorkflow(ctx, id, run).Get(ctx, &result) == nil && result.Verdict == record.Verdict {
		outcome.Result = result
	}
	return outcome
}

// cancel is not offered for wishes: abort is the command for it.
func (r *ticketRun) cancel(context.Context) error {
	return fail(ExitBadInput, "%s of %s cannot be cancelled from here; use: starter abort", r.state.Version, r.environment)
}

func (r *ticketRun) seen() progress.Seen {
	return progress.Seen{Release: release.Status{
		Stack: r.stack, Version: r.state.Version,
		Environments: []release.EnvironmentStatus{{
			Environment: r.environment, State: environment.Done, Outcome: &r.outcome,
		}},
	}}
}

// send delivers an update to an environment and gives its answer: a TicketState for
// what becomes a wish, an Answer for the rest.
func send[Out any](ctx context.Context, c client.Client, stack, env, update string, argument any) (Out, error) {
	ctx, cancel := context.WithTimeout(ctx, updateTime)
	defer cancel()
	id := environment.ID(stack, env)
	doing := fmt.Sprintf("sending %s to %s", update, id)
	var state Out
	handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: update, Args: []any{argument},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &state)
	}
	if err == nil {
		return state, nil
	}
	if isNotFound(err) {
		return state, fail(ExitBadInput, "%s: nothing was ever deployed there, or the names are wrong", doing)
	}
	if ctx.Err() != nil {
		return state, fail(ExitNoConnection, "%s: no worker answered within %s; it may still be taken when one is back", doing, updateTime)
	}
	return state, callError(doing, err)
}

// updateTime is how long a command waits for the answer of an environment: it
// outlasts the restart of a worker.
const updateTime = 30 * time.Second
