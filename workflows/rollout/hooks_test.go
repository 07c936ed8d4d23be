package rollout_test

import (
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

// hooked is a fleet to which a release with hooks comes.
func hooked(hooks ...bundle.Hook) *fleet {
	f := newFleet([]string{"store"}, []string{"cart", "catalog"})
	for i := range hooks {
		hooks[i].Deadline = stack.Duration(20 * time.Second)
		if hooks[i].On == "" {
			hooks[i].On = stack.OnFirst
		}
	}
	f.plan = func(plan *bundle.Plan) { plan.Hooks = hooks }
	return f
}

// order gives the steps that start something, in their order, each stage and hook
// with the targets that it is on.
func (f *fleet) order() []string {
	var order []string
	for _, line := range f.steps() {
		words := strings.SplitN(line, " ", 3)
		what, moves := "", words[0] == "ApplyWave" || words[0] == "RestoreWave"
		switch {
		case moves:
			what = strings.TrimSuffix(words[0], "Wave") + " " + words[2]
		case words[0] == "StartHook":
			what = words[2]
		default:
			continue
		}
		if at := len(order) - 1; at >= 0 && strings.HasPrefix(order[at], what+" on ") {
			targets := append(strings.Split(strings.TrimPrefix(order[at], what+" on "), ","), words[1])
			slices.Sort(targets)
			order[at] = what + " on " + strings.Join(targets, ",")
			continue
		}
		order = append(order, what+" on "+words[1])
	}
	return order
}

func wantOrder(t *testing.T, f *fleet, want ...string) {
	t.Helper()
	if got := f.order(); !slices.Equal(got, want) {
		t.Errorf("order\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestHooksRunAtTheirPlaces(t *testing.T) {
	t.Parallel()
	hooks := []bundle.Hook{
		{Name: "warm", When: stack.After, Service: "store", On: stack.OnEach},
		{Name: "migrate", When: stack.Before, Service: "catalog"},
		{Name: "backup", When: stack.Before},
		{Name: "smoke", When: stack.After, On: stack.OnEach},
		{Name: "tell", When: stack.After},
	}
	f := hooked(hooks...)
	end := run(t, f, nil)
	if end.Verdict != rollout.Released {
		t.Fatalf("end = %s, %s", end.Verdict, end.Message)
	}
	wantOrder(t, f,
		"backup on east", "Apply store on east,west", "warm on east,west", "migrate on east",
		"Apply cart,catalog on east,west", "smoke on east,west", "tell on east")
	for _, hook := range end.Hooks {
		if hook.State != rollout.StateDone {
			t.Errorf("%+v, want it done", hook)
		}
	}
	if len(end.Hooks) != 7 {
		t.Errorf("%d hooks in the result, want 7: %+v", len(end.Hooks), end.Hooks)
	}

	f = hooked(hooks...)
	plan := f.plan
	f.plan = func(p *bundle.Plan) { plan(p); p.Order, p.AtOnce = stack.OrderInTurn, 1 }
	run(t, f, nil)
	wantOrder(t, f,
		"backup on east",
		"Apply store on east", "warm on east", "Apply cart on east", "migrate on east", "Apply catalog on east",
		"Apply store on west", "warm on west", "Apply cart on west", "Apply catalog on west",
		"smoke on east,west", "tell on east")
}

func TestGoingBackAndPuttingRightRunNoHooks(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rollout.Input){
		"a rollback":              func(in *rollout.Input) { in.Rollback = true },
		"the release that runs":   func(in *rollout.Input) { in.From = in.To },
		"a cluster that comes on": func(in *rollout.Input) { in.Only = "west" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := hooked(bundle.Hook{Name: "migrate", When: stack.Before}, bundle.Hook{Name: "warm", When: stack.After, On: stack.OnEach})
			f.in = change
			if end := run(t, f, nil); end.Verdict != rollout.Released {
				t.Fatalf("end = %s, %s", end.Verdict, end.Message)
			}
			var ran []string
			for _, step := range f.order() {
				if !strings.HasPrefix(step, "Apply") {
					ran = append(ran, step)
				}
			}
			want := []string(nil)
			if name == "a cluster that comes on" {
				want = []string{"warm on west"}
			}
			if !slices.Equal(ran, want) {
				t.Errorf("hooks %q ran, want %q", ran, want)
			}
		})
	}
}

// exits is a hook that failed.
func exits(target string) map[string][]workload.ServiceStatus {
	return map[string][]workload.ServiceStatus{target: {{Service: "migrate", Failure: &workload.Failure{
		Object: "Job/migrate-1", Pod: "migrate-1-a", Container: "main", Reason: "Error", Message: "exited with code 1", ExitCode: 1, Log: "no such column",
	}}}}
}

func TestAHookThatFailsTakesTheServicesBackAndSaysThatItDidSomething(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		hook bundle.Hook
		want []string
	}{
		{"before everything", bundle.Hook{Name: "migrate", When: stack.Before}, []string{"migrate on east"}},
		{"before a wave", bundle.Hook{Name: "migrate", When: stack.Before, Service: "cart"}, []string{
			"Apply store on east,west", "migrate on east", "Restore store on east,west",
		}},
		{"after everything", bundle.Hook{Name: "migrate", When: stack.After}, []string{
			"Apply store on east,west", "Apply cart,catalog on east,west", "migrate on east",
			"Restore cart,catalog on east,west", "Restore store on east,west",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := hooked(test.hook)
			f.ended = exits("east")
			f.on["WatchHook east migrate"] = says(workload.Failed)
			end := run(t, f, nil)
			if end.Verdict != rollout.Restored || end.Why != rollout.WhyFailed || !strings.Contains(end.Message, "hook migrate on east: pod migrate-1-a") ||
				!strings.Contains(end.Message, "what hooks have done is not taken back") {
				t.Fatalf("end = %s, %s, %q", end.Verdict, end.Why, end.Message)
			}
			if hook := end.Hooks[0]; hook.State != rollout.StateFailed || hook.Failure == nil || hook.Failure.Log != "no such column" {
				t.Errorf("hook = %+v, want it failed, with its log", hook)
			}
			wantOrder(t, f, test.want...)
		})
	}
}

func TestAHookThatIsLateOrAbortedIsEnded(t *testing.T) {
	t.Parallel()
	for _, why := range []string{rollout.WhyLate, rollout.WhyAborted} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			f := hooked(bundle.Hook{Name: "migrate", When: stack.Before, On: stack.OnEach})
			end := run(t, f, func(env *testsuite.TestWorkflowEnvironment) {
				f.on["WatchHook west migrate"] = says(workload.Late)
				if why == rollout.WhyAborted {
					f.on["WatchHook west migrate"] = hangs(func() {
						control := rollout.Control{Action: rollout.Abort, By: "ann", Reason: "wrong tag"}
						if err := env.SignalWorkflowByID(rollout.ID("shop", "production"), rollout.ControlSignal, control); err != nil {
							t.Errorf("signalling: %v", err)
						}
					})
				}
			})
			if end.Verdict != rollout.Restored || end.Why != why {
				t.Fatalf("end = %s, %s, %q; want restored, %s", end.Verdict, end.Why, end.Message, why)
			}
			for _, target := range []string{"east", "west"} {
				if !slices.Contains(f.steps(), "RemoveHook "+target+" migrate") {
					t.Errorf("the Job was not ended on %s:\n%s", target, strings.Join(f.steps(), "\n"))
				}
			}
		})
	}
}
