package starter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/step"
)

// maxEnvironments is how many environments one command lists: several screens.
const maxEnvironments = 200

type statusQuestion struct {
	address
	version string
	output  string
}

func newStatus(streams Streams) *cobra.Command {
	var q statusQuestion
	cmd := &cobra.Command{
		Use:   "status [--stack STACK] [--env ENVIRONMENT] [VERSION]",
		Short: "show what runs in environments, or how a release stands",
		Long: `Status shows what runs in the environments, what is under way and queued, and
how the last rollouts ended. With a version it shows how that release stands.
Without --stack it takes the stack of slipway.yaml in this directory, if there
is one, else all.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				q.version = strings.TrimPrefix(args[0], "v")
			}
			return q.answer(cmd.Context(), streams)
		},
	}
	cmd.Flags().StringVar(&q.stack, "stack", "", "name of the stack")
	cmd.Flags().StringVar(&q.environment, "env", "", "name of the environment")
	cmd.Flags().StringVarP(&q.output, "output", "o", "text", "what to print on stdout: text or json")
	return cmd
}

func (q *statusQuestion) answer(ctx context.Context, streams Streams) error {
	if err := (&waiting{output: q.output}).check(); err != nil {
		return err
	}
	if q.stack == "" {
		if here, err := stack.Load("."); err == nil {
			q.stack = here.Name
		}
	}
	if q.stack == "" && (q.version != "" || q.environment != "") {
		return fail(ExitBadInput, "--stack is needed: there is no readable %s in this directory", stack.FileName)
	}
	ctx, release := streams.untilInterrupt(ctx)
	defer release()
	c, options, err := connect(ctx)
	if err != nil {
		return orInterrupt(ctx, err)
	}
	defer c.Close()
	looker := newLooker(c, options).once()
	if q.version != "" {
		return q.ofRelease(ctx, streams, c, looker)
	}
	return q.ofEnvironments(ctx, streams, c, options, looker)
}

func (q *statusQuestion) ofRelease(ctx context.Context, streams Streams, c client.Client, looker *looker) error {
	id := release.ID(q.stack, q.version)
	described, err := c.DescribeWorkflowExecution(ctx, id, "")
	if isNotFound(err) {
		return fail(ExitBadInput, "%s: never released, or longer ago than Temporal keeps; starter status --stack %s shows what runs", id, q.stack)
	}
	if err != nil {
		return callError("looking for "+id, err)
	}
	info := described.GetWorkflowExecutionInfo()
	run := newReleaseRun(c, looker, id, info.GetExecution().GetRunId())
	var seen progress.Seen
	if info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		// The first look learns which environments there are to ask.
		for range 2 {
			if seen, err = run.look(ctx); err != nil {
				return noAnswer(err)
			}
		}
	} else {
		if err := run.wait(ctx); err != nil {
			return endError(id, err)
		}
		seen = run.seen()
	}
	if q.output == "json" {
		return printJSON(streams, seen.Release)
	}
	took := time.Since(info.GetStartTime().AsTime())
	if info.GetCloseTime() != nil {
		took = info.GetCloseTime().AsTime().Sub(info.GetStartTime().AsTime())
	}
	_, err = fmt.Fprintf(streams.Out, "%s is %s\n", id, strings.ToLower(info.GetStatus().String()))
	progress.NewScreen(streams.Out, func() (int, int) { return 0, 0 }, false).Show(seen, took)
	return err
}

func (q *statusQuestion) ofEnvironments(ctx context.Context, streams Streams, c client.Client, options client.Options, looker *looker) error {
	ids := []string{environment.ID(q.stack, q.environment)}
	if q.environment == "" {
		var err error
		if ids, err = environments(ctx, c, options.Namespace, q.stack); err != nil {
			return err
		}
	}
	all := make([]environment.Status, 0, len(ids))
	for _, id := range ids {
		var status environment.Status
		err := looker.query(ctx, id, "", &status)
		if isNotFound(err) {
			return fail(ExitBadInput, "%s: nothing was ever deployed there, or the names are wrong", id)
		}
		if err != nil {
			return noAnswer(err)
		}
		all = append(all, status)
	}
	if q.output == "json" {
		return printJSON(streams, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(streams.Out, "no environments yet: the first release makes them")
		return err
	}
	for _, status := range all {
		if _, err := fmt.Fprint(streams.Out, environmentText(status)); err != nil {
			return fmt.Errorf("writing the status: %w", err)
		}
	}
	return nil
}

// environments lists the workflow IDs of the environments of a stack, or of all.
func environments(ctx context.Context, c client.Client, namespace, stack string) ([]string, error) {
	query := fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", environment.Name)
	if stack != "" {
		query += fmt.Sprintf(" AND %s = '%s'", step.StackAttribute.GetName(), strings.ReplaceAll(stack, "'", ""))
	}
	answer, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: namespace, Query: query, PageSize: maxEnvironments,
	})
	if err != nil {
		return nil, callError("listing environments", err)
	}
	ids := make([]string, 0, len(answer.GetExecutions()))
	for _, execution := range answer.GetExecutions() {
		ids = append(ids, execution.GetExecution().GetWorkflowId())
	}
	return ids, nil
}

func noAnswer(err error) error {
	var deadline *serviceerror.DeadlineExceeded
	var idle *serviceerror.FailedPrecondition // nobody has polled the queue lately
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &deadline) || errors.As(err, &idle) {
		return fail(ExitNoConnection, "no worker answered within %s, and only workers know the status; is one running?", onceTime)
	}
	return fail(ExitNoConnection, "%w", err)
}

func printJSON(streams Streams, value any) error {
	encoder := json.NewEncoder(streams.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
