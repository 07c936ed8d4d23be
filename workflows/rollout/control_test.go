package rollout_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// pausing pauses the rollout in a step, and does something an hour later, which is
// far beyond every deadline.
func pausing(t *testing.T, f *fleet, step string, then func(env *testsuite.TestWorkflowEnvironment)) rollout.Result {
	t.Helper()
	return run(t, f, func(env *testsuite.TestWorkflowEnvironment) {
		f.on[step] = func(context.Context) (workload.Verdict, error) {
			signal(t, env, rollout.Control{Action: rollout.Pause, By: "ann", Reason: "let me look"})
			env.RegisterDelayedCallback(func() { then(env) }, time.Hour)
			return workload.Healthy, nil
		}
	})
}

func TestAPausedRolloutStopsBeforeItsNextStepAndGoesOnWhenItIsResumed(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"}, []string{"cart"})
	end := pausing(t, f, "WatchWave east store", func(env *testsuite.TestWorkflowEnvironment) {
		value, err := env.QueryWorkflowByID(rollout.ID("shop", "production"), rollout.StatusQuery)
		var status rollout.Status
		if err == nil {
			err = value.Get(&status)
		}
		if err != nil || status.Phase != rollout.PhaseHeld || status.Held != "paused by ann: let me look" {
			t.Errorf("status = %+v, %v", status, err)
		}
		if slices.ContainsFunc(f.steps(), func(line string) bool { return strings.HasSuffix(line, "cart") }) {
			t.Errorf("the next step has begun:\n%s", strings.Join(f.steps(), "\n"))
		}
		signal(t, env, rollout.Control{Action: rollout.Resume, By: "ann"})
	})
	if end.Verdict != rollout.Released {
		t.Fatalf("end = %s, %q: the time in which it was paused counts toward no deadline", end.Verdict, end.Message)
	}
	f.wantAll(t, "new", "store", "cart")
}

func TestAnAbortEndsAPause(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ step, what string }{{"WatchWave east store", "between waves"}, {"WatchWave west cart", "before the decision"}} {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			f := newFleet([]string{"store"}, []string{"cart"})
			end := pausing(t, f, test.step, func(env *testsuite.TestWorkflowEnvironment) {
				signal(t, env, rollout.Control{Action: rollout.Abort, By: "bob", Reason: "a newer version waits", Why: rollout.WhySuperseded})
			})
			if end.Verdict != rollout.Restored || end.Why != rollout.WhySuperseded || !strings.Contains(end.Message, "bob") {
				t.Fatalf("end = %s, %s, %q", end.Verdict, end.Why, end.Message)
			}
			f.wantAll(t, "old", "store")
		})
	}
}

func TestABanIsFoundBeforeTheNextWave(t *testing.T) {
	t.Parallel()
	ban := bundle.Ban{Bundle: bundle.Reference{Repository: "r", Digest: "new"}, Version: "1.1.0", By: "ann", Reason: "eats orders"}
	for question, want := range map[int]rollout.Verdict{1: rollout.NotStarted, 2: rollout.Restored} {
		f := newFleet([]string{"store"}, []string{"cart"})
		f.bans = func(n int) bundle.Ban {
			if n < question {
				return bundle.Ban{}
			}
			return ban
		}
		end := run(t, f, nil)
		if end.Verdict != want || end.Why != rollout.WhyBanned || !strings.Contains(end.Message, "ann: eats orders") {
			t.Errorf("banned before wave %d: end = %s, %s, %q", question, end.Verdict, end.Why, end.Message)
		}
		if slices.ContainsFunc(f.steps(), func(line string) bool { return strings.HasPrefix(line, "ApplyWave") && strings.HasSuffix(line, "cart") }) {
			t.Errorf("cart was written:\n%s", strings.Join(f.steps(), "\n"))
		}
	}
}

func TestClustersInTurnAreRestoredInReverse(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"}, []string{"cart"})
	f.plan = func(plan *bundle.Plan) { plan.Order = stack.OrderInTurn }
	f.on["WatchWave west store"] = says(workload.Failed)
	end := run(t, f, nil)
	if end.Verdict != rollout.Restored {
		t.Fatalf("end = %+v", end)
	}
	var writes []string
	for _, line := range f.steps() {
		if strings.HasPrefix(line, "ApplyWave") || strings.HasPrefix(line, "RestoreWave") {
			writes = append(writes, line)
		}
	}
	want := []string{
		"ApplyWave east store", "ApplyWave east cart", "ApplyWave west store",
		"RestoreWave west store", "RestoreWave east cart", "RestoreWave east store",
	}
	if !slices.Equal(writes, want) {
		t.Errorf("writes:\n%s", strings.Join(writes, "\n"))
	}
}

func TestAnExcludedClusterIsLeftAlone(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"})
	f.in = func(in *rollout.Input) { in.Exclude = []string{"west"} }
	if end := run(t, f, nil); end.Verdict != rollout.Released {
		t.Fatalf("end = %+v", end)
	}
	if slices.ContainsFunc(f.steps(), func(line string) bool { return strings.Contains(line, "west") }) {
		t.Errorf("it was not:\n%s", strings.Join(f.steps(), "\n"))
	}
	f = newFleet([]string{"store"})
	f.in = func(in *rollout.Input) { in.Exclude = []string{"west", "east"} }
	if end := run(t, f, nil); end.Verdict != rollout.NotStarted || end.Why != rollout.WhyRefused {
		t.Errorf("all excluded: end = %+v", end)
	}
	f = newFleet([]string{"store"})
	f.in = func(in *rollout.Input) { in.Exclude, in.Only = []string{"east"}, "west" }
	if end := run(t, f, nil); end.Verdict != rollout.Released || slices.ContainsFunc(f.steps(), func(line string) bool { return strings.Contains(line, "east") }) {
		t.Errorf("only one: end = %+v\n%s", end, strings.Join(f.steps(), "\n"))
	}
}
