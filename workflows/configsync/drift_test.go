package configsync_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	moving, moved := running, running
	moving.Running = "1.1.0"
	moved.Bundle, moved.Version = bundle.Reference{Repository: "r/shop.bundle", Digest: "sha256:3"}, "1.1.0"
	for _, c := range []struct {
		name    string
		set     func(*world)
		verdict configsync.Verdict
		sent    []string
		says    string
	}{
		{name: "none", verdict: configsync.InSync, says: "1.0.0"},
		{name: "none where it would be put right", set: func(w *world) { w.policy = "reconcile" }, verdict: configsync.InSync},
		{name: "is reported", set: func(w *world) { w.drifted = []string{"west"} }, verdict: configsync.Drifted, says: "1 object on 1 target"},
		{
			name: "is put right where the environment says so", verdict: "released", says: "1 object on 1 target", sent: []string{"reconcile production"},
			set: func(w *world) { w.drifted, w.policy = []string{"west"}, "reconcile" },
		},
		{
			name: "that cannot be put right is restored", verdict: "restored", sent: []string{"reconcile production"},
			set: func(w *world) { w.drifted, w.policy, w.verdict = []string{"west"}, "reconcile", rollout.Restored },
		},
		{
			name: "that the environment does not want to hear of", verdict: "notStarted", says: "stuck", sent: []string{"reconcile production"},
			set: func(w *world) {
				w.drifted, w.policy, w.refusal = []string{"west"}, "reconcile", fault.New(fault.InvalidInput, "a rollout got stuck")
			},
		},
		{
			name: "is not looked for while a rollout is under way", verdict: configsync.Busy, says: "1.1.0",
			set: func(w *world) { w.current = []environment.Current{moving} },
		},
		{
			name: "is none when a rollout began meanwhile", verdict: configsync.Busy, says: "1.1.0",
			set: func(w *world) {
				w.drifted, w.policy, w.current = []string{"west"}, "reconcile", []environment.Current{running, moving}
			},
		},
		{
			name: "is none when a release came meanwhile", verdict: configsync.Busy, says: "1.1.0",
			set: func(w *world) {
				w.drifted, w.policy, w.current = []string{"west"}, "reconcile", []environment.Current{running, moved}
			},
		},
		{
			name: "of what cannot be compared is not known", verdict: configsync.Incomplete,
			says: "1 of 2 targets as 1.0.0 says; west could not be compared: west: the token has expired",
			set:  func(w *world) { w.away, w.policy = []string{"west"}, "reconcile" },
		},
		{
			name: "of nothing that can be compared", verdict: configsync.Incomplete,
			says: "0 of 2 targets as 1.0.0 says; east and 1 other could not be compared: east: the token has expired",
			set:  func(w *world) { w.away = []string{"east", "west"} },
		},
		{
			name: "is told beside what cannot be compared", verdict: configsync.Drifted,
			says: "1 object on 1 target not as 1.0.0 says; west could not be compared: west: the token has expired",
			set:  func(w *world) { w.drifted, w.away = []string{"east"}, []string{"west"} },
		},
		{
			name: "is not put right while something cannot be compared", verdict: configsync.Drifted,
			says: "the token has expired; nothing is put right until all targets can be compared",
			set: func(w *world) {
				w.drifted, w.away, w.policy = []string{"east"}, []string{"west"}, "reconcile"
			},
		},
		{name: "of nothing", set: func(w *world) { w.current = nil }, verdict: configsync.Empty},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.set != nil {
				c.set(w)
			}
			result, err := w.run(configsync.Drift, "production")
			if err != nil {
				t.Fatal(err)
			}
			if result.Verdict != c.verdict || !strings.Contains(result.Environments[0].Message, c.says) {
				t.Errorf("result = %+v, want %s that says %q", result, c.verdict, c.says)
			}
			if !slices.Equal(w.sent, c.sent) {
				t.Errorf("sent %q, want %q", w.sent, c.sent)
			}
		})
	}
}

func TestManyTargetsAreComparedAWindowAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.targets = nil
	for i := range 25 {
		w.targets = append(w.targets, fmt.Sprintf("cluster-%02d", i))
	}
	w.drifted = w.targets
	result, err := w.run(configsync.Drift, "production")
	if err != nil {
		t.Fatal(err)
	}
	found := result.Environments[0].Drift
	if len(found.Targets) != 25 || len(found.Differences) != 25 || len(found.Reports) != 25 {
		t.Errorf("%d targets, %d differences, %d reports; want 25 of each", len(found.Targets), len(found.Differences), len(found.Reports))
	}
	for i, target := range found.Targets {
		if target.Target != w.targets[i] || target.Different != 1 {
			t.Errorf("target %d is %+v, want %s with one difference", i, target, w.targets[i])
		}
	}
	first := slices.Sorted(slices.Values(w.compared[:10]))
	if !slices.Equal(first, w.targets[:10]) {
		t.Errorf("the first ten compared are %q, want the first window", first)
	}
}

func TestATargetThatCannotBeComparedIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.away = []string{"west"}
	want := []configsync.TargetDrift{
		{Target: "east", Objects: 3},
		{Target: "west", Why: string(fault.Unauthorized), Message: "west: the token has expired"},
	}
	result, err := w.run(configsync.Drift, "")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.env.QueryWorkflow(configsync.StatusQuery)
	if err != nil {
		t.Fatal(err)
	}
	var status configsync.Status
	if err := answer.Get(&status); err != nil {
		t.Fatal(err)
	}
	for i, e := range result.Environments {
		if diff := cmp.Diff(want, e.Drift.Targets); diff != "" {
			t.Errorf("targets of %s (-want +got):\n%s", e.Environment, diff)
		}
		if line := status.Environments[i]; line.State != "incomplete" || !slices.Equal(line.NotCompared, want[1:]) {
			t.Errorf("status = %+v, want incomplete without west", line)
		}
	}
}

func TestALongHistoryIsContinuedWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.targets = []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}
	w.env.SetContinueAsNewSuggested(true)
	_, err := w.run(configsync.Drift, "production")
	in, continued := continuedAs(t, err)
	if !continued || in.State == nil || len(in.State.Drift.Targets) != 10 {
		t.Fatalf("it ended with %v, %+v; want it continued with ten targets", err, in)
	}

	next := newWorld(t)
	next.targets = w.targets
	next.env.ExecuteWorkflow(configsync.Name, in)
	var result configsync.Result
	if err := next.env.GetWorkflowResult(&result); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(slices.Sorted(slices.Values(next.compared)), []string{"k", "l"}) || len(result.Environments[0].Drift.Targets) != 12 {
		t.Errorf("compared %q, result %+v; want the last two, and twelve told", next.compared, result)
	}
}

func TestAllEnvironmentsAreDoneInChildren(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.drifted = []string{"west"}
	result, err := w.run(configsync.Drift, "")
	if err != nil {
		t.Fatal(err)
	}
	if result.Verdict != configsync.Drifted || len(result.Environments) != 2 {
		t.Fatalf("result = %+v, want two environments that have drifted", result)
	}
	for i, name := range []string{"test", "production"} {
		if e := result.Environments[i]; e.Environment != name || e.Verdict != configsync.Drifted {
			t.Errorf("environment %d = %+v, want %s", i, e, name)
		}
	}
}

func TestOneEnvironmentThatFailsKeepsNoOtherFromItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.planErr = fault.New(fault.InvalidInput, "config/cart.conf:3:1: unexpected }")
	result, err := w.run(configsync.Plan, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.Environments {
		if e.Verdict != configsync.Failed || e.Why != configsync.InvalidInput || !strings.Contains(e.Message, "config/cart.conf:3:1") {
			t.Errorf("environment = %+v, want failed with the line", e)
		}
	}
	if result.Verdict != configsync.Failed || len(result.Environments) != 2 {
		t.Errorf("result = %+v, want failed", result)
	}
}

func TestASyncOfAnEnvironmentThatDoesNotEndIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Of an environment that is there twice, the second child finds the first in its way.
	w.environments, w.verdict = []string{"test", "test", "production"}, waits
	var status configsync.Status
	w.env.RegisterDelayedCallback(func() {
		if answer, err := w.env.QueryWorkflow(configsync.StatusQuery); err == nil {
			_ = answer.Get(&status)
		}
	}, time.Minute)
	w.env.RegisterDelayedCallback(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.verdict = rollout.Released
	}, 30*time.Minute)
	result, err := w.run(configsync.Apply, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Environments) != 3 || status.Environments[1].State != "waiting for another sync (drift)" {
		t.Errorf("status = %+v, want that test waits for another sync", status)
	}
	want := "another sync (drift) is under way as configsync/shop/test, and has not ended in 10m0s: start again when it has, or cancel it"
	if e := result.Environments[1]; e.Verdict != configsync.Busy || e.Message != want {
		t.Errorf("the second is %+v, want busy: %s", e, want)
	}
	answer, err := w.env.QueryWorkflow(configsync.StatusQuery)
	if err == nil {
		err = answer.Get(&status)
	}
	for _, i := range []int{0, 2} {
		if line := status.Environments[i]; err != nil || line.Ticket == nil || line.Ticket.Outcome == nil || line.Version != result.Environments[i].Version {
			t.Errorf("status of %s = %+v, %v; want its outcome", line.Environment, line, err)
		}
		if e := result.Environments[i]; e.Verdict != "released" {
			t.Errorf("%s is %+v, want released", e.Environment, e)
		}
	}
}

// continuedAs gives the input of the next run.
func continuedAs(t *testing.T, err error) (configsync.Input, bool) {
	t.Helper()
	var next *workflow.ContinueAsNewError
	if !errors.As(err, &next) {
		return configsync.Input{}, false
	}
	var in configsync.Input
	if err := converter.GetDefaultDataConverter().FromPayloads(next.Input, &in); err != nil {
		t.Fatal(err)
	}
	return in, true
}
