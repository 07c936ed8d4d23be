package environment_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func (w *world) reconcile(after time.Duration, ticket, digest string) {
	w.at(after, environment.ReconcileUpdate, ticket, environment.Reconcile{Ticket: ticket, Digest: digest, By: "schedule"})
}

func verdicts(status environment.Status) map[string]rollout.Verdict {
	all := map[string]rollout.Verdict{}
	for _, record := range status.History {
		all[record.Ticket] = record.Verdict
	}
	return all
}

func TestAReconcileRollsOutWhatRunsAndChangesNoHistoryOfReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Released})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	w.reconcile(3*time.Minute, "first", "1.1.0")
	w.at(4*time.Minute, environment.ReconcileUpdate, "again", environment.Reconcile{Ticket: "first", Digest: "1.1.0"})
	w.reconcile(5*time.Minute, "stale", "1.0.0")
	w.at(6*time.Minute, environment.RollbackUpdate, "back", environment.RollbackRequest{From: "1.1.0", By: "ann"})
	status := w.run(10 * time.Minute)
	if got, want := strings.Join(w.rollouts, ", "), " to 1.0.0, 1.0.0 to 1.1.0, 1.1.0 to 1.1.0, 1.1.0 to 1.0.0"; got != want {
		t.Errorf("rollouts = %q, want %q; refusals %v", got, want, w.refusals)
	}
	if got := w.answers["first"]; got.Version != "1.1.0" {
		t.Errorf("answer = %+v, want one that names 1.1.0", got)
	}
	if got := w.refusals["stale"]; !strings.Contains(got, "1.1.0") {
		t.Errorf("the stale reconcile: %q, want a refusal that names what runs", got)
	}
	if got := verdicts(status)["first"]; got != rollout.Released {
		t.Errorf("the reconcile ended %q, want released", got)
	}
}

func TestAReconcileWaitsForARolloutAndIsSupersededByWhatItReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Released, "1.2.0-rc.1": waits})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	w.reconcile(2*time.Minute+500*time.Millisecond, "behind", "1.0.0")
	w.deploy(3*time.Minute, "1.2.0-rc.1")
	w.reconcile(4*time.Minute, "pushed out", "1.1.0")
	w.deploy(5*time.Minute, "1.3.0")
	w.at(6*time.Minute, environment.AbortUpdate, "abort", environment.AbortRequest{Version: "1.2.0-rc.1", By: "ann"})
	status := w.run(10 * time.Minute)
	got := verdicts(status)
	for _, ticket := range []string{"behind", "pushed out"} {
		if got[ticket] != rollout.NotStarted {
			t.Errorf("%s ended %q, want notStarted: %v", ticket, got[ticket], w.refusals)
		}
	}
	if got := strings.Join(w.rollouts, ", "); strings.Contains(got, "1.0.0 to 1.0.0") || strings.Contains(got, "1.1.0 to 1.1.0") {
		t.Errorf("rollouts = %q, want none of a reconcile", got)
	}
}

func TestAfterALossWhatDependsOnWhatRunsWaitsUntilItIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released})
	w.registry.current = bundle.Current{Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0"}, Version: "1.0.0"}
	// Between its attempts this takes minutes.
	w.registry.away = 20
	var early error
	w.env.RegisterDelayedCallback(func() { _, early = w.env.QueryWorkflow(environment.CurrentQuery) }, time.Minute)
	w.reconcile(0, "first", "1.0.0")
	w.reconcile(0, "stale", "0.9.0")
	w.at(0, environment.RollbackUpdate, "back", environment.RollbackRequest{From: "1.0.0", By: "ann"})
	status := w.run(time.Hour)

	if early == nil || !strings.Contains(early.Error(), "registry") {
		t.Errorf("asked what runs before it was known: %v, want an error that names the registry", early)
	}
	if got, want := strings.Join(w.rollouts, ", "), "1.0.0 to 1.0.0"; got != want {
		t.Errorf("rollouts = %q, want %q; refusals %v", got, want, w.refusals)
	}
	if got := verdicts(status)["first"]; got != rollout.Released {
		t.Errorf("the reconcile ended %q, want released", got)
	}
	for id, want := range map[string]string{"stale": "1.0.0 (1.0.0) runs now", "back": "no release before 1.0.0"} {
		if got := w.refusals[id]; !strings.Contains(got, want) {
			t.Errorf("%s: refusal %q, want one that says %q", id, got, want)
		}
	}
	value, err := w.env.QueryWorkflow(environment.CurrentQuery)
	if err != nil {
		t.Fatal(err)
	}
	var current environment.Current
	if err := value.Get(&current); err != nil || current.Version != "1.0.0" {
		t.Errorf("current = %+v, %v, want 1.0.0", current, err)
	}
}

// lost is an Environment that cannot find out what runs, with a reconcile that waits for it.
func lost(t *testing.T) (w *world, answer *error) {
	t.Helper()
	w, answer = newWorld(t, nil), new(error)
	w.registry.away = math.MaxInt
	w.env.RegisterDelayedCallback(func() {
		w.env.UpdateWorkflow(environment.ReconcileUpdate, "first", &testsuite.TestUpdateCallback{
			OnAccept:   func() {},
			OnReject:   func(err error) { t.Errorf("the reconcile was refused: %v", err) },
			OnComplete: func(_ any, err error) { *answer = err },
		}, environment.Reconcile{Ticket: "first", Digest: "1.0.0", By: "schedule"})
	}, 0)
	return w, answer
}

func TestAnEnvironmentThatIsCancelledWhileItRecoversLetsItsAskersAskAgain(t *testing.T) {
	t.Parallel()
	w, answer := lost(t)
	w.run(time.Minute)
	if !temporal.IsCanceledError(*answer) {
		t.Errorf("the reconcile ended with %v, want cancelled, which is no refusal", *answer)
	}
}

func TestAnEnvironmentThatHandsOverWhileItRecoversLetsItsAskersAskAgain(t *testing.T) {
	t.Parallel()
	w, answer := lost(t)
	w.env.RegisterDelayedCallback(func() { w.env.SetContinueAsNewSuggested(true) }, time.Minute)
	next := w.handOver(environment.Input{Stack: "shop", Environment: "production", Repository: "r"})
	if next.State.Recovered || len(next.State.Queue) > 0 {
		t.Errorf("state handed over = %+v, want one that has yet to recover", next.State)
	}
	if !temporal.IsCanceledError(*answer) {
		t.Errorf("the reconcile ended with %v, want cancelled, which is no refusal", *answer)
	}
}
