package starter

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

// newWish makes a command whose request becomes a wish in the queue, and that waits
// for the end of it.
func newWish(streams Streams, use, short, long, update string, request func(by, reason string) any, flags func(*cobra.Command)) *cobra.Command {
	var where address
	var by, reason string
	var how waiting
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := &Report{Stack: where.stack}
			return conclude(streams, how, report, func() error {
				return ask(cmd.Context(), streams, where, how, report, update, request(by, reason))
			})
		},
	}
	where.flags(cmd)
	cmd.Flags().StringVar(&by, "by", person(), "who asks; stored and shown as claimed")
	cmd.Flags().StringVar(&reason, "reason", "", "why; stored in the history")
	how.flags(cmd)
	flags(cmd)
	return cmd
}

func newInclude(streams Streams) *cobra.Command {
	var cluster string
	return newWish(streams,
		"include --stack STACK --env ENVIRONMENT --cluster CLUSTER",
		"bring a cluster back from maintenance, level with the others",
		`Include rolls the release that runs out to a cluster that was excluded, from what
it ran before, and waits for the end. Until that has succeeded it stays excluded.`,
		environment.IncludeUpdate,
		func(by, reason string) any {
			return environment.ExcludeRequest{Cluster: cluster, By: by, Reason: reason}
		},
		func(cmd *cobra.Command) { clusterFlag(cmd, &cluster) })
}

func newRetry(streams Streams) *cobra.Command {
	var version string
	return newWish(streams,
		"retry --stack STACK --env ENVIRONMENT --version VERSION --reason REASON",
		"after a stuck rollout: roll the last release out again",
		`Retry goes on where a rollout got stuck, once what blocked it is mended: it rolls
the release that was recorded before out again, which makes known what runs.`,
		environment.RetryUpdate,
		func(by, reason string) any {
			return environment.UnstickRequest{Version: version, By: by, Reason: reason}
		},
		func(cmd *cobra.Command) {
			versionFlag(cmd, &version, "whose rollout got stuck")
			require(cmd, "reason")
		})
}

func newReconcile(streams Streams) *cobra.Command {
	var where address
	var directory, by, reason string
	var how waiting
	cmd := &cobra.Command{
		Use:   "reconcile --env ENVIRONMENT [--stack STACK]",
		Short: "roll out again what an environment runs, to clusters that were wiped or changed",
		Long: `Reconcile brings every cluster of an environment back to its recorded release: one
that was wiped, or in which others have changed things. In the repository of the
stack it also brings back an environment whose workflow was lost, from the tag
that its bundle has in the registry.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := &Report{}
			return conclude(streams, how, report, func() error {
				return reconcile(cmd.Context(), streams, where, directory, environment.Reconcile{By: by, Reason: reason}, how, report)
			})
		},
	}
	cmd.Flags().StringVar(&where.stack, "stack", "", "name of the stack (default: as slipway.yaml says)")
	cmd.Flags().StringVar(&where.environment, "env", "", "name of the environment")
	cmd.Flags().StringVar(&directory, "repo", ".", "directory of the stack's repository, to find an environment that was lost")
	cmd.Flags().StringVar(&by, "by", person(), "who asks; stored and shown as claimed")
	cmd.Flags().StringVar(&reason, "reason", "", "why; stored in the history")
	require(cmd, "env")
	how.flags(cmd)
	return cmd
}

func reconcile(ctx context.Context, streams Streams, where address, directory string, request environment.Reconcile, how waiting, report *Report) error {
	loaded, err := stack.Load(directory)
	switch {
	case err == nil && where.stack == "":
		where.stack = loaded.Name
	case where.stack == "":
		return fail(ExitBadInput, "--stack is needed: there is no readable %s in %s", stack.FileName, directory)
	}
	report.Stack = where.stack
	early, release := streams.untilInterrupt(ctx)
	c, _, err := connect(early)
	if err != nil {
		release()
		return orInterrupt(early, err)
	}
	current, err := current(early, c, where, loaded)
	c.Close()
	release()
	if err != nil {
		return orInterrupt(early, err)
	}
	if current.Bundle.IsZero() {
		return fail(ExitBadInput, "nothing was ever released to %s of %s", where.environment, where.stack)
	}
	request.Ticket, request.Digest = "reconcile/"+uuid.NewString(), current.Bundle.Digest
	return ask(ctx, streams, where, how, report, environment.ReconcileUpdate, request)
}

// current asks an environment what it runs, and starts it first where it was lost
// and the stack is known. A new one reads that from the registry, which is waited for.
func current(ctx context.Context, c client.Client, where address, loaded *stack.Stack) (environment.Current, error) {
	id := environment.ID(where.stack, where.environment)
	if loaded != nil && loaded.Name == where.stack {
		in := environment.Input{Stack: where.stack, Environment: where.environment, Repository: bundle.Repository(loaded)}
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: step.Queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			StaticSummary: fmt.Sprintf("what runs in %s of %s", where.environment, where.stack),
			TypedSearchAttributes: temporal.NewSearchAttributes(
				step.StackAttribute.ValueSet(where.stack), step.EnvironmentAttribute.ValueSet(where.environment)),
		}, environment.Name, in)
		if err != nil {
			return environment.Current{}, callError("starting "+id, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, updateTime)
	defer cancel()
	for {
		var found environment.Current
		answer, err := c.QueryWorkflow(ctx, id, "", environment.CurrentQuery)
		if err == nil {
			return found, answer.Get(&found)
		}
		if isNotFound(err) {
			return found, fail(ExitBadInput, "%s: nothing was ever deployed there, or the names are wrong; in the repository of the stack it is found again", id)
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return found, noAnswer(err)
		}
	}
}
