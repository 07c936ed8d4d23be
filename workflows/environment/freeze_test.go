package environment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestAFreezeHoldsWhatRunsAndWhatWaitsUntilItIsThawed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits, "1.1.0": rollout.Released})
	w.at(30*time.Second, environment.ThawUpdate, "nothing", environment.ThawRequest{By: "ann"})
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.FreezeUpdate, "freeze", environment.FreezeRequest{By: "ops", Reason: "audit"})
	w.deploy(3*time.Minute, "1.1.0")
	w.at(4*time.Minute, environment.ResumeUpdate, "resume", environment.PauseRequest{Version: "1.0.0", By: "ann"})
	w.at(5*time.Hour, environment.ThawUpdate, "thaw", environment.ThawRequest{By: "ops"})
	status := w.run(day)
	if got, want := strings.Join(w.controls, ", "), "paused by ops: frozen: manual: audit, resumed by "; got != want {
		t.Errorf("controls = %q, want %q", got, want)
	}
	w.wantRefusal("nothing", "nobody has frozen")
	w.wantRefusal("resume", "nobody has paused 1.0.0", "thaw it")
	first := wantEnd(t, status, "1.0.0", rollout.Released, "")
	second := wantEnd(t, status, "1.1.0", rollout.Released, "")
	if !second.Ended.After(first.Ended) {
		t.Errorf("1.1.0 ended %s, 1.0.0 %s", second.Ended, first.Ended)
	}
}

func TestAFreezeThatEndsByItselfAndOneThatAborts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits, "1.1.0": rollout.Released})
	w.deploy(time.Minute, "1.0.0")
	w.env.RegisterDelayedCallback(func() {
		now := w.env.Now()
		w.at(0, environment.FreezeUpdate, "past", environment.FreezeRequest{By: "ops", Reason: "audit", Until: now.Add(-time.Second)})
		w.at(0, environment.FreezeUpdate, "abort", environment.FreezeRequest{By: "ops", Reason: "fire", Until: now.Add(10 * time.Hour), Running: stack.RunningAbort})
	}, 2*time.Minute)
	w.deploy(3*time.Minute, "1.1.0")
	status := w.run(day)
	w.wantRefusal("past", "which is past")
	aborted := wantEnd(t, status, "1.0.0", rollout.Restored, rollout.WhyFrozen)
	released := wantEnd(t, status, "1.1.0", rollout.Released, "")
	if waited := released.Ended.Sub(aborted.Ended); waited < 10*time.Hour-time.Minute || waited > 10*time.Hour+time.Minute {
		t.Errorf("1.1.0 came %s after the freeze, want ten hours", waited)
	}
	if len(status.Freezes) > 0 {
		t.Errorf("freezes = %+v, want none that has ended", status.Freezes)
	}
}

// The test environment's clock starts now, so that the windows are made around it.
func TestAWindowOfThePolicyHoldsGoingForwardButNotGoingBack(t *testing.T) {
	t.Parallel()
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": waits, "1.2.0": rollout.Released}, nil)
	(&post{}).serve(w)
	start := w.env.Now().UTC().Truncate(time.Minute)
	// It begins in two hours, and lasts for three.
	begins := start.Add(2 * time.Hour)
	window := stack.Window{Name: "peak", Begins: begins.Format("4 15 2 1") + " *", Lasts: stack.Duration(3 * time.Hour)}
	policy := stack.Policy{Freeze: []stack.Window{window}, FastRollback: stack.DefaultFastRollback}
	w.registry.policies = map[string]stack.Policy{"1.0.0": policy, "1.1.0": policy, "1.2.0": policy}

	w.deploy(time.Minute, "1.0.0")
	w.deploy(90*time.Minute, "1.1.0") // has half an hour of work left when it begins
	w.at(150*time.Minute, environment.ReconcileUpdate, "drift", environment.Reconcile{Ticket: "drift", Digest: "1.0.0", Release: "configsync/shop/production", By: "schedule"})
	status := w.run(day)
	if got := strings.Join(w.controls, ", "); !strings.HasPrefix(got, "paused by the calendar: frozen: peak until ") || !strings.HasSuffix(got, ", resumed by ") {
		t.Errorf("controls = %q, want the window, then its end", got)
	}
	wantEnd(t, status, "1.1.0", rollout.Released, "")
	wantEnd(t, status, "drift", rollout.NotStarted, rollout.WhyFrozen)
	if ended := wantEnd(t, status, "1.1.0", rollout.Released, "").Ended; ended.Before(begins.Add(3 * time.Hour)) {
		t.Errorf("1.1.0 ended %s, in the window", ended)
	}
}

func TestAPersonsReconcilePassesAFreezeAndADriftChecksDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released})
	(&post{}).serve(w)
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.FreezeUpdate, "freeze", environment.FreezeRequest{By: "ops", Reason: "audit"})
	w.at(3*time.Minute, environment.ReconcileUpdate, "check", environment.Reconcile{Ticket: "check", Digest: "1.0.0", Release: "configsync/shop/production", By: "schedule"})
	w.at(4*time.Minute, environment.ReconcileUpdate, "person", environment.Reconcile{Ticket: "person", Digest: "1.0.0", By: "ann"})
	status := w.run(day)
	if got := wantEnd(t, status, "check", rollout.NotStarted, rollout.WhyFrozen); !strings.Contains(got.Message, "starter reconcile") {
		t.Errorf("message = %q, want the way out", got.Message)
	}
	wantEnd(t, status, "person", rollout.Released, "")
}

func TestAnOverrideTakesOverFromARolloutThatAFreezeHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.1.0": waits, "1.0.9": rollout.Released, "1.2.0": rollout.Released})
	w.deploy(time.Minute, "1.1.0")
	w.at(2*time.Minute, environment.FreezeUpdate, "freeze", environment.FreezeRequest{By: "ops", Reason: "audit"})
	for after, version := range map[time.Duration]string{3 * time.Minute: "1.0.9", 3 * time.Hour: "1.2.0"} {
		w.at(after, environment.DeployUpdate, version, environment.Deploy{
			Ticket: version, Version: version, Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: version},
			Override: &environment.Override{By: "ann", Reason: "the shop is down"},
		})
	}
	status := w.run(day)
	wantEnd(t, status, "1.1.0", rollout.Restored, rollout.WhySuperseded)
	wantEnd(t, status, "1.2.0", rollout.Released, "")
	// What is older has waited, and gave way in the queue.
	wantEnd(t, status, "1.0.9", rollout.NotStarted, rollout.WhySuperseded)
}
