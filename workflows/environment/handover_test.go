package environment_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// post takes the letters of an Environment. Each is a minute on its way.
type post struct {
	mu      sync.Mutex
	letters []string
	// lost makes each letter one that nobody gets.
	lost error
}

func (p *post) serve(w *world) {
	w.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, environment.OutcomeSignal, mock.Anything).
		Return(func(_, workflowID, _, _ string, letter any) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			outcome, ok := letter.(environment.Outcome)
			if !ok {
				return errors.New("the letter is no outcome")
			}
			p.letters = append(p.letters, workflowID+": "+string(outcome.Result.Verdict))
			return p.lost
		}).After(time.Minute)
}

func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.letters)
}

// wish asks for a version in the name of a release that waits for the outcome.
func (w *world) wish(after time.Duration, id, version string) {
	parsed, err := stack.ParseVersion(version)
	if err != nil {
		w.t.Fatal(err)
	}
	w.at(after, environment.DeployUpdate, id, environment.Deploy{
		Ticket: version, Version: version, Channel: parsed.Channel(), Release: "release/" + version,
		Bundle: bundle.Reference{Repository: "r", Digest: version},
	})
}

// handOver runs until the Environment hands over, and gives what it does.
func (w *world) handOver(in environment.Input) environment.Input {
	w.t.Helper()
	w.env.ExecuteWorkflow(environment.Name, in)
	var next *workflow.ContinueAsNewError
	if err := w.env.GetWorkflowError(); !errors.As(err, &next) {
		w.t.Fatalf("the run ended with %v, want the next run", err)
	}
	var given environment.Input
	if err := converter.GetDefaultDataConverter().FromPayloads(next.Input, &given); err != nil {
		w.t.Fatal(err)
	}
	return given
}

// runFrom is run for an Environment that was handed a state over.
func (w *world) runFrom(in environment.Input, end time.Duration) {
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, end)
	w.env.ExecuteWorkflow(environment.Name, in)
}

func versions(queue []environment.Wish) string {
	var names []string
	for _, wish := range queue {
		names = append(names, wish.Version)
	}
	return strings.Join(names, ", ")
}

func TestAnEnvironmentHandsOverWhenItsLettersAreDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released})
	var post post
	post.serve(w)
	w.wish(time.Minute, "1.0.0", "1.0.0")
	w.wish(time.Minute+200*time.Millisecond, "1.1.0-rc.1", "1.1.0-rc.1")
	w.wish(time.Minute+400*time.Millisecond, "2.0.0", "2.0.0")
	w.env.RegisterDelayedCallback(func() { w.env.SetContinueAsNewSuggested(true) }, time.Minute+600*time.Millisecond)
	// The letter of 1.0.0 is on its way when one more wish comes, which makes
	// another letter: neither may be lost.
	w.wish(90*time.Second, "1.2.0-rc.1", "1.2.0-rc.1")
	next := w.handOver(environment.Input{Stack: "shop", Environment: "production", Repository: "r"})

	if got, want := strings.Join(post.got(), ", "), "release/1.0.0: released, release/1.1.0-rc.1: notStarted"; got != want {
		t.Errorf("letters = %q, want %q", got, want)
	}
	if got, want := versions(next.State.Queue), "2.0.0, 1.2.0-rc.1"; got != want {
		t.Errorf("queue handed over = %q, want %q", got, want)
	}
	if current := next.State.Current; !next.State.Recovered || current == nil || current.Version != "1.0.0" {
		t.Errorf("state handed over = %+v, want one in which 1.0.0 runs", next.State)
	}
	if got := strings.Join(w.rollouts, ", "); got != " to 1.0.0" {
		t.Errorf("rollouts before the hand-over = %q, want that of 1.0.0 alone", got)
	}

	// The next run goes on where this one stood, and knows what it has answered.
	after := newWorld(t, map[string]rollout.Verdict{"2.0.0": rollout.Released, "1.2.0-rc.1": rollout.Released})
	after.registry.current = bundle.Current{Bundle: bundle.Reference{Repository: "r", Digest: "9.9.9"}, Version: "9.9.9"}
	post.serve(after)
	after.wish(10*time.Minute, "once more", "1.0.0")
	after.wish(11*time.Minute, "superseded", "1.1.0-rc.1")
	after.runFrom(next, 20*time.Minute)
	if got, want := strings.Join(after.rollouts, ", "), "1.0.0 to 2.0.0, 2.0.0 to 1.2.0-rc.1"; got != want {
		t.Errorf("rollouts after the hand-over = %q, want %q", got, want)
	}
	for id, want := range map[string]rollout.Verdict{"once more": rollout.Released, "superseded": rollout.NotStarted} {
		if got := after.answers[id]; got.State != environment.Done || got.Outcome == nil || got.Outcome.Result.Verdict != want {
			t.Errorf("asked %s, the next run answers %+v, want done, %s", id, got, want)
		}
	}
	if got, want := strings.Join(post.got(), ", "),
		"release/1.0.0: released, release/1.1.0-rc.1: notStarted, release/2.0.0: released, release/1.2.0-rc.1: released"; got != want {
		t.Errorf("letters of both runs = %q, want %q", got, want)
	}
}

func TestAnEnvironmentHandsOverWithoutLettersThatNobodyGets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released})
	post := post{lost: errors.New("no such workflow")}
	post.serve(w)
	w.wish(time.Minute, "1.0.0", "1.0.0")
	w.env.RegisterDelayedCallback(func() { w.env.SetContinueAsNewSuggested(true) }, time.Minute+600*time.Millisecond)
	next := w.handOver(environment.Input{Stack: "shop", Environment: "production", Repository: "r"})
	if got := strings.Join(post.got(), ", "); got != "release/1.0.0: released" {
		t.Errorf("letters = %q, want one", got)
	}
	if got := next.State.Current; got == nil || got.Version != "1.0.0" {
		t.Errorf("current = %+v, want 1.0.0", got)
	}
}

func TestWhoMissedItsLetterGetsTheOutcomeByAskingAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Restored})
	post := post{lost: errors.New("no such workflow")}
	post.serve(w)
	w.wish(time.Minute, "first", "1.0.0")
	w.wish(time.Hour, "again", "1.0.0")
	w.run(2 * time.Hour)
	if got := w.answers["first"]; got.State == environment.Done {
		t.Errorf("the first answer is %+v, want one that waits", got)
	}
	if got := w.answers["again"]; got.State != environment.Done || got.Outcome == nil || got.Outcome.Result.Verdict != rollout.Restored {
		t.Errorf("the second answer is %+v, want done, restored", got)
	}
	if len(w.rollouts) != 1 || len(post.got()) != 1 {
		t.Errorf("rollouts = %q, letters = %q, want one each", w.rollouts, post.got())
	}
}
