package environment_test

import (
	"context"
	"errors"
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
	"github.com/slipway-dev/slipway/activities/calendar"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workers"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// registry stands in for the tags of a registry.
type registry struct {
	mu      sync.Mutex
	current bundle.Current
	// away is how many questions get no answer first.
	away int
	// policies of releases by digest; verified is what is said of rcs, by digest.
	policies map[string]stack.Policy
	verified map[string]bundle.Verified
	marks    []string
}

func (r *registry) ReadPolicy(_ context.Context, in bundle.ReadPolicyInput) (stack.Policy, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, "policy of "+in.Bundle.Digest+" over "+in.Current.Digest)
	policy, known := r.policies[in.Bundle.Digest]
	if !known {
		return stack.Policy{FastRollback: stack.DefaultFastRollback}, nil
	}
	return policy, nil
}

func (r *registry) CheckVerified(_ context.Context, in bundle.CheckVerifiedInput) (bundle.Verified, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.verified[in.Bundle.Digest], nil
}

func (r *registry) RecordVerified(_ context.Context, in bundle.RecordVerifiedInput) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, "verified "+in.Bundle.Digest)
	return nil
}

func (r *registry) RecordBan(_ context.Context, in bundle.RecordBanInput) (bundle.Ban, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if in.Version == "9.9.9" {
		return bundle.Ban{}, fault.New(fault.NotFound, "no release 9.9.9 is recorded")
	}
	return bundle.Ban{
		Version: in.Version, Bundle: bundle.Reference{Repository: "r", Digest: in.Version}, Lifted: in.Lift, By: in.By, Reason: in.Reason, At: in.At,
	}, nil
}

func (r *registry) ReadPlan(context.Context, bundle.ReadPlanInput) (bundle.Plan, error) {
	return bundle.Plan{Targets: []string{"east", "west"}}, nil
}

// SignalAll stands in for telling other environments.
func (r *registry) SignalAll(_ context.Context, in message.SignalAllInput) (message.Signalled, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, in.Signal+" to all of "+in.Value)
	return message.Signalled{Workflows: 1}, nil
}

func (r *registry) FindCurrent(context.Context, bundle.FindCurrentInput) (bundle.Current, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away > 0 {
		r.away--
		return bundle.Current{}, errors.New("the registry is away")
	}
	return r.current, nil
}

func (r *registry) RecordCurrent(_ context.Context, in bundle.RecordCurrentInput) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current.Bundle = in.Bundle
	return nil
}

// world runs one Environment whose rollouts end as a test says.
type world struct {
	t        *testing.T
	env      *testsuite.TestWorkflowEnvironment
	registry registry
	// verdicts by version; waits works for an hour, and can be held and aborted.
	verdicts map[string]rollout.Verdict
	rollouts []string
	inputs   []rollout.Input
	plans    []plan.Input
	controls []string
	messages map[string]string
	answers  map[string]environment.TicketState
	refusals map[string]string
}

const waits rollout.Verdict = "waits"

func newWorld(t *testing.T, verdicts map[string]rollout.Verdict) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	w := &world{
		t: t, env: suite.NewTestWorkflowEnvironment(), verdicts: verdicts,
		answers: map[string]environment.TicketState{}, messages: map[string]string{}, refusals: map[string]string{},
	}
	w.env.SetTestTimeout(20 * time.Second)
	w.env.RegisterActivity(&w.registry)
	w.env.RegisterActivity(&calendar.Activities{})
	w.env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{workers.Interceptor()},
		// On a busy machine a second without the processor is no deadlock.
		DeadlockDetectionTimeout: 10 * time.Second,
	})
	w.env.RegisterWorkflowWithOptions(environment.Environment, workflow.RegisterOptions{Name: environment.Name})
	w.env.RegisterWorkflowWithOptions(w.rollout, workflow.RegisterOptions{Name: rollout.Name})
	w.env.RegisterWorkflowWithOptions(w.plan, workflow.RegisterOptions{Name: plan.Name})
	return w
}

func (w *world) plan(_ workflow.Context, in plan.Input) (plan.Result, error) {
	w.plans = append(w.plans, in)
	return plan.Result{Verdict: plan.Changes, Message: "2 to update"}, nil
}

func (w *world) rollout(ctx workflow.Context, in rollout.Input) (rollout.Result, error) {
	w.rollouts = append(w.rollouts, in.FromVersion+" to "+in.Version)
	w.inputs = append(w.inputs, in)
	if w.verdicts[in.Version] != waits {
		return rollout.Result{Verdict: w.verdicts[in.Version]}, workflow.Sleep(ctx, time.Second)
	}
	// An hour of work that can be held and aborted.
	signals := workflow.GetSignalChannel(ctx, rollout.ControlSignal)
	work, stop := workflow.WithCancel(ctx)
	defer stop()
	done := workflow.NewTimer(work, time.Hour)
	held, result := false, rollout.Result{Verdict: rollout.Released}
	for over := false; !over || held && result.Verdict == rollout.Released; {
		selector := workflow.NewSelector(ctx)
		if !over {
			selector.AddFuture(done, func(workflow.Future) { over = true })
		}
		selector.AddReceive(signals, func(c workflow.ReceiveChannel, _ bool) {
			var control rollout.Control
			c.Receive(ctx, &control)
			w.controls = append(w.controls, control.String())
			held = control.Action == rollout.Pause
			if control.Action == rollout.Abort {
				over, result = true, rollout.Result{Verdict: rollout.Restored, Why: control.Why, Message: control.Reason}
			}
		})
		selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {
			over, result = true, rollout.Result{Verdict: rollout.Restored, Why: rollout.WhyAborted, Message: "cancelled"}
		})
		selector.Select(ctx)
	}
	return result, nil
}

// at sends an update at a time after the start.
func (w *world) at(after time.Duration, update, id string, argument any) {
	w.env.RegisterDelayedCallback(func() {
		w.env.UpdateWorkflow(update, id, &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { w.refusals[id] = err.Error() },
			OnComplete: func(answer any, err error) {
				if err != nil {
					w.refusals[id] = err.Error()
					return
				}
				switch answer := answer.(type) {
				case environment.TicketState:
					w.answers[id] = answer
				case environment.Answer:
					w.messages[id] = answer.Message
				}
			},
		}, argument)
	}, after)
}

func (w *world) deploy(after time.Duration, version string) {
	parsed, err := stack.ParseVersion(version)
	if err != nil {
		w.t.Fatal(err)
	}
	w.at(after, environment.DeployUpdate, version, environment.Deploy{
		Ticket: version, Version: version, Channel: parsed.Channel(), Bundle: bundle.Reference{Repository: "r", Digest: version},
	})
}

// run ends the Environment by cancelling it and gives its last status.
func (w *world) run(end time.Duration) environment.Status {
	w.t.Helper()
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, end)
	w.env.ExecuteWorkflow(environment.Name, environment.Input{Stack: "shop", Environment: "production", Repository: "r"})
	if err := w.env.GetWorkflowError(); !temporal.IsCanceledError(err) {
		w.t.Fatalf("a cancelled environment ended with %v", err)
	}
	value, err := w.env.QueryWorkflow(environment.StatusQuery)
	if err != nil {
		w.t.Fatal(err)
	}
	var status environment.Status
	if err := value.Get(&status); err != nil {
		w.t.Fatal(err)
	}
	return status
}

func TestAStuckRolloutLeavesAWayBackToTheLastRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Stuck})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	w.at(3*time.Minute, environment.RollbackUpdate, "back", environment.RollbackRequest{From: "1.1.0", By: "ann"})
	status := w.run(10 * time.Minute)
	if got, want := strings.Join(w.rollouts, ", "), " to 1.0.0, 1.0.0 to 1.1.0, 1.0.0 to 1.0.0"; got != want {
		t.Errorf("rollouts = %q, want %q; refusals %v", got, want, w.refusals)
	}
	if status.Unknown || status.Current == nil || status.Current.Version != "1.0.0" {
		t.Errorf("status = %+v, want 1.0.0, known again", status)
	}
}

func TestWhatRunsAlreadyIsNotRolledOutAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released})
	w.deploy(time.Minute, "1.0.0")
	w.at(2*time.Minute, environment.DeployUpdate, "again", environment.Deploy{
		Ticket: "again", Version: "1.0.0", Channel: stack.ChannelStable, Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0"},
	})
	status := w.run(10 * time.Minute)
	if len(w.rollouts) != 1 {
		t.Errorf("rollouts = %v, want one", w.rollouts)
	}
	if last := status.History[len(status.History)-1]; last.Ticket != "again" || last.Verdict != rollout.Released {
		t.Errorf("last record = %+v, want again, released", last)
	}
}

func TestCancellingAnEnvironmentRestoresWhatRunsAndStartsNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0-rc.1")
	status := w.run(3 * time.Minute)
	if len(w.rollouts) != 1 {
		t.Errorf("rollouts = %v, want the first only", w.rollouts)
	}
	verdicts := map[string]rollout.Verdict{}
	for _, record := range status.History {
		verdicts[record.Version] = record.Verdict
	}
	if verdicts["1.0.0"] != rollout.Restored || verdicts["1.1.0-rc.1"] != rollout.NotStarted {
		t.Errorf("verdicts = %v, want 1.0.0 restored and 1.1.0-rc.1 not started", verdicts)
	}
}

func TestAnAbortByTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": waits})
	// One that has not come yet is remembered as given up.
	w.at(30*time.Second, environment.AbortUpdate, "early", environment.AbortRequest{Ticket: "2.0.0", By: "the release"})
	w.deploy(time.Minute, "2.0.0")
	w.deploy(2*time.Minute, "1.0.0")
	w.at(3*time.Minute, environment.AbortUpdate, "stale", environment.AbortRequest{Version: "9.0.0", By: "ann"})
	w.at(4*time.Minute, environment.AbortUpdate, "right", environment.AbortRequest{Ticket: "1.0.0", By: "the release"})
	status := w.run(10 * time.Minute)
	if got := w.answers["2.0.0"]; got.State != environment.Done || got.Outcome.Result.Verdict != rollout.NotStarted {
		t.Errorf("the wish that came late: %+v, want done, not started", got)
	}
	if got := w.refusals["stale"]; !strings.Contains(got, "1.0.0 is running") {
		t.Errorf("the stale abort: %q, want a refusal that names what runs", got)
	}
	if len(w.rollouts) != 1 || status.Current != nil {
		t.Errorf("rollouts = %v, current = %+v; want one that was given up", w.rollouts, status.Current)
	}
}

func TestALostEnvironmentReadsWhatRunsFromTheRegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.1.0": rollout.Released})
	w.registry.current = bundle.Current{Bundle: bundle.Reference{Repository: "r", Digest: "1.0.0"}, Version: "1.0.0"}
	w.deploy(time.Minute, "1.1.0")
	status := w.run(10 * time.Minute)
	if got := strings.Join(w.rollouts, ", "); got != "1.0.0 to 1.1.0" {
		t.Errorf("rollouts = %q, want 1.0.0 to 1.1.0", got)
	}
	if status.Current.Version != "1.1.0" || w.registry.current.Bundle.Digest != "1.1.0" {
		t.Errorf("current = %s, recorded %s; want 1.1.0 for both", status.Current.Version, w.registry.current.Bundle.Digest)
	}
}
