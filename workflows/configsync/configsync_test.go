package configsync_test

import (
	"context"
	"encoding/json"
	"errors"
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
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workers"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// world stands in for Git, the registry, targets and Environments.
type world struct {
	mu  sync.Mutex
	env *testsuite.TestWorkflowEnvironment
	// current is what the environments answer, in the order of the questions;
	// the last answer stays. None means that there is no Environment.
	current []environment.Current
	plan    config.Plan
	planErr error
	// environments of the stack.
	environments []string
	targets      []string
	policy       string
	// drifted are the targets with a difference.
	drifted []string
	// away are the targets that cannot be reached, for good.
	away []string
	// verdict of what an environment is asked for; "waits" is never told.
	verdict rollout.Verdict
	refusal error
	// silent environments answer nothing. unanswered are the IDs of the messages
	// that they were sent, without repeats, and answered those of the others.
	silent               bool
	unanswered, answered []string
	// sent are the updates, compared the targets, in their order.
	sent     []string
	compared []string
	onPlan   func()
}

var running = environment.Current{
	Bundle: bundle.Reference{Repository: "r/shop.bundle", Digest: "sha256:1"}, Version: "1.0.0", Commit: strings.Repeat("a", 40),
}

const waits rollout.Verdict = "waits"

func newWorld(t *testing.T) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	w := &world{
		env: suite.NewTestWorkflowEnvironment(), current: []environment.Current{running}, targets: []string{"east", "west"},
		environments: []string{"test", "production"},
		verdict:      rollout.Released, plan: config.Plan{Version: "1.0.0", Counts: config.Counts{Services: 1, Changed: 1}},
	}
	w.env.SetTestTimeout(20 * time.Second)
	w.env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{workers.Interceptor()},
		// On a busy machine a second without the processor is no deadlock.
		DeadlockDetectionTimeout: 10 * time.Second,
	})
	w.env.RegisterActivity(w)
	w.env.RegisterWorkflowWithOptions(configsync.ConfigSync, workflow.RegisterOptions{Name: configsync.Name})
	return w
}

// The activities, with the names of the real ones.

func (w *world) ReadStack(context.Context, config.ReadStackInput) (config.Stack, error) {
	return config.Stack{
		Commit: strings.Repeat("b", 40), BundleRepository: "r/shop.bundle", Environments: w.environments,
	}, nil
}

func (w *world) QueryWorkflow(_ context.Context, in message.QueryWorkflowInput) (json.RawMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.Query == configsync.StatusQuery {
		return json.Marshal(configsync.Status{Mode: configsync.Drift})
	}
	if len(w.current) == 0 {
		return nil, fault.New(fault.NotFound, "there is no such workflow")
	}
	answer := w.current[0]
	if len(w.current) > 1 {
		w.current = w.current[1:]
	}
	return json.Marshal(answer)
}

func (w *world) FindCurrent(context.Context, bundle.FindCurrentInput) (bundle.Current, error) {
	return bundle.Current{}, nil
}

func (w *world) PlanConfig(_ context.Context, in config.PlanConfigInput) (config.Plan, error) {
	if w.onPlan != nil {
		w.onPlan()
	}
	if in.ConfigOnly && w.plan.OtherFiles > 0 {
		return config.Plan{}, fault.New(fault.InvalidInput, "main.go is no config")
	}
	return w.plan, w.planErr
}

func (w *world) AssembleConfig(_ context.Context, in bundle.AssembleConfigInput) (bundle.AssembledConfig, error) {
	return bundle.AssembledConfig{
		Bundle: bundle.Reference{Repository: "r/shop.bundle", Digest: "sha256:2"}, Version: "1.0.0+config." + in.Commit[:12], Channel: stack.ChannelStable,
	}, nil
}

func (w *world) ReadPlan(context.Context, bundle.ReadPlanInput) (bundle.Plan, error) {
	return bundle.Plan{Version: "1.0.0", Targets: w.targets, Namespace: "shop", Drift: w.policy}, nil
}

func (w *world) CompareTarget(_ context.Context, in workload.CompareTargetInput) (workload.Drift, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.compared = append(w.compared, in.Target)
	if slices.Contains(w.away, in.Target) {
		return workload.Drift{}, fault.New(fault.Unauthorized, "%s: the token has expired", in.Target)
	}
	found := workload.Drift{Objects: 3}
	if slices.Contains(w.drifted, in.Target) {
		found.Missing, found.Report = 1, bundle.Reference{Repository: in.Bundle.Repository, Digest: "sha256:report-" + in.Target}
		found.Differences = []workload.Difference{{Service: "cart", Object: "ConfigMap/cart-config-1", Kind: workload.Missing}}
	}
	return found, nil
}

func (w *world) DeliverUpdate(_ context.Context, in message.DeliverUpdateInput) (json.RawMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent {
		w.unanswered = slices.Compact(append(w.unanswered, in.UpdateID))
		return nil, fault.New(fault.Unavailable, "it does not know yet what runs")
	}
	w.answered = append(w.answered, in.UpdateID)
	w.sent = append(w.sent, in.Update+" "+strings.TrimPrefix(in.ID, "environment/shop/"))
	if w.refusal != nil {
		return nil, w.refusal
	}
	var asked struct{ Ticket, Version, Digest, From, Release string }
	if err := json.Unmarshal(in.Argument, &asked); err != nil {
		return nil, err
	}
	if in.Update != environment.AbortUpdate && asked.Release == "" {
		return nil, errors.New("nobody to tell the outcome")
	}
	state := environment.TicketState{Ticket: asked.Ticket, Version: asked.Version, State: environment.Queued}
	if in.Update == environment.AbortUpdate || w.verdict != waits {
		verdict := w.verdict
		if in.Update == environment.AbortUpdate {
			verdict = rollout.NotStarted
		}
		state.State = environment.Done
		state.Outcome = &environment.Outcome{Ticket: asked.Ticket, Result: rollout.Result{Verdict: verdict}}
	}
	return json.Marshal(state)
}

func (w *world) run(mode configsync.Mode, env string) (configsync.Result, error) {
	w.env.ExecuteWorkflow(configsync.Name, configsync.Input{
		Stack: "shop", Repository: "https://git.example/shop.git", Ref: "main", Environment: env, Mode: mode, By: "ann",
	})
	var result configsync.Result
	err := w.env.GetWorkflowResult(&result)
	return result, err
}

func TestAPlanAndAnApply(t *testing.T) {
	t.Parallel()
	unchanged := config.Plan{Version: "1.0.0"}
	for _, c := range []struct {
		name    string
		mode    configsync.Mode
		set     func(*world)
		verdict configsync.Verdict
		sent    []string
		says    string
	}{
		{name: "a plan asks for nothing", mode: configsync.Plan, verdict: configsync.Planned, says: "1 to change"},
		{name: "plan is the default", verdict: configsync.Planned},
		{name: "a plan of what runs", mode: configsync.Plan, set: func(w *world) { w.plan = unchanged }, verdict: configsync.Unchanged, says: "1.0.0"},
		{
			name: "a plan says that it takes a release", mode: configsync.Plan, verdict: configsync.Planned, says: "main.go",
			set: func(w *world) { w.plan.Other, w.plan.OtherFiles = []string{"main.go"}, 1 },
		},
		{name: "an apply asks for a deploy", mode: configsync.Apply, verdict: "released", sent: []string{"deploy production"}},
		{name: "an apply of what runs does not", mode: configsync.Apply, set: func(w *world) { w.plan = unchanged }, verdict: configsync.Unchanged},
		{name: "what the environment makes of it is the result", mode: configsync.Apply, set: func(w *world) { w.verdict = rollout.Restored }, verdict: "restored", sent: []string{"deploy production"}},
		{
			name: "a refusal is a result", mode: configsync.Apply, verdict: "notStarted", says: "no such channel", sent: []string{"deploy production"},
			set: func(w *world) { w.refusal = fault.New(fault.InvalidInput, "no such channel") },
		},
		{
			name: "nothing runs, and nobody knows of the environment", mode: configsync.Apply, verdict: configsync.Empty, says: "release a version first",
			set: func(w *world) { w.current = nil },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.set != nil {
				c.set(w)
			}
			result, err := w.run(c.mode, "production")
			if err != nil {
				t.Fatal(err)
			}
			if result.Verdict != c.verdict || len(result.Environments) != 1 || !strings.Contains(result.Environments[0].Message, c.says) {
				t.Errorf("result = %+v, want %s that says %q", result, c.verdict, c.says)
			}
			if !slices.Equal(w.sent, c.sent) {
				t.Errorf("sent %q, want %q", w.sent, c.sent)
			}
		})
	}
}

func TestWhatIsWrongWithTheConfigFailsTheSync(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*world){
		"the config":                          func(w *world) { w.planErr = fault.New(fault.InvalidInput, "config/cart.conf:3:1: unexpected }") },
		"more than config changed in between": func(w *world) { w.plan.OtherFiles = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			set(w)
			_, err := w.run(configsync.Apply, "production")
			var failure *temporal.ApplicationError
			if !errors.As(err, &failure) || failure.Type() != configsync.InvalidInput || !failure.NonRetryable() {
				t.Errorf("it ended with %v, want %s", err, configsync.InvalidInput)
			}
			if len(w.sent) > 0 {
				t.Errorf("sent %q", w.sent)
			}
		})
	}
}

func TestCancellingAnApplyTakesTheWishBack(t *testing.T) {
	t.Parallel()
	t.Run("before the environment was asked", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onPlan = w.env.CancelWorkflow
		result, err := w.run(configsync.Apply, "production")
		if err != nil || result.Verdict != "notStarted" || len(w.sent) > 0 {
			t.Errorf("result = %+v, %v, sent %q; want notStarted, nothing sent", result, err, w.sent)
		}
	})
	t.Run("while it waits", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.verdict = waits
		w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 10*time.Minute)
		result, err := w.run(configsync.Apply, "production")
		if err != nil || result.Verdict != "notStarted" || !slices.Equal(w.sent, []string{"deploy production", "abort production"}) {
			t.Errorf("result = %+v, %v, sent %q; want notStarted after an abort", result, err, w.sent)
		}
	})
}

func TestAnOutcomeComesAsASignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.verdict = waits
	w.env.RegisterDelayedCallback(func() {
		info := "default-test-workflow-id/default-test-run-id"
		w.env.SignalWorkflow(environment.OutcomeSignal, environment.Outcome{
			Ticket: info, Environment: "production", Result: rollout.Result{Verdict: rollout.Released},
		})
	}, 10*time.Minute)
	result, err := w.run(configsync.Apply, "production")
	if err != nil || result.Verdict != "released" || !slices.Equal(w.sent, []string{"deploy production"}) {
		t.Errorf("result = %+v, %v, sent %q; want released", result, err, w.sent)
	}
}

func TestAWishWithoutAnAnswerIsAskedUnderOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silent, w.verdict = true, waits
	later := func(after time.Duration, set func()) {
		w.env.RegisterDelayedCallback(func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			set()
		}, after)
	}
	later(5*time.Hour, func() { w.silent = false })
	later(8*time.Hour, func() { w.verdict = rollout.Released })
	result, err := w.run(configsync.Apply, "production")
	if err != nil || result.Verdict != "released" {
		t.Fatalf("result = %+v, %v; want released", result, err)
	}
	if len(w.unanswered) != 1 {
		t.Errorf("asked as %q for five hours, want one name: each would wait for itself", w.unanswered)
	}
	if again := slices.Compact(slices.Clone(w.answered)); w.answered[0] != w.unanswered[0] || len(w.answered) < 3 || len(again) != len(w.answered) {
		t.Errorf("answered %q, want the one that had no answer, and a name of its own for each that asks what became of it", w.answered)
	}
}
