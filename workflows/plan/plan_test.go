package plan_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/queue"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workers"
	"github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/step"
)

func ref(name string) bundle.Reference {
	return bundle.Reference{Repository: "r/shop.bundle", Digest: "sha256:" + name}
}

// world stands in for the registry and the targets.
type world struct {
	mu  sync.Mutex
	env *testsuite.TestWorkflowEnvironment
	// found is what each target would change; one that is not here does not answer.
	found map[string]workload.TargetPlan
	// recorded is what the registry says of the environment.
	recorded bundle.Current
	targets  []string
	missing  bool
	readErr  error
	asked    []workload.PlanTargetInput
	lookedUp int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	w := &world{
		env:      suite.NewTestWorkflowEnvironment(),
		recorded: bundle.Current{Bundle: ref("old"), Version: "1.0.0"},
		targets:  []string{"east", "north", "west"},
		found:    map[string]workload.TargetPlan{},
	}
	w.env.SetTestTimeout(20 * time.Second)
	w.env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{workers.Interceptor()}, DeadlockDetectionTimeout: 10 * time.Second,
	})
	w.env.RegisterActivity(w)
	w.env.RegisterWorkflowWithOptions(plan.Plan, workflow.RegisterOptions{Name: plan.Name})
	return w
}

// The activities, with the names of the real ones.

func (w *world) FindRelease(context.Context, bundle.FindReleaseInput) (bundle.FoundRelease, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lookedUp++
	if w.missing {
		return bundle.FoundRelease{}, nil
	}
	return bundle.FoundRelease{Bundle: ref("new")}, nil
}

func (w *world) FindCurrent(context.Context, bundle.FindCurrentInput) (bundle.Current, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lookedUp++
	return w.recorded, nil
}

func (w *world) ReadPlan(context.Context, bundle.ReadPlanInput) (bundle.Plan, error) {
	return bundle.Plan{Stack: "shop", Version: "1.1.0", Targets: w.targets, Namespace: "shop"}, w.readErr
}

func (w *world) PlanTarget(_ context.Context, in workload.PlanTargetInput) (workload.TargetPlan, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, in)
	found, answers := w.found[in.Target]
	if !answers {
		return found, fault.New(fault.Unauthorized, "cluster %q refuses our credentials", in.Target)
	}
	return found, nil
}

func (w *world) CountPollers(context.Context, queue.CountPollersInput) (queue.Pollers, error) {
	return queue.Pollers{}, nil
}

func (w *world) run(in plan.Input) (plan.Result, error) {
	w.env.ExecuteWorkflow(plan.Name, in)
	var result plan.Result
	err := w.env.GetWorkflowResult(&result)
	return result, err
}

var (
	asked = plan.Input{Stack: "shop", Environment: "production", Repository: "r/shop.bundle", Version: "1.1.0"}
	none  = workload.TargetPlan{PlanCounts: workload.PlanCounts{Objects: 3, Unchanged: 3}}
)

// changing is a plan with one update; the report stands for what it is.
func changing(report string) workload.TargetPlan {
	return workload.TargetPlan{
		PlanCounts: workload.PlanCounts{Objects: 3, Unchanged: 2, Updated: 1},
		Changes:    []workload.Change{{Service: "cart", Object: "Deployment/cart", Action: workload.Update}},
		Report:     ref(report),
	}
}

func refusing(report string) workload.TargetPlan {
	found := changing(report)
	found.Refused = 1
	found.Problems = []workload.Problem{{Service: "cart", Object: "Deployment/cart", Reason: "DisruptionBudget"}}
	return found
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		found   map[string]workload.TargetPlan
		verdict plan.Verdict
		says    string
		targets string
	}{
		"nothing to do": {
			map[string]workload.TargetPlan{"east": none, "north": none, "west": none},
			plan.Unchanged, "nothing would change",
			"east unchanged, north unchanged, west unchanged",
		},
		"clusters that are alike are told once": {
			map[string]workload.TargetPlan{"east": changing("1"), "north": none, "west": changing("1")},
			plan.Changes,
			"2 to update on 3 targets", "east changes 1, north unchanged, west changes same as east",
		},
		"clusters that differ are told each": {
			map[string]workload.TargetPlan{"east": changing("1"), "north": changing("2"), "west": changing("1")},
			plan.Changes,
			"3 to update", "east changes 1, north changes 1, west changes same as east",
		},
		"one that does not answer does not hide the others": {
			map[string]workload.TargetPlan{"east": changing("1"), "north": changing("1")},
			plan.Unknown,
			"on 2 targets; nothing is known of west", "east changes 1, north changes same as east, west unknown refuses our credentials",
		},
		"one that refuses is worst": {
			map[string]workload.TargetPlan{"east": refusing("1"), "north": none},
			plan.Refused,
			"1 problem; nothing is known of west", "east refused 1, north unchanged, west unknown refuses our credentials",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.found = c.found
			result, err := w.run(asked)
			if err != nil {
				t.Fatal(err)
			}
			if result.Verdict != c.verdict || !strings.Contains(result.Message, c.says) {
				t.Errorf("%s: %s, want %s that says %q", result.Verdict, result.Message, c.verdict, c.says)
			}
			if got := describe(result.Targets); got != c.targets {
				t.Errorf("targets %s, want %s", got, c.targets)
			}
			if result.FromVersion != "1.0.0" || result.Bundle != ref("new") || result.Version != "1.1.0" {
				t.Errorf("result %+v", result)
			}
		})
	}
}

func describe(targets []plan.Target) string {
	var words []string
	for _, target := range targets {
		word := target.Target + " " + string(target.Verdict)
		switch {
		case target.SameAs != "":
			word += " same as " + target.SameAs
		case target.Message != "":
			word += target.Message[strings.LastIndex(target.Message, `"`)+1:]
		case len(target.Plan.Changes) > 0:
			word += " 1"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func TestWhatIsGivenIsNotLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found = map[string]workload.TargetPlan{"east": none, "north": none, "west": none}
	in := asked
	in.Bundle, in.From, in.FromVersion = ref("given"), ref("from"), "0.9.0"
	result, err := w.run(in)
	if err != nil || w.lookedUp > 0 || result.From != ref("from") || result.FromVersion != "0.9.0" {
		t.Errorf("%+v, %v, after %d look-ups", result, err, w.lookedUp)
	}
	for _, input := range w.asked {
		if input.Base != ref("from") || input.Bundle != ref("given") || input.Namespace != "shop" || input.Epoch != 0 {
			t.Errorf("asked %+v", input)
		}
	}
}

func TestAnExcludedClusterIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found = map[string]workload.TargetPlan{"east": none, "west": none}
	in := asked
	in.Exclude = []string{"north", "elsewhere"}
	result, err := w.run(in)
	if err != nil || result.Verdict != plan.Unchanged || len(result.Targets) != 2 || !slices.Equal(result.Excluded, []string{"north"}) {
		t.Errorf("result %+v, %v", result, err)
	}
}

func TestAPlanOfManyClustersCarriesNotEachInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.targets = nil
	for i := range 40 {
		name := string(rune('A' + i))
		w.targets = append(w.targets, name)
		w.found[name] = changing(name)
	}
	result, err := w.run(asked)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, target := range result.Targets {
		if len(target.Plan.Changes) > 0 {
			told++
		}
		if target.Plan.Updated != 1 || target.Plan.Report.IsZero() {
			t.Errorf("%s has no counts or no report: %+v", target.Target, target.Plan)
		}
	}
	if len(result.Targets) != 40 || told != 10 {
		t.Errorf("%d of %d targets are told in words, want 10 of 40", told, len(result.Targets))
	}
}

func TestWhatCannotBePlannedSaysTheWayOut(t *testing.T) {
	t.Parallel()
	incomplete := asked
	incomplete.Version = ""
	foreign := asked
	foreign.Stack = "mall"
	for name, c := range map[string]struct {
		in   plan.Input
		set  func(*world)
		kind string
		says string
	}{
		"a version that was never assembled": {asked, func(w *world) { w.missing = true }, plan.InvalidInput, "starter release --tag"},
		"a release for other environments": {asked, func(w *world) {
			w.readErr = fault.New(fault.NotFound, `is not made for environment "production"`)
		}, "NotFound", "not made for"},
		"no version":           {incomplete, nil, plan.InvalidInput, "version or bundle"},
		"one of another stack": {foreign, nil, plan.InvalidInput, `"shop", not of "mall"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.set != nil {
				c.set(w)
			}
			_, err := w.run(c.in)
			if err == nil || step.Code(err) != c.kind || !strings.Contains(err.Error(), c.says) || len(w.asked) > 0 {
				t.Errorf("got %v after %d questions, want %s that says %q", err, len(w.asked), c.kind, c.says)
			}
		})
	}
}

func TestACancelledPlanIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 0)
	if _, err := w.run(asked); !temporal.IsCanceledError(err) {
		t.Errorf("got %v", err)
	}
}

func TestTheExampleInputIsValid(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("example_input.json")
	if err != nil {
		t.Fatal(err)
	}
	var in plan.Input
	if err := json.Unmarshal(document, &in); err != nil {
		t.Fatal(err)
	}
	if err := in.Validate(); err != nil {
		t.Error(err)
	}
}
