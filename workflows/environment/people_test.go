package environment_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

const day = 24 * time.Hour

// asks makes a world in which a version has to meet a policy.
func asks(t *testing.T, verdicts map[string]rollout.Verdict, policies map[string]stack.Policy) *world {
	t.Helper()
	w := newWorld(t, verdicts)
	w.registry.policies = policies
	return w
}

func approval(count int, expires time.Duration, from ...string) stack.Policy {
	return stack.Policy{
		FastRollback: stack.DefaultFastRollback,
		Approvals:    []stack.Approval{{Count: count, From: from, Expires: stack.Duration(expires)}},
	}
}

func (w *world) approve(after time.Duration, id, version, by string) {
	w.at(after, environment.ApproveUpdate, id, environment.ApproveRequest{Version: version, By: by})
}

// wantEnd fails unless a wish ended so.
func wantEnd(t *testing.T, status environment.Status, ticket string, verdict rollout.Verdict, why string) environment.Record {
	t.Helper()
	for _, record := range slices.Backward(status.History) {
		if record.Ticket == ticket {
			if record.Verdict != verdict || record.Why != why {
				t.Errorf("%s ended %s, %s, %q; want %s, %s", ticket, record.Verdict, record.Why, record.Message, verdict, why)
			}
			return record
		}
	}
	t.Errorf("%s has not ended; history %+v", ticket, status.History)
	return environment.Record{}
}

// shown is what the status says of the queue.
func (w *world) shown() string {
	w.t.Helper()
	value, err := w.env.QueryWorkflow(environment.StatusQuery)
	var status environment.Status
	if err == nil {
		err = value.Get(&status)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	text := ""
	for _, wish := range status.Queue {
		if wish.Plan != nil {
			text += wish.Version + ": " + wish.Plan.Message + "\n"
		}
	}
	return text
}

func (w *world) wantRefusal(id string, parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		if got := w.refusals[id]; !strings.Contains(got, part) {
			w.t.Errorf("%s: refusal = %q, want one that says %q", id, got, part)
		}
	}
}

func TestAReleaseWaitsForTheApprovalsThatItsPolicyAsksFor(t *testing.T) {
	t.Parallel()
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released}, map[string]stack.Policy{"1.0.0": approval(2, 7*day, "ann", "bob", "cem")})
	w.deploy(time.Minute, "1.0.0")
	w.approve(day, "stranger", "1.0.0", "eve")
	w.approve(day, "stale", "0.9.0", "ann")
	w.approve(2*day, "first", "1.0.0", "ann")
	w.approve(3*day, "the same again", "1.0.0", "ann")
	w.env.RegisterDelayedCallback(func() {
		if len(w.rollouts) > 0 {
			t.Errorf("one word was enough: %v", w.rollouts)
		}
		// Whoever is asked is told what it would change.
		if len(w.plans) != 1 || w.plans[0].Bundle.Digest != "1.0.0" || !strings.Contains(w.shown(), "2 to update") {
			t.Errorf("plans = %+v, shown %s", w.plans, w.shown())
		}
	}, 4*day)
	w.approve(5*day, "second", "1.0.0", "bob")
	status := w.run(6 * day)
	wantEnd(t, status, "1.0.0", rollout.Released, "")
	w.wantRefusal("stranger", "eve is not asked", "ann, bob, cem")
	w.wantRefusal("stale", "0.9.0 does not wait here", "what does is 1.0.0")
	if len(status.Log) != 3 || status.Log[0].What != "approved 1.0.0" || status.Log[0].By != "ann" {
		t.Errorf("log = %+v, want three words", status.Log)
	}
}

func TestApprovalsEndInRejectionOrExpiry(t *testing.T) {
	t.Parallel()
	w := asks(t, nil, map[string]stack.Policy{"1.0.0": approval(1, day), "1.1.0": approval(1, day)})
	w.deploy(time.Minute, "1.0.0")
	w.at(time.Hour, environment.ApproveUpdate, "no", environment.ApproveRequest{Version: "1.0.0", Decision: environment.Reject, By: "ann", Reason: "not on a Friday"})
	w.deploy(2*time.Hour, "1.1.0")
	status := w.run(3 * day)
	if got := wantEnd(t, status, "1.0.0", rollout.NotStarted, rollout.WhyRejected); !strings.Contains(got.Message, "ann: not on a Friday") {
		t.Errorf("message = %q", got.Message)
	}
	expired := wantEnd(t, status, "1.1.0", rollout.NotStarted, rollout.WhyExpired)
	if got, want := expired.Ended.Sub(status.History[0].Ended), 25*time.Hour; got < want-time.Minute || got > want+time.Minute {
		t.Errorf("it expired %s after the rejection, want %s", got, want)
	}
	if len(w.rollouts) > 0 {
		t.Errorf("rollouts = %v, want none", w.rollouts)
	}
}

func TestAnOverridePassesEveryGateAndIsRemembered(t *testing.T) {
	t.Parallel()
	strict := approval(3, 7*day)
	strict.Verified = true
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Released}, map[string]stack.Policy{"1.0.0": strict, "1.1.0": strict})
	w.at(time.Minute, environment.FreezeUpdate, "freeze", environment.FreezeRequest{By: "ops", Reason: "audit"})
	w.deploy(time.Hour, "1.0.0")
	w.at(2*time.Hour, environment.OverrideUpdate, "nameless", environment.OverrideRequest{Version: "1.0.0", By: "ann"})
	w.at(3*time.Hour, environment.OverrideUpdate, "now", environment.OverrideRequest{Version: "1.0.0", By: "ann", Reason: "the shop is down"})
	w.at(4*time.Hour, environment.DeployUpdate, "1.1.0", environment.Deploy{
		Ticket: "1.1.0", Version: "1.1.0", Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: "1.1.0"},
		Override: &environment.Override{By: "bob", Reason: "still down"},
	})
	status := w.run(day)
	if got := wantEnd(t, status, "1.0.0", rollout.Released, ""); got.Reason != "override by ann: the shop is down" {
		t.Errorf("reason = %q", got.Reason)
	}
	wantEnd(t, status, "1.1.0", rollout.Released, "")
	w.wantRefusal("nameless", "reason")
}

func TestARollbackSkipsTheGatesWithinItsWindowAndAsksAfterwards(t *testing.T) {
	t.Parallel()
	policy := approval(1, 7*day)
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Released},
		map[string]stack.Policy{"1.0.0": policy, "1.1.0": policy})
	w.deploy(time.Minute, "1.0.0")
	w.approve(time.Hour, "a", "1.0.0", "ann")
	w.deploy(2*time.Hour, "1.1.0")
	w.approve(3*time.Hour, "b", "1.1.0", "ann")
	w.at(4*time.Hour, environment.FreezeUpdate, "freeze", environment.FreezeRequest{Name: "audit", By: "ops", Reason: "audit"})
	w.at(5*time.Hour, environment.RollbackUpdate, "soon", environment.RollbackRequest{From: "1.1.0", By: "ann", Reason: "slow"})
	w.at(6*time.Hour, environment.ThawUpdate, "which", environment.ThawRequest{By: "ann"})
	// Two days later a person is asked, also for a way back.
	w.at(2*day, environment.RollbackUpdate, "late", environment.RollbackRequest{From: "1.0.0", To: "1.1.0", By: "ann"})
	w.approve(3*day, "c", "1.1.0", "bob")
	status := w.run(4 * day)
	if got, want := strings.Join(w.rollouts, ", "), " to 1.0.0, 1.0.0 to 1.1.0, 1.1.0 to 1.0.0, 1.0.0 to 1.1.0"; got != want {
		t.Errorf("rollouts = %q, want %q; refusals %v", got, want, w.refusals)
	}
	w.wantRefusal("which", `"audit"`, `"after rollback"`)
	if got := wantEnd(t, status, "rollback/late", rollout.Released, ""); got.Ended.Before(status.History[0].Ended.Add(2 * day)) {
		t.Errorf("the late rollback ended %s, before it was approved", got.Ended)
	}
	if !slices.ContainsFunc(status.Freezes, func(f environment.Freeze) bool { return f.Name == "after rollback" && f.By == "ann" }) {
		t.Errorf("freezes = %+v, want one after the rollback", status.Freezes)
	}
}

func TestAPausedRolloutIsResumedOrGivesWayToANewerVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits, "1.1.0": rollout.Released})
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.PauseUpdate, "stale", environment.PauseRequest{Version: "0.9.0", By: "ann"})
	w.at(3*time.Minute, environment.ResumeUpdate, "early", environment.PauseRequest{Version: "1.0.0", By: "ann"})
	w.at(4*time.Minute, environment.PauseUpdate, "pause", environment.PauseRequest{Version: "1.0.0", By: "ann", Reason: "hm"})
	w.at(5*time.Minute, environment.ResumeUpdate, "resume", environment.PauseRequest{Version: "1.0.0", By: "ann"})
	w.at(6*time.Minute, environment.PauseUpdate, "pause again", environment.PauseRequest{Version: "1.0.0", By: "ann", Reason: "hm"})
	w.deploy(3*time.Hour, "1.1.0")
	status := w.run(day)
	w.wantRefusal("stale", "0.9.0 is not being rolled out; 1.0.0 is")
	w.wantRefusal("early", "1.0.0 is not paused")
	if got, want := strings.Join(w.controls[:3], ", "), "paused by ann: hm, resumed by , paused by ann: hm"; got != want {
		t.Errorf("controls = %q, want %q", got, want)
	}
	wantEnd(t, status, "1.0.0", rollout.Restored, rollout.WhySuperseded)
	wantEnd(t, status, "1.1.0", rollout.Released, "")
}

func TestANewerVersionWaitsForARolloutThatIsNotHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits, "1.1.0": rollout.Released})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	status := w.run(day)
	wantEnd(t, status, "1.0.0", rollout.Released, "")
	wantEnd(t, status, "1.1.0", rollout.Released, "")
	if len(w.controls) > 0 {
		t.Errorf("controls = %v, want none", w.controls)
	}
}

func TestABanStopsWhatRunsAndWhatWaitsAndTellsTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits, "1.1.0": rollout.Released, "1.2.0": rollout.Released})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	ban := func(version string) environment.BanRequest {
		return environment.BanRequest{Version: version, By: "ann", Reason: "eats orders"}
	}
	w.at(3*time.Minute, environment.BanUpdate, "unknown", ban("9.9.9"))
	w.at(4*time.Minute, environment.BanUpdate, "running", ban("1.0.0"))
	// Another environment heard of it first.
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(environment.BannedSignal, bundle.Ban{
			Version: "1.1.0", Bundle: bundle.Reference{Repository: "r", Digest: "1.1.0"}, By: "bob", Reason: "too",
		})
	}, 3*time.Minute)
	w.at(time.Hour, environment.UnbanUpdate, "lift", ban("1.1.0"))
	w.at(2*time.Hour, environment.DeployUpdate, "again", environment.Deploy{
		Ticket: "again", Version: "1.1.0", Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: "1.1.0"},
	})
	w.at(3*time.Hour, environment.DeployUpdate, "never", environment.Deploy{
		Ticket: "never", Version: "1.0.0", Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0"},
		Override: &environment.Override{By: "eve", Reason: "I want it"},
	})
	status := w.run(day)
	wantEnd(t, status, "1.0.0", rollout.Restored, rollout.WhyBanned)
	wantEnd(t, status, "1.1.0", rollout.NotStarted, rollout.WhyBanned)
	wantEnd(t, status, "again", rollout.Released, "")
	wantEnd(t, status, "never", rollout.NotStarted, rollout.WhyBanned)
	w.wantRefusal("unknown", "no release 9.9.9 is recorded")
	if len(status.Bans) != 1 || status.Bans[0].Version != "1.0.0" {
		t.Errorf("bans = %+v, want that of 1.0.0, which was not lifted", status.Bans)
	}
	if !slices.Contains(w.registry.marks, "banned to all of shop") {
		t.Errorf("nobody was told: %v", w.registry.marks)
	}
}

func TestAStuckRolloutIsAcceptedOrRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Stuck, "1.2.0": rollout.Stuck})
	request := func(version string) environment.UnstickRequest {
		return environment.UnstickRequest{Version: version, By: "ann", Reason: "looked at it"}
	}
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.AcceptUpdate, "nothing", request("1.0.0"))
	w.deploy(3*time.Minute, "1.1.0")
	w.at(4*time.Minute, environment.AcceptUpdate, "wrong", request("1.0.0"))
	w.at(5*time.Minute, environment.AcceptUpdate, "accept", request("1.1.0"))
	w.deploy(6*time.Minute, "1.2.0")
	w.at(7*time.Minute, environment.RetryUpdate, "retry", request("1.2.0"))
	status := w.run(day)
	w.wantRefusal("nothing", "no rollout is stuck")
	w.wantRefusal("wrong", "1.0.0 is not what got stuck; 1.1.0 did")
	if !strings.Contains(w.messages["accept"], "1.0.0 counts as what runs") {
		t.Errorf("answer = %q", w.messages["accept"])
	}
	wantEnd(t, status, "retry/retry", rollout.Released, "")
	if status.Unknown || status.Current.Version != "1.0.0" || len(status.Freezes) > 0 {
		t.Errorf("status = %+v, want 1.0.0, known, nothing frozen", status)
	}
}

func TestAnExcludedClusterComesBackLevelWithTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Released})
	west := environment.ExcludeRequest{Cluster: "west", By: "ann", Reason: "new disks"}
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.ExcludeUpdate, "typo", environment.ExcludeRequest{Cluster: "wets", By: "ann"})
	w.at(3*time.Minute, environment.IncludeUpdate, "early", west)
	w.at(4*time.Minute, environment.ExcludeUpdate, "out", west)
	w.deploy(5*time.Minute, "1.1.0")
	w.at(6*time.Minute, environment.FreezeUpdate, "freeze", environment.FreezeRequest{By: "ops", Reason: "audit", Until: time.Now().Add(365 * day)})
	w.at(7*time.Minute, environment.ThawUpdate, "thaw", environment.ThawRequest{By: "ops"})
	w.at(8*time.Minute, environment.IncludeUpdate, "in", west)
	status := w.run(day)
	w.wantRefusal("typo", "wets", "east, west")
	w.wantRefusal("early", "west is not excluded")
	if len(w.inputs) != 3 {
		t.Fatalf("rollouts = %v, refusals %v", w.rollouts, w.refusals)
	}
	if got := w.inputs[1]; !slices.Equal(got.Exclude, []string{"west"}) || got.Only != "" {
		t.Errorf("the rollout without west: %+v", got)
	}
	if got := w.inputs[2]; got.Only != "west" || len(got.Exclude) > 0 || got.From.Digest != "1.0.0" || got.To.Digest != "1.1.0" {
		t.Errorf("the rollout that brings west back: %+v, want one from what it had", got)
	}
	if len(status.Excluded) > 0 || status.Current.Version != "1.1.0" {
		t.Errorf("status = %+v", status)
	}
}

func TestAReleaseCandidateIsVerifiedAfterItsSoakAndApproval(t *testing.T) {
	t.Parallel()
	verify := approval(1, 7*day).Approvals
	policy := stack.Policy{Verify: &stack.Verification{Approvals: verify, Tells: []string{"production"}}}
	w := asks(t, map[string]rollout.Verdict{"1.0.0-rc.1": rollout.Released}, map[string]stack.Policy{"1.0.0-rc.1": policy})
	var told []string
	w.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, environment.VerifiedSignal, mock.Anything).
		Return(func(_, workflowID, _, _ string, _ any) error { told = append(told, workflowID); return nil })
	w.deploy(time.Minute, "1.0.0-rc.1")
	w.env.RegisterDelayedCallback(func() {
		if slices.Contains(w.registry.marks, "verified 1.0.0-rc.1") {
			t.Errorf("it was verified without approval: %v", w.registry.marks)
		}
	}, 2*time.Hour)
	w.approve(3*time.Hour, "qa", "1.0.0-rc.1", "qa")
	status := w.run(day)
	if !slices.Contains(w.registry.marks, "verified 1.0.0-rc.1") {
		t.Errorf("marks = %q", w.registry.marks)
	}
	if got := strings.Join(told, ", "); got != "environment/shop/production" {
		t.Errorf("told = %q", got)
	}
	if status.Soaking != nil {
		t.Errorf("it still soaks: %+v", status.Soaking)
	}
}

func TestAStableReleaseWaitsForTheWordThatItsCandidateIsVerified(t *testing.T) {
	t.Parallel()
	policy := stack.Policy{Verified: true}
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "2.0.0": rollout.Released}, map[string]stack.Policy{"1.0.0": policy, "1.1.0": policy, "2.0.0": policy})
	w.registry.verified = map[string]bundle.Verified{
		"1.0.0": {Message: "no rc of its commit is verified"}, "1.1.0": {Never: true, Message: "its images are not those of 1.1.0-rc.1"},
		"2.0.0": {Message: "no rc of its commit is verified"},
	}
	deploy := func(after time.Duration, version string) {
		w.at(after, environment.DeployUpdate, version, environment.Deploy{
			Ticket: version, Version: version, Commit: "commit of " + version, Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: version},
		})
	}
	verify := func(version string) {
		w.registry.mu.Lock()
		defer w.registry.mu.Unlock()
		w.registry.verified[version] = bundle.Verified{Yes: true, Message: version + "-rc.1 is verified"}
	}
	deploy(time.Minute, "1.0.0")
	w.env.RegisterDelayedCallback(func() {
		if len(w.rollouts) > 0 {
			t.Errorf("it did not wait: %v", w.rollouts)
		}
		verify("1.0.0")
		w.env.SignalWorkflow(environment.VerifiedSignal, "commit of 1.0.0")
	}, 10*time.Minute)
	deploy(11*time.Minute, "1.1.0")
	// The word for 2.0.0 is lost: it looks again by itself.
	deploy(12*time.Minute, "2.0.0")
	w.env.RegisterDelayedCallback(func() { verify("2.0.0") }, 20*time.Minute)
	status := w.run(day)
	first := wantEnd(t, status, "1.0.0", rollout.Released, "")
	wantEnd(t, status, "1.1.0", rollout.NotStarted, rollout.WhyRefused)
	lost := wantEnd(t, status, "2.0.0", rollout.Released, "")
	if took := lost.Ended.Sub(first.Ended); took < 50*time.Minute || took > 70*time.Minute {
		t.Errorf("the one whose word was lost came %s after the first, want about an hour", took)
	}
}

func TestTheGatesAreLookedAtAnewWhenSomethingElseRuns(t *testing.T) {
	t.Parallel()
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0-rc.1": rollout.Released}, map[string]stack.Policy{"2.0.0": approval(1, 7*day)})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "2.0.0")
	w.deploy(3*time.Minute, "1.1.0-rc.1")
	w.run(day)
	for _, want := range []string{"policy of 2.0.0 over 1.0.0", "policy of 2.0.0 over 1.1.0-rc.1"} {
		if !slices.Contains(w.registry.marks, want) {
			t.Errorf("%q is missing in %q", want, w.registry.marks)
		}
	}
}

func TestWhatRunsStillIsNoReasonToPassOverAWishThatWillReplaceWhatComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": waits})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	w.at(3*time.Minute, environment.DeployUpdate, "again", environment.Deploy{
		Ticket: "again", Version: "1.0.0", Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0"},
	})
	status := w.run(day)
	wantEnd(t, status, "again", rollout.Released, "")
	if status.Current.Version != "1.0.0" {
		t.Errorf("%s runs, want 1.0.0, which was asked for last; rollouts %v", status.Current.Version, w.rollouts)
	}
}

func TestADeployIsNoWayAroundTheGates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	deploy := environment.Deploy{Ticket: "x", Version: "1.0.0", Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0"}}
	back, drift, copied := deploy, deploy, deploy
	back.Rollback, drift.Reconcile, copied.Bundle.Repository = true, true, "mine"
	w.at(time.Minute, environment.DeployUpdate, "back", back)
	w.at(2*time.Minute, environment.DeployUpdate, "drift", drift)
	w.at(3*time.Minute, environment.DeployUpdate, "copied", copied)
	w.run(time.Hour)
	w.wantRefusal("back", "use the update rollback")
	w.wantRefusal("drift", "use the update rollback, or reconcile")
	w.wantRefusal("copied", `"mine"`, "are in r")
}

func TestALateRollbackEndsWhenSomethingElseRunsByThen(t *testing.T) {
	t.Parallel()
	policy := approval(1, 7*day)
	w := asks(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Released, "1.2.0": rollout.Released}, map[string]stack.Policy{"1.0.0": policy})
	w.deploy(time.Minute, "1.0.0")
	w.approve(2*time.Minute, "a", "1.0.0", "ann")
	w.deploy(time.Hour, "1.1.0")
	w.at(3*day, environment.RollbackUpdate, "late", environment.RollbackRequest{From: "1.1.0", By: "ann"})
	w.deploy(3*day+time.Hour, "1.2.0")
	status := w.run(5 * day)
	wantEnd(t, status, "1.2.0", rollout.Released, "")
	if got := wantEnd(t, status, "rollback/late", rollout.NotStarted, rollout.WhySuperseded); !strings.Contains(got.Message, "roll back from that") {
		t.Errorf("message = %q", got.Message)
	}
}

func TestAClusterThatComesBackDuringARolloutGetsWhatTheOthersRunByThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": waits})
	west := environment.ExcludeRequest{Cluster: "west", By: "ann"}
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.ExcludeUpdate, "out", west)
	w.deploy(3*time.Minute, "1.1.0")
	w.at(4*time.Minute, environment.IncludeUpdate, "in", west)
	w.at(5*time.Minute, environment.IncludeUpdate, "again", west)
	status := w.run(day)
	if len(w.inputs) != 3 {
		t.Fatalf("rollouts = %v, want three; refusals %v", w.rollouts, w.refusals)
	}
	if got := w.inputs[2]; got.Only != "west" || got.From.Digest != "1.0.0" || got.To.Digest != "1.1.0" || got.Version != "1.1.0" {
		t.Errorf("west gets %+v, want what the others run", got)
	}
	if len(status.Excluded) > 0 || w.answers["again"].Ticket != w.answers["in"].Ticket {
		t.Errorf("excluded = %+v, answers = %+v", status.Excluded, w.answers)
	}
}

func TestWhatIsBannedOrRejectedIsNeverVerified(t *testing.T) {
	t.Parallel()
	soak := stack.Policy{Verify: &stack.Verification{Soak: stack.Duration(day), Tells: []string{"production"}}}
	both := stack.Policy{Verify: &stack.Verification{Soak: stack.Duration(day), Approvals: []stack.Approval{{Count: 1, Expires: stack.Duration(7 * day)}}}}
	for name, test := range map[string]struct {
		policy stack.Policy
		update string
		in     any
	}{
		"banned":   {soak, environment.BanUpdate, environment.BanRequest{Version: "1.0.0-rc.1", By: "ann", Reason: "eats orders"}},
		"rejected": {both, environment.ApproveUpdate, environment.ApproveRequest{Version: "1.0.0-rc.1", Decision: environment.Reject, By: "ann"}},
	} {
		w := asks(t, map[string]rollout.Verdict{"1.0.0-rc.1": rollout.Released}, map[string]stack.Policy{"1.0.0-rc.1": test.policy})
		w.deploy(time.Minute, "1.0.0-rc.1")
		w.at(time.Hour, test.update, "no", test.in)
		w.run(10 * day)
		if slices.Contains(w.registry.marks, "verified 1.0.0-rc.1") {
			t.Errorf("%s: %v", name, w.registry.marks)
		}
	}
}

// An approval that comes too late is no dead end: releasing it again begins anew.
func TestWhatWasNotApprovedInTimeIsVerifiedAfterItIsReleasedAgain(t *testing.T) {
	t.Parallel()
	policy := stack.Policy{Verify: &stack.Verification{Approvals: []stack.Approval{{Count: 1, Expires: stack.Duration(day)}}}}
	w := asks(t, map[string]rollout.Verdict{"1.0.0-rc.1": rollout.Released}, map[string]stack.Policy{"1.0.0-rc.1": policy})
	w.deploy(time.Minute, "1.0.0-rc.1")
	w.at(3*day, environment.DeployUpdate, "again", environment.Deploy{
		Ticket: "again", Version: "1.0.0-rc.1", Channel: stack.ChannelRC, Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0-rc.1"},
	})
	w.approve(3*day+time.Hour, "yes", "1.0.0-rc.1", "qa")
	w.run(5 * day)
	if !slices.Contains(w.registry.marks, "verified 1.0.0-rc.1") || len(w.rollouts) != 1 {
		t.Errorf("marks = %v, rollouts = %v, refusals = %v", w.registry.marks, w.rollouts, w.refusals)
	}
}
