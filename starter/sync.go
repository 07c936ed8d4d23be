package starter

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/configsync"
)

// syncWish is what the flags of sync and drift say.
type syncWish struct {
	repository  string
	stack       string
	environment string
	ref         string
	by          string
	apply       bool
}

func (w *syncWish) flags(cmd *cobra.Command, env string) {
	cmd.Flags().StringVar(&w.repository, "repo", ".", "Git repository: a path or a URL")
	cmd.Flags().StringVar(&w.stack, "stack", "", "name of the stack (default: as slipway.yaml says)")
	cmd.Flags().StringVar(&w.environment, "env", "", env)
	cmd.Flags().StringVar(&w.by, "by", person(), "who asks; stored and shown as claimed")
}

func newSync(streams Streams) *cobra.Command {
	var w syncWish
	var how waiting
	cmd := &cobra.Command{
		Use:   "sync [--env ENVIRONMENT] [--ref REF] [--apply]",
		Short: "compare the config of a commit with what runs, or roll it out",
		Long: `Sync shows, for each cluster, which keys the config of a branch, a tag or a commit
would add, change and remove. With --apply it then makes a config-only release,
which reuses the images of the release that runs, and waits until the
environment has rolled it out. A commit in which anything but config has changed
since that release is refused: it takes a release.`,
		Example: "  starter sync --env staging --ref main\n  starter sync --env staging --ref main --apply",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			mode := configsync.Plan
			if w.apply {
				mode = configsync.Apply
			}
			return runSyncCommand(cmd.Context(), streams, w, mode, how)
		},
	}
	w.flags(cmd, "environment (default: all of the stack)")
	cmd.Flags().StringVar(&w.ref, "ref", "", "branch, tag or commit (default: HEAD)")
	cmd.Flags().BoolVar(&w.apply, "apply", false, "roll the config out")
	cmd.Flags().BoolVar(&how.cancel, "cancel-on-interrupt", false, "cancel on the first interrupt, and wait until what was touched is restored")
	how.flags(cmd)
	return cmd
}

func newDrift(streams Streams) *cobra.Command {
	var w syncWish
	var how waiting
	cmd := &cobra.Command{
		Use:   "drift [--env ENVIRONMENT]",
		Short: "compare clusters with the release that is recorded",
		Long: `Drift shows what others have changed or deleted of what a release set: images,
config, every field. Environments with drift: reconcile in slipway.yaml are put
right; of the others the command only tells, and ends with exit code 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runSyncCommand(cmd.Context(), streams, w, configsync.Drift, how)
		},
	}
	w.flags(cmd, "environment (default: all of the stack)")
	how.flags(cmd)
	return cmd
}

func runSyncCommand(ctx context.Context, streams Streams, w syncWish, mode configsync.Mode, how waiting) error {
	report := &SyncReport{Mode: mode}
	return conclude(streams, how, report, func() error { return runSync(ctx, streams, w, how, report) })
}

func runSync(ctx context.Context, streams Streams, w syncWish, how waiting, report *SyncReport) error {
	run, address, err := beginSync(ctx, streams, w, report)
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
		cancelOnInterrupt: how.cancel, reachable: run.looker.reachable, address: address, began: time.Now(),
	}
	end, err := f.follow(ctx)
	switch {
	case end != ended:
		return leave(streams, end, run.id, err, report)
	case err != nil:
		return endError(run.id, err)
	}
	view.Show(run.seen(), time.Since(f.began))
	report.take(run.result)
	return nil
}

// beginSync starts what is wished, or joins it. An interrupt ends it before
// anything was started.
func beginSync(ctx context.Context, streams Streams, w syncWish, report *SyncReport) (run *syncRun, address string, err error) {
	early, release := streams.untilInterrupt(ctx)
	defer release()
	in, err := w.plan(early, report.Mode)
	if err != nil {
		return nil, "", orInterrupt(early, err)
	}
	report.Stack = in.Stack
	c, options, err := connect(early)
	if err != nil {
		return nil, "", orInterrupt(early, err)
	}
	run, err = startSync(early, streams, c, newLooker(c, options), in)
	if err != nil {
		c.Close()
		return nil, "", orInterrupt(early, err)
	}
	report.Joined = run.joined
	report.Workflow = reference(options, run.id, run.run)
	return run, options.HostPort, nil
}

func started(joined bool) string {
	if joined {
		return "is under way already; joined it"
	}
	return "started"
}

// plan checks a wish without any connection to Temporal. A ref of a repository
// on this machine becomes its commit, so that a typing error is answered at once.
func (w syncWish) plan(ctx context.Context, mode configsync.Mode) (configsync.Input, error) {
	in := configsync.Input{Stack: w.stack, Repository: w.repository, Ref: w.ref, Environment: w.environment, Mode: mode, By: w.by}
	if err := checkRepository(w.repository); err != nil {
		return in, fail(ExitBadInput, "--repo: %w", err)
	}
	if _, local := localPath(w.repository); !local && w.stack != "" {
		return in, nil
	}
	ref := w.ref
	if ref == "" {
		ref = "HEAD"
	}
	found, described, err := describedAt(ctx, w.repository, ref, w.stack)
	if err != nil {
		return in, err
	}
	if _, known := described.Environment(w.environment); !known && w.environment != "" {
		return in, fail(ExitBadInput, "--env: %s at %s has no environment %q", stack.FileName, ref, w.environment)
	}
	in.Stack, in.Repository, in.Ref = described.Name, found.url, found.commit
	return in, nil
}

// readAt is where slipway.yaml was read.
type readAt struct {
	// url is where workers find the repository.
	url    string
	commit string
}

// describedAt reads slipway.yaml of a repository at a ref. Another stack than the
// expected one, if any is, is refused.
func describedAt(ctx context.Context, where, ref, expected string) (readAt, *stack.Stack, error) {
	repo, err := openRepository(ctx, where)
	if err != nil {
		return readAt{}, nil, err
	}
	defer repo.remove()
	commit := repo.commit(ctx, ref)
	if commit == "" {
		return readAt{}, nil, fail(ExitBadInput, "there is no branch, tag or commit %q in %s", ref, withoutPassword(where))
	}
	data, err := repo.file(ctx, commit, stack.FileName)
	if err != nil {
		return readAt{}, nil, err
	}
	described, err := stack.Parse(stack.FileName, data)
	switch {
	case err != nil:
		return readAt{}, nil, fail(ExitBadInput, "%w", err)
	case expected != "" && expected != described.Name:
		return readAt{}, nil, fail(ExitBadInput, "--stack %s: %s at %s describes the stack %q", expected, stack.FileName, ref, described.Name)
	}
	return readAt{url: repo.url, commit: commit}, described, nil
}

// exitOfSync gives the code of a verdict. One that this version does not know is
// a failure.
func exitOfSync(result configsync.Result) Code {
	switch result.Verdict {
	case configsync.Unchanged, configsync.Planned, configsync.InSync, "released":
		return ExitReleased
	case configsync.Busy, configsync.Empty, "notStarted":
		return ExitNotStarted
	case "restored":
		return ExitRolledBack
	case "stuck":
		return ExitStuck
	case configsync.Failed:
		for _, e := range result.Environments {
			if e.Verdict == configsync.Failed && codeOfType(e.Why) != ExitBadInput {
				return ExitFailed
			}
		}
		return ExitBadInput
	default:
		return ExitFailed
	}
}

// describeChange puts a changed key into one line.
func describeChange(kind, old, value, oldAt, valueAt string) string {
	switch kind {
	case "added":
		return fmt.Sprintf("+ %s  (%s)", value, valueAt)
	case "removed":
		return fmt.Sprintf("- %s  (%s)", old, oldAt)
	default:
		return fmt.Sprintf("%s -> %s  (%s -> %s)", old, value, oldAt, valueAt)
	}
}
