package starter

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	planflow "github.com/slipway-dev/slipway/workflows/plan"
)

// planWish is what the flags of plan say.
type planWish struct {
	repository  string
	stack       string
	environment string
	version     string
	by          string
}

func newPlan(streams Streams) *cobra.Command {
	var w planWish
	var how waiting
	cmd := &cobra.Command{
		Use:   "plan VERSION --env ENVIRONMENT",
		Short: "show what a recorded release would change in an environment",
		Long: `Plan tries a release on every cluster of an environment by server-side dry run and
shows what it would change of what is there now: objects, images, fields and
config. Nothing is written to a cluster. The version must have been assembled, as
a release does before it asks any environment.

Clusters on which the same would happen are shown together. Values that may be
secret are not shown. The whole plan is kept in the registry, under the name at
its end.

Exit code 0 also when there are changes, 6 when the release would be refused, and
5 when a cluster did not answer.

The stack is that of slipway.yaml in --repo. With --stack alone no repository is
needed, if the environment has run something before.`,
		Example: "  starter plan 1.4.0 --env production\n  starter plan 1.4.0 --stack shop --env production --output json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w.version = args[0]
			if w.stack != "" && !cmd.Flags().Changed("repo") {
				w.repository = ""
			}
			report := &PlanReport{}
			return conclude(streams, how, report, func() error { return runPlan(cmd.Context(), streams, w, how, report) })
		},
	}
	cmd.Flags().StringVar(&w.repository, "repo", ".", "Git repository with slipway.yaml: a path or a URL")
	cmd.Flags().StringVar(&w.stack, "stack", "", "name of the stack (default: as slipway.yaml says)")
	cmd.Flags().StringVar(&w.environment, "env", "", "name of the environment")
	cmd.Flags().StringVar(&w.by, "by", person(), "who asks; stored and shown as claimed")
	require(cmd, "env")
	how.flags(cmd)
	return cmd
}

func runPlan(ctx context.Context, streams Streams, w planWish, how waiting, report *PlanReport) error {
	run, address, err := beginPlan(ctx, streams, w, report)
	if err != nil {
		return err
	}
	defer run.client.Close()
	streams.say("%s %s", run.id, started(run.joined))
	if report.Workflow.URL != "" {
		streams.say("%s", report.Workflow.URL)
	}
	if how.noWait {
		report.Outcome = outcomeTaken
		return nil
	}
	view := streams.view()
	defer view.Close()
	f := &follower{
		subject: run, view: view, interrupts: streams.Interrupts, timeout: how.timeout,
		reachable: run.looker.reachable, address: address, began: time.Now(),
	}
	end, err := f.follow(ctx)
	switch {
	case end != ended:
		return leave(streams, end, run.id, err, report)
	case err != nil:
		return endError(run.id, err)
	}
	report.take(run.result)
	return nil
}

// beginPlan starts what is wished, or joins it. An interrupt ends it before
// anything was started.
func beginPlan(ctx context.Context, streams Streams, w planWish, report *PlanReport) (run *planRun, address string, err error) {
	early, release := streams.untilInterrupt(ctx)
	defer release()
	in, err := w.input(early)
	if err != nil {
		return nil, "", orInterrupt(early, err)
	}
	c, options, err := connect(early)
	if err != nil {
		return nil, "", orInterrupt(early, err)
	}
	looker := newLooker(c, options)
	if err := compareWith(early, streams, looker.once(), &in); err != nil {
		c.Close()
		return nil, "", orInterrupt(early, err)
	}
	report.Stack, report.Environment, report.Version = in.Stack, in.Environment, in.Version
	run, err = startPlan(early, c, looker, in)
	if err != nil {
		c.Close()
		return nil, "", orInterrupt(early, err)
	}
	report.Joined = run.joined
	report.Workflow = reference(options, run.id, run.run)
	return run, options.HostPort, nil
}

// input checks a wish without any connection to Temporal, so that a typing error
// is answered at once.
func (w planWish) input(ctx context.Context) (planflow.Input, error) {
	in := planflow.Input{Stack: w.stack, Environment: w.environment, By: w.by}
	version, err := stack.ParseVersion(strings.TrimPrefix(w.version, "v"))
	if err != nil {
		return in, fail(ExitBadInput, "%w", err)
	}
	in.Version = version.String()
	if w.repository == "" {
		return in, nil
	}
	if err := checkRepository(w.repository); err != nil {
		return in, fail(ExitBadInput, "--repo: %w", err)
	}
	_, described, err := describedAt(ctx, w.repository, "HEAD", w.stack)
	if err != nil {
		return in, err
	}
	if _, known := described.Environment(w.environment); !known {
		return in, fail(ExitBadInput, "--env: %s has no environment %q", stack.FileName, w.environment)
	}
	in.Stack, in.Repository = described.Name, bundle.Repository(described)
	return in, nil
}

// compareWith fills in what the environment runs. When it can't tell, the plan
// looks it up in the registry.
func compareWith(ctx context.Context, streams Streams, looker *looker, in *planflow.Input) error {
	current, err := looker.current(ctx, environment.ID(in.Stack, in.Environment))
	if err != nil && in.Repository == "" {
		return noAnswer(err)
	}
	if in.Repository == "" {
		in.Repository = current.Bundle.Repository
	}
	if in.Repository == "" {
		return fail(ExitBadInput, "%s has run nothing that Temporal knows of: say with --repo where %s is, which names the registry",
			environment.ID(in.Stack, in.Environment), stack.FileName)
	}
	in.From, in.FromVersion, in.Exclude = current.Bundle, current.Version, current.Excluded
	switch {
	case current.Running != "":
		streams.say("a rollout of %s is under way: what is compared with is changing", current.Running)
	case current.Unknown:
		streams.say("a rollout got stuck: what %s runs need not be %s", in.Environment, current.Version)
	}
	return nil
}

// current asks an environment what it runs; nothing when there is none, or when
// it has ended.
func (l *looker) current(ctx context.Context, id string) (environment.Current, error) {
	// The SDK gives a call half of the time that its context has left.
	ctx, cancel := context.WithTimeout(ctx, 2*l.patience)
	defer cancel()
	var current environment.Current
	answer, err := l.client.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: id, QueryType: environment.CurrentQuery, QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return current, nil
	case err != nil:
		return current, err
	case answer.QueryRejected != nil:
		return current, nil
	}
	return current, answer.QueryResult.Get(&current)
}
