package starter

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Main runs a command and gives the exit code of the process.
func Main(ctx context.Context, args []string, streams Streams) int {
	root := newRoot(streams) //nolint:contextcheck // commands get the context of ExecuteContext
	root.SetArgs(args)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return int(ExitReleased)
	}
	var done finished
	if errors.As(err, &done) {
		return int(done)
	}
	var coded *Error
	if !errors.As(err, &coded) {
		// What has no code of ours comes from reading the command line.
		err = fail(ExitBadInput, "%w; see starter --help", err)
	}
	streams.say("starter: %v", err)
	return int(codeOf(err))
}

// finished ends a command whose result has been printed.
type finished Code

// Error gives the word of the code; nobody prints it.
func (f finished) Error() string { return Code(f).String() }

func finish(code Code) error {
	if code == ExitReleased {
		return nil
	}
	return finished(code)
}

func newRoot(streams Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "starter",
		Short: "release stacks from Git to the clusters they run on",
		Long: `Starter asks Slipway to release, abort or roll back, and shows what happens.

The work itself is done by durable workflows: when this command is interrupted,
or its machine dies, they go on.

The connection to Temporal comes from the TEMPORAL_* variables and the profile
file that the temporal CLI uses. SLIPWAY_UI is the base URL of the Temporal UI,
for links. SLIPWAY_BY names who asks.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newRelease(streams), newPlan(streams), newStatus(streams), newAbort(streams), newRollback(streams),
		newReconcile(streams), newHistory(streams),
		newApprove(streams), newOverride(streams), newPause(streams), newResume(streams),
		newFreeze(streams), newThaw(streams), newBan(streams), newUnban(streams),
		newExclude(streams), newInclude(streams), newRetry(streams), newAccept(streams),
		newSync(streams), newDrift(streams), newSchedule(streams), newConfig(streams), newVersion(streams),
		&cobra.Command{Use: "exit-codes", Short: "what the exit codes mean", Long: "Exit codes:\n\n" + exitCodeTable()},
		&cobra.Command{Use: "json", Short: "what --output json prints", Long: jsonHelp},
	)
	return root
}

const jsonHelp = `With --output json a command prints one JSON document on stdout, also when it
fails; progress stays on stderr. Fields are added, never renamed.

release, rollback, abort, reconcile, include and retry:
  exit, outcome     the exit code and its word, see: starter help exit-codes;
                    exit code 0 is also "taken" (--no-wait) or "givenUp" (abort)
  error             why there is no verdict, or why the wish was not taken
  workflow          {id, run, url} of what was started
  joined            true when the release was under way before
  stack, version, channel, commit
  bundle            {repository, digest} of the recorded release
  images            by service: {digest, size, found, sent}, sizes in bytes
  environments      [{environment, ticket, result}]; a result has verdict
                    (released, restored, notStarted, stuck), why, message,
                    services [{service, target, state, ready, wanted, failure}],
                    problems, and the times began, decided, ended
  message           why no environment was asked, of a release that was cancelled
  simulated         true when pods ran on simulated nodes
  seconds           that the command took

approve, override, pause, resume, freeze, thaw, ban, unban, exclude, accept:
  exit, outcome, error, stack, seconds   as above
  environment, message                   what was done, in one sentence

history:
  [{at, what, version, verdict, why, by, reason, message}], the newest first

sync and drift:
  exit, outcome, error, workflow, joined, stack, commit, seconds   as above
  mode              plan, apply or drift
  verdict           the worst of the environments: unchanged, planned, inSync,
                    drifted, busy, empty, failed, or that of a rollout
  environments      [{environment, verdict, message, plan, drift, version, bundle,
                    outcome}]; a plan has the counts services, added, changed and
                    removed, clusters, the first changes [{service, clusters, path,
                    kind, old, new, oldAt, newAt}] and the report with all of them;
                    a drift has targets, the first differences, and reports

plan:
  exit, outcome, error, workflow, joined, stack, version, seconds   as above
  environment       that the plan is for
  bundle            the release, and from and fromVersion what runs
  verdict           the worst of the targets: unchanged, changes, unknown, refused
  message           the sum in one sentence
  targets           [{target, verdict, message, sameAs, plan}]; a plan has the counts
                    objects, unchanged, created, updated, replaced, deleted and
                    refused, the first changes [{service, object, action, diff}],
                    problems [{service, object, reason, message}] and the report with
                    all of them; a diff has images [{container, old, new}], fields
                    [{path, old, new, lines}], replaces, and more, which counts what
                    was left out. A target that is sameAs another has its counts only
  excluded          targets under maintenance, at which nobody looked

status prints what the environment or the release itself answers.
`

func newVersion(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version of starter",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(streams.Out, "starter", buildVersion())
			return err
		},
	}
}

// buildVersion is what the go command recorded when it built this binary.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			text += " (" + setting.Value + ")"
		}
	}
	return text + " " + info.GoVersion
}
