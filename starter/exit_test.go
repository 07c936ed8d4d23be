package starter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/workflows/rollout"
)

// The numbers are what CI jobs are written against: this table may grow, but
// no line of it may change.
func TestExitCodesAreAPromise(t *testing.T) {
	t.Parallel()
	want := map[string]int{
		"released": 0, "failed": 1, "badInput": 2, "rolledBack": 3,
		"stoppedWaiting": 4, "noConnection": 5, "notStarted": 6, "stuck": 7,
	}
	for _, row := range exitCodes {
		if want[row.name] != int(row.code) || row.meaning == "" {
			t.Errorf("%s has code %d and meaning %q, want code %d and a meaning", row.name, row.code, row.meaning, want[row.name])
		}
		delete(want, row.name)
	}
	if len(want) > 0 {
		t.Errorf("no row for %v", want)
	}
}

func TestHelpPrintsEveryExitCode(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if code := Main(t.Context(), []string{"help", "exit-codes"}, Streams{Out: &out, Err: io.Discard}); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, row := range exitCodes {
		if !strings.Contains(out.String(), fmt.Sprintf("%d  %s", row.code, row.name)) {
			t.Errorf("the help lacks %s:\n%s", row.name, out.String())
		}
	}
}

func TestVerdictsBecomeExitCodes(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[rollout.Verdict]Code{
		rollout.Released: ExitReleased, rollout.Restored: ExitRolledBack,
		rollout.NotStarted: ExitNotStarted, rollout.Stuck: ExitStuck,
		"": ExitFailed, "somethingNew": ExitFailed,
	} {
		if got := exitOf(verdict); got != want {
			t.Errorf("verdict %q: got %v, want %v", verdict, got, want)
		}
	}
}

func TestEndsOfWorkflowsBecomeExitCodes(t *testing.T) {
	t.Parallel()
	application := func(kind, message string) error {
		return fmt.Errorf("workflow execution error: %w", temporal.NewNonRetryableApplicationError(message, kind, nil)) //nolint:forbidigo // what a workflow ends with
	}
	for name, c := range map[string]struct {
		err  error
		code Code
		text string
	}{
		"bad input keeps its lines":               {application("InvalidInput", "slipway.yaml:1:1: a\nslipway.yaml:2:1: b"), ExitBadInput, "slipway.yaml:2:1: b"},
		"a missing tag is bad input":              {application("NotFound", "no tag v1.0.0"), ExitBadInput, "no tag v1.0.0"},
		"a build that failed":                     {application("BuildFailed", "cart: main.go:1: undefined"), ExitFailed, "cart: main.go:1: undefined"},
		"a registry that is away":                 {application("Unavailable", "no route"), ExitFailed, "no route"},
		"cancelled before it touched anything":    {temporal.NewCanceledError(), ExitNotStarted, "cancelled"},
		"terminated from outside undoes nothing":  {&temporal.TerminatedError{}, ExitFailed, "terminated"},
		"gone after the retention":                {serviceerror.NewNotFound("x"), ExitFailed, "no longer"},
		"something unforeseen is never a success": {errors.New("surprise"), ExitFailed, "surprise"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := endError("release/shop/1.0.0", c.err)
			if codeOf(got) != c.code || !strings.Contains(got.Error(), c.text) {
				t.Errorf("got %v: %v, want %v with %q", codeOf(got), got, c.code, c.text)
			}
		})
	}
}

func TestErrorsOfCallsBecomeExitCodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		code Code
	}{
		"a validator that refuses":          {temporal.NewApplicationError("1.0.0 is not running", "refused"), ExitBadInput}, //nolint:forbidigo // what a validator answers
		"an argument that the server hates": {serviceerror.NewInvalidArgument("too long"), ExitBadInput},
		"a workflow that is not there":      {serviceerror.NewNotFound("x"), ExitBadInput},
		"a namespace that is not there":     {serviceerror.NewNamespaceNotFound("x"), ExitNoConnection},
		"no answer":                         {context.DeadlineExceeded, ExitNoConnection},
		"no server":                         {serviceerror.NewUnavailable("refused"), ExitNoConnection},
		"no rights":                         {serviceerror.NewPermissionDenied("no", ""), ExitNoConnection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := codeOf(callError("starting", c.err)); got != c.code {
				t.Errorf("got %v, want %v", got, c.code)
			}
		})
	}
}

func TestMistakesInTheCommandLineAreBadInput(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"an unknown command":             {"frobnicate"},
		"an unknown flag":                {"release", "--frobnicate"},
		"an argument too many":           {"release", "v1.0.0"},
		"neither tag nor commit":         {"release"},
		"both tag and commit":            {"release", "--tag", "v1.0.0", "--commit", "HEAD"},
		"a tag that is not SemVer":       {"release", "--tag", "1.0"},
		"a snapshot as tag":              {"release", "--tag", "v1.0.0-SNAPSHOT.0123456789ab"},
		"an unknown output":              {"release", "--tag", "v1.0.0", "--output", "yaml"},
		"a negative timeout":             {"release", "--tag", "v1.0.0", "--timeout", "-1s"},
		"no such repository":             {"release", "--repo", "/does/not/exist", "--tag", "v1.0.0"},
		"a password in the repository":   {"release", "--repo", "https://me:secret@example.com/shop.git", "--stack", "shop", "--tag", "v1.0.0"},
		"abort without what to abort":    {"abort", "--stack", "shop", "--env", "staging"},
		"rollback without what runs now": {"rollback", "--stack", "shop", "--env", "staging", "--reason", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, stderr strings.Builder
			if code := Main(t.Context(), args, Streams{Out: &out, Err: &stderr}); Code(code) != ExitBadInput {
				t.Errorf("got exit code %d, want %d: %s", code, ExitBadInput, stderr.String())
			}
			if out.Len() > 0 || stderr.Len() == 0 {
				t.Errorf("stdout is for results and stderr for errors, got %q and %q", out.String(), stderr.String())
			}
			if strings.Contains(stderr.String(), "secret") {
				t.Errorf("the error tells a secret: %s", stderr.String())
			}
		})
	}
}
