package starter

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// address names an environment.
type address struct {
	stack       string
	environment string
}

func (a *address) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.stack, "stack", "", "name of the stack")
	cmd.Flags().StringVar(&a.environment, "env", "", "name of the environment")
	require(cmd, "stack", "env")
}

func require(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		// It fails only for a flag that does not exist, which every test would show.
		_ = cmd.MarkFlagRequired(name)
	}
}

func newAbort(streams Streams) *cobra.Command {
	var where address
	var request environment.AbortRequest
	var how waiting
	cmd := &cobra.Command{
		Use:   "abort --stack STACK --env ENVIRONMENT --version VERSION --reason REASON",
		Short: "give up a release that is queued or running in an environment",
		Long: `Abort takes a version out of the queue of an environment, or stops its rollout
and restores what it touched, and waits until that is done. It ends with exit
code 0 when nothing of the version is left.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := &Report{Stack: where.stack, Version: request.Version}
			return conclude(streams, how, report, func() error {
				err := ask(cmd.Context(), streams, where, how, report, environment.AbortUpdate, request)
				if len(report.Environments) > 0 {
					report.Exit = exitOfAbort(report.Environments[0].Result.Verdict)
					report.Outcome = outcomeGivenUp
				}
				return err
			})
		},
	}
	where.flags(cmd)
	cmd.Flags().StringVar(&request.Version, "version", "", "version, or digest of the bundle, to give up")
	cmd.Flags().StringVar(&request.Reason, "reason", "", "why; stored in the history")
	cmd.Flags().StringVar(&request.By, "by", person(), "who asks; stored and shown as claimed")
	require(cmd, "version", "reason")
	how.flags(cmd)
	return cmd
}

// exitOfAbort: what an abort asks for is that nothing of the version is left.
func exitOfAbort(verdict rollout.Verdict) Code {
	switch verdict {
	case rollout.Restored, rollout.NotStarted:
		return ExitReleased
	case rollout.Stuck:
		return ExitStuck
	default:
		return ExitFailed
	}
}

func newRollback(streams Streams) *cobra.Command {
	var where address
	var request environment.RollbackRequest
	var how waiting
	cmd := &cobra.Command{
		Use:   "rollback --stack STACK --env ENVIRONMENT --from VERSION [--to VERSION] --reason REASON",
		Short: "take an environment back to a release that it ran before",
		Long: `Rollback rolls a recorded release out again and waits for the outcome. It names
the version that runs now, so that a wish which somebody else has overtaken is
refused. Afterwards the environment is frozen, so that the bad version does not
come back by itself: starter thaw ends that.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := &Report{Stack: where.stack, Version: request.To}
			return conclude(streams, how, report, func() error {
				return ask(cmd.Context(), streams, where, how, report, environment.RollbackUpdate, request)
			})
		},
	}
	where.flags(cmd)
	cmd.Flags().StringVar(&request.From, "from", "", "version, or digest, that runs now")
	cmd.Flags().StringVar(&request.To, "to", "", "version, or digest, to go back to (default: the release before)")
	cmd.Flags().StringVar(&request.Reason, "reason", "", "why; stored in the history")
	cmd.Flags().StringVar(&request.By, "by", person(), "who asks; stored and shown as claimed")
	require(cmd, "from", "reason")
	how.flags(cmd)
	return cmd
}

// ask sends a wish to an environment and waits until it is done with it.
func ask(ctx context.Context, streams Streams, where address, how waiting, report *Report, update string, request any) error {
	early, release := streams.untilInterrupt(ctx)
	c, options, err := connect(early)
	release()
	if err != nil {
		return orInterrupt(early, err)
	}
	defer c.Close()
	state, err := send[environment.TicketState](ctx, c, where.stack, where.environment, update, request)
	if err != nil {
		return err
	}
	report.Version = state.Version
	run := newTicketRun(c, newLooker(c, options), where.stack, where.environment, state)
	report.Workflow = reference(options, run.id(), "")
	streams.say("%s took the wish: %s is %s", run.id(), state.Version, state.State)
	if how.noWait {
		report.Outcome = outcomeTaken
		return nil
	}
	return waitForTicket(ctx, streams, options, run, how, report)
}

func waitForTicket(ctx context.Context, streams Streams, options client.Options, run *ticketRun, how waiting, report *Report) error {
	view := streams.view()
	defer view.Close()
	f := &follower{
		subject: run, view: view, interrupts: streams.Interrupts,
		timeout: how.timeout, reachable: run.looker.reachable, address: options.HostPort, began: time.Now(),
	}
	end, err := f.follow(ctx)
	switch {
	case end != ended:
		report.Exit = ExitStoppedWaiting
		streams.say("stopped waiting; it goes on. Look with: starter status --stack %s --env %s", run.stack, run.environment)
		return err
	case err != nil:
		return endError(run.id(), err)
	}
	view.Show(run.seen(), time.Since(f.began))
	report.outcomes([]environment.Outcome{run.outcome})
	report.Exit = exitOf(run.outcome.Result.Verdict)
	return nil
}
