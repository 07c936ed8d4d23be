package starter

import (
	"context"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
)

// waiting is how a command waits, as its flags say.
type waiting struct {
	noWait  bool
	cancel  bool
	timeout time.Duration
	output  string
}

func (w *waiting) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.noWait, "no-wait", false, "return as soon as the wish is taken")
	cmd.Flags().DurationVar(&w.timeout, "timeout", 0, "stop waiting after this time (exit code 4); the workflow goes on")
	cmd.Flags().StringVarP(&w.output, "output", "o", "text", "what to print on stdout: text or json")
}

func (w *waiting) check() error {
	if w.output != "text" && w.output != "json" {
		return fail(ExitBadInput, "--output %q: want text or json", w.output)
	}
	if w.timeout < 0 {
		return fail(ExitBadInput, "--timeout %s: want a positive duration such as 30m", w.timeout)
	}
	return nil
}

func (w *waiting) json() bool { return w.output == "json" }

func newRelease(streams Streams) *cobra.Command {
	var w wish
	var how waiting
	cmd := &cobra.Command{
		Use:   "release (--tag TAG | --commit COMMIT)",
		Short: "release a tag or a commit to the environments of its channel",
		Long: `Release builds what a tag or a commit names and rolls it out to the environments
of its channel. A release that is under way already is joined.

A repository given by a path is read here, and again by the workers, which must
reach the same path; give a URL where they cannot. With a URL, --stack saves the
starter from fetching the repository itself to find the stack's name.

Progress goes to stderr, the result to stdout. Interrupting stops the waiting,
not the release, unless --cancel-on-interrupt is given.`,
		Example: "  starter release --tag v1.4.0-rc.1\n  starter release --commit HEAD\n" +
			"  starter release --repo https://github.com/acme/shop.git --stack shop --tag v1.4.0 --output json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := &Report{}
			return conclude(streams, how, report, func() error {
				return runRelease(cmd.Context(), streams, w, how, report)
			})
		},
	}
	cmd.Flags().StringVar(&w.repository, "repo", ".", "Git repository: a path or a URL")
	cmd.Flags().StringVar(&w.tag, "tag", "", "tag to release: v1.4.0-rc.1 goes to channel rc, v1.4.0 to stable")
	cmd.Flags().StringVar(&w.commit, "commit", "", "commit to release as a snapshot")
	cmd.Flags().StringVar(&w.stack, "stack", "", "name of the stack (default: as slipway.yaml says)")
	cmd.Flags().StringVar(&w.by, "by", person(), "who asks; stored and shown as claimed")
	cmd.Flags().StringVar(&w.override, "override", "", "why the release may pass every gate; stored in the history. A ban it does not lift")
	cmd.Flags().BoolVar(&how.cancel, "cancel-on-interrupt", false, "cancel the release on the first interrupt, and wait until what it touched is restored")
	how.flags(cmd)
	return cmd
}

// document is what a command prints when it has ended.
type document interface {
	// failed puts an error into the document, with its exit code.
	failed(err error)
	// write gives the document as JSON, or as the few sentences that people read.
	write(out io.Writer, asJSON bool, began time.Time) error
	code() Code
	// left notes that the waiting has stopped while the work goes on.
	left()
}

// conclude runs a command, prints its report and gives its exit code.
func conclude(streams Streams, how waiting, report document, do func() error) error {
	began := time.Now()
	if err := how.check(); err != nil {
		return err
	}
	if err := do(); err != nil {
		report.failed(err)
		streams.say("starter: %v", err)
	}
	if err := report.write(streams.Out, how.json(), began); err != nil {
		return err
	}
	return finish(report.code())
}

func runRelease(ctx context.Context, streams Streams, w wish, how waiting, report *Report) error {
	early, release := streams.untilInterrupt(ctx)
	p, err := plan(early, w)
	if err != nil {
		release()
		return orInterrupt(early, err)
	}
	report.Stack, report.Version, report.Channel, report.Commit = p.input.Stack, p.version.String(), p.version.Channel(), p.input.Commit
	if p.local {
		streams.say("the workers read the repository at %s and must be able to reach it", p.input.Repository)
	}
	c, options, err := connect(early)
	release()
	if err != nil {
		return orInterrupt(early, err)
	}
	defer c.Close()
	run, err := startRelease(ctx, c, newLooker(c, options), p)
	if err != nil {
		return err
	}
	report.Joined = run.joined
	report.Workflow = reference(options, run.id, run.run)
	announce(streams, run, report.Workflow)
	if how.noWait {
		report.Outcome = outcomeTaken
		return nil
	}
	return waitForRelease(ctx, streams, options, run, how, report)
}

func announce(streams Streams, run *releaseRun, ref *WorkflowReference) {
	if run.joined {
		streams.say("%s is under way already; joined it", run.id)
	} else {
		streams.say("%s started", run.id)
	}
	if ref.URL != "" {
		streams.say("%s", ref.URL)
	}
}

func waitForRelease(ctx context.Context, streams Streams, options client.Options, run *releaseRun, how waiting, report *Report) error {
	view := streams.view()
	defer view.Close()
	f := &follower{
		subject: run, view: view, interrupts: streams.Interrupts, timeout: how.timeout,
		cancelOnInterrupt: how.cancel, reachable: run.looker.reachable, address: options.HostPort, began: time.Now(),
	}
	end, err := f.follow(ctx)
	if end != ended {
		return leave(streams, end, run.id, err, report)
	}
	if err != nil {
		return endError(run.id, err)
	}
	view.Show(run.seen(), time.Since(f.began))
	report.take(run.result)
	return nil
}

// leave says that the work goes on without this process.
func leave(streams Streams, end ending, id string, err error, report document) error {
	report.left()
	if err != nil {
		return err
	}
	why := "interrupted"
	if end == timedOut {
		why = "--timeout passed"
	}
	streams.say("%s: stopped waiting; %s goes on. Run the same command again to join it", why, id)
	return nil
}

// reference names a run, with the URL of its page where the UI is known.
func reference(options client.Options, id, run string) *WorkflowReference {
	ref := &WorkflowReference{ID: id, Run: run}
	if base := os.Getenv("SLIPWAY_UI"); base != "" {
		ref.URL = strings.TrimRight(base, "/") + "/namespaces/" + url.PathEscape(options.Namespace) +
			"/workflows/" + url.PathEscape(id)
		if run != "" {
			ref.URL += "/" + url.PathEscape(run)
		}
	}
	return ref
}
