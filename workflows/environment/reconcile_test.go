package environment_test

import (
	"strings"
	"testing"
	"time"

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
