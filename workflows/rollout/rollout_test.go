package rollout_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workers"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// fleet stands in for targets: what is written is remembered, and a test says
// what goes wrong where. What real targets do is tested on real API servers.
type fleet struct {
	mu    sync.Mutex
	waves [][]string
	// live maps "target/service" to the version that was written last.
	live map[string]string
	// highest is the highest epoch that has written, by target.
	highest map[string]int64
	log     []string
	// on gives an error or verdict for "Activity target services"; empty is success.
	on map[string]func(ctx context.Context) (workload.Verdict, error)
	// problems of the check, by target; of the restore, by "target service".
	problems map[string][]workload.Problem
	// plan changes the plan, in the input of the rollout.
	plan func(*bundle.Plan)
	in   func(*rollout.Input)
	// bans is asked before each stage, with the number of the question.
	bans  func(question int) bundle.Ban
	asked int
	ran
}

func newFleet(waves ...[]string) *fleet {
	return &fleet{
		waves: waves, live: map[string]string{}, highest: map[string]int64{}, problems: map[string][]workload.Problem{},
		on: map[string]func(context.Context) (workload.Verdict, error){},
	}
}

func (f *fleet) step(ctx context.Context, name string, s workload.Subject) (workload.Verdict, error) {
	key := name + " " + s.Target
	if len(s.Services) > 0 {
		key += " " + strings.Join(s.Services, ",")
	}
	f.mu.Lock()
	f.log = append(f.log, key)
	act := f.on[key]
	f.mu.Unlock()
	if act == nil {
		return workload.Healthy, nil
	}
	return act(ctx)
}

// write refuses, as every target does, what comes after a higher epoch: the test
// environment lets an activity run that was cancelled before it had begun.
func (f *fleet) write(s workload.Subject, version string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Epoch < f.highest[s.Target] {
		return fault.New(fault.Superseded, "epoch %d is over", s.Epoch)
	}
	f.highest[s.Target] = s.Epoch
	for _, service := range s.Services {
		f.live[s.Target+"/"+service] = version
	}
	return nil
}

// Plan, snapshots and steps, with the names of the real activities.

func (f *fleet) ReadPlan(context.Context, bundle.ReadPlanInput) (bundle.Plan, error) {
	plan := bundle.Plan{
		Stack: "shop", Version: "1.1.0", Targets: []string{"east", "west"}, Namespace: "shop",
		Deadline: stack.Duration(time.Minute), Waves: f.waves,
	}
	if f.plan != nil {
		f.plan(&plan)
	}
	return plan, nil
}

func (f *fleet) FindBan(context.Context, bundle.FindBanInput) (bundle.Ban, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.bans == nil {
		return bundle.Ban{}, nil
	}
	return f.bans(f.asked), nil
}

func (f *fleet) TakeSnapshot(ctx context.Context, in workload.TakeSnapshotInput) (workload.Snapshot, error) {
	_, err := f.step(ctx, "TakeSnapshot", in.Subject)
	return workload.Snapshot{Reference: bundle.Reference{Repository: "r", Digest: in.Target}, Epoch: 7}, err
}

func (f *fleet) CheckTarget(ctx context.Context, in workload.CheckTargetInput) (workload.CheckResult, error) {
	_, err := f.step(ctx, "CheckTarget", in.Subject)
	return workload.CheckResult{Problems: f.problems[in.Target]}, err
}

func (f *fleet) ApplyWave(ctx context.Context, in workload.ApplyWaveInput) (workload.ApplyResult, error) {
	if err := f.write(in.Subject, "new"); err != nil {
		return workload.ApplyResult{}, err
	}
	_, err := f.step(ctx, "ApplyWave", in.Subject)
	return workload.ApplyResult{}, err
}

func (f *fleet) WatchWave(ctx context.Context, in workload.WatchWaveInput) (workload.WatchResult, error) {
	verdict, err := f.step(ctx, "WatchWave", in.Subject)
	return result(in.Subject, verdict), err
}

func (f *fleet) RestoreWave(ctx context.Context, in workload.RestoreWaveInput) (workload.RestoreResult, error) {
	_, err := f.step(ctx, "RestoreWave", in.Subject)
	if err == nil {
		err = f.write(in.Subject, "old")
	}
	return workload.RestoreResult{Problems: f.problems[in.Target+" "+strings.Join(in.Services, ",")]}, err
}

func (f *fleet) WatchRestore(ctx context.Context, in workload.RestoreWaveInput) (workload.WatchResult, error) {
	verdict, err := f.step(ctx, "WatchRestore", in.Subject)
	return result(in.Subject, verdict), err
}

func (f *fleet) PruneTarget(ctx context.Context, in workload.PruneTargetInput) (workload.PruneResult, error) {
	_, err := f.step(ctx, "PruneTarget", in.Subject)
	return workload.PruneResult{}, err
}

func result(s workload.Subject, verdict workload.Verdict) workload.WatchResult {
	seen := workload.WatchResult{Verdict: verdict}
	for _, service := range s.Services {
		status := workload.ServiceStatus{Service: service, Ready: 2, Wanted: 2}
		if verdict == workload.Failed {
			status.Ready = 0
			status.Failure = &workload.Failure{
				Object: "Deployment/" + service, Pod: service + "-1", Container: "main", Reason: "CrashLoopBackOff", Message: "exit code 1",
			}
		}
		seen.Services = append(seen.Services, status)
	}
	return seen
}

func says(verdict workload.Verdict) func(context.Context) (workload.Verdict, error) {
	return func(context.Context) (workload.Verdict, error) { return verdict, nil }
}

func fails(err error) func(context.Context) (workload.Verdict, error) {
	return func(context.Context) (workload.Verdict, error) { return "", err }
}

// hangs waits until it is cancelled, after telling that it has begun.
func hangs(began func()) func(context.Context) (workload.Verdict, error) {
	var once sync.Once
	return func(ctx context.Context) (workload.Verdict, error) {
		once.Do(began)
		<-ctx.Done()
		return "", ctx.Err()
	}
}

// run runs a rollout below a parent, as an environment does.
func run(t *testing.T, f *fleet, signals func(env *testsuite.TestWorkflowEnvironment)) rollout.Result {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{workers.Interceptor()},
		// On a busy machine a second without the processor is no deadlock.
		DeadlockDetectionTimeout: 10 * time.Second,
	})
	env.SetTestTimeout(20 * time.Second)
	env.RegisterWorkflowWithOptions(rollout.Rollout, workflow.RegisterOptions{Name: rollout.Name})
	env.RegisterActivity(f)
	parent := func(ctx workflow.Context) (rollout.Result, error) {
		ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: rollout.ID("shop", "production")})
		var result rollout.Result
		in := rollout.Input{
			Stack: "shop", Environment: "production", Version: "1.1.0", FromVersion: "1.0.0",
			From: bundle.Reference{Repository: "r", Digest: "old"}, To: bundle.Reference{Repository: "r", Digest: "new"},
		}
		if f.in != nil {
			f.in(&in)
		}
		err := workflow.ExecuteChildWorkflow(ctx, rollout.Name, in).Get(ctx, &result)
		return result, err
	}
	env.RegisterWorkflowWithOptions(parent, workflow.RegisterOptions{Name: "parent"})
	if signals != nil {
		signals(env)
	}
	env.ExecuteWorkflow("parent")
	if err := env.GetWorkflowError(); err != nil {
		t.Fatalf("a rollout's end is a result, but it failed: %v", err)
	}
	var end rollout.Result
	if err := env.GetWorkflowResult(&end); err != nil {
		t.Fatal(err)
	}
	return end
}

func signal(t *testing.T, env *testsuite.TestWorkflowEnvironment, control rollout.Control) {
	t.Helper()
	if err := env.SignalWorkflowByID(rollout.ID("shop", "production"), rollout.ControlSignal, control); err != nil {
		t.Errorf("signalling: %v", err)
	}
}

func (f *fleet) wantAll(t *testing.T, version string, services ...string) {
	t.Helper()
	for _, target := range []string{"east", "west"} {
		for _, service := range services {
			if got := f.runs(target + "/" + service); got != version {
				t.Errorf("%s on %s runs %q, want %q; steps:\n%s", service, target, got, version, strings.Join(f.steps(), "\n"))
			}
		}
	}
}

// steps gives what was done so far: a step that was broken off may still be
// running when the workflow has ended.
func (f *fleet) steps() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// runs gives the version of a target's service.
func (f *fleet) runs(service string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live[service]
}

func (f *fleet) wrote() bool {
	return slices.ContainsFunc(f.steps(), func(line string) bool { return strings.HasPrefix(line, "ApplyWave") })
}

func TestEveryWaveIsHealthyOnAllTargetsBeforeTheNextBegins(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"}, []string{"cart", "catalog"})
	end := run(t, f, nil)
	if end.Verdict != rollout.Released || end.Why != "" {
		t.Fatalf("verdict = %s (%s), want released", end.Verdict, end.Message)
	}
	f.wantAll(t, "new", "store", "cart", "catalog")
	lastOfFirst := max(slices.Index(f.steps(), "WatchWave east store"), slices.Index(f.steps(), "WatchWave west store"))
	firstOfSecond := slices.IndexFunc(f.steps(), func(line string) bool { return strings.HasSuffix(line, "cart,catalog") })
	if firstOfSecond < lastOfFirst {
		t.Errorf("the second wave began before the first was healthy everywhere:\n%s", strings.Join(f.steps(), "\n"))
	}
	if !slices.Contains(f.steps(), "PruneTarget east") || !slices.Contains(f.steps(), "PruneTarget west") {
		t.Errorf("not pruned on all targets:\n%s", strings.Join(f.steps(), "\n"))
	}
}

func TestOneFailingServiceRestoresEveryServiceOfEveryTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		step string
		act  func(context.Context) (workload.Verdict, error)
		why  string
		says string
	}{
		{"a crash loop in the last wave", "WatchWave west cart", says(workload.Failed), rollout.WhyFailed, "pod cart-1, container main: CrashLoopBackOff: exit code 1"},
		{"a deadline that passed", "WatchWave east cart", says(workload.Late), rollout.WhyLate, "not ready before the deadline"},
		{"a write that is refused", "ApplyWave west cart", fails(fault.New(fault.Conflict, "applying Deployment/cart: owned by helm")), rollout.WhyError, "owned by helm"},
		{"a newer epoch on a target", "ApplyWave east store", fails(fault.New(fault.Superseded, "epoch 9 was here")), rollout.WhyError, "epoch 9 was here"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFleet([]string{"store"}, []string{"cart"})
			f.on[test.step] = test.act
			end := run(t, f, nil)
			if end.Verdict != rollout.Restored || end.Why != test.why || !strings.Contains(end.Message, test.says) {
				t.Fatalf("end = %s, %s, %q; want restored, %s, a message with %q", end.Verdict, end.Why, end.Message, test.why, test.says)
			}
			f.wantAll(t, "old", "store")
			if slices.Contains(f.steps(), "ApplyWave east cart") || slices.Contains(f.steps(), "ApplyWave west cart") {
				f.wantAll(t, "old", "cart")
				if slices.Index(f.steps(), "RestoreWave east cart") > slices.Index(f.steps(), "RestoreWave east store") {
					t.Errorf("not undone in reverse order:\n%s", strings.Join(f.steps(), "\n"))
				}
			}
		})
	}
}

func TestProblemsOfTheCheckAreFoundBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"})
	f.problems["west"] = []workload.Problem{
		{Service: "store", Object: "StatefulSet/store", Reason: "Invalid", Message: "spec.serviceName: field is immutable"},
		{Service: "store", Object: "Service/store", Reason: "Conflict", Message: "owned by helm"},
	}
	end := run(t, f, nil)
	if end.Verdict != rollout.NotStarted || end.Why != rollout.WhyRefused || len(end.Problems) != 2 {
		t.Fatalf("end = %+v, want not started, refused, both problems", end)
	}
	if f.wrote() {
		t.Errorf("something was written:\n%s", strings.Join(f.steps(), "\n"))
	}
}

func TestAbortInEachStep(t *testing.T) {
	t.Parallel()
	tests := []struct {
		step string
		want rollout.Verdict
	}{
		{"TakeSnapshot east", rollout.NotStarted},
		{"CheckTarget west", rollout.NotStarted},
		{"ApplyWave east store", rollout.Restored},
		{"WatchWave west store", rollout.Restored},
		{"ApplyWave west cart", rollout.Restored},
		{"WatchWave east cart", rollout.Restored},
	}
	for _, test := range tests {
		t.Run(test.step, func(t *testing.T) {
			t.Parallel()
			f := newFleet([]string{"store"}, []string{"cart"})
			end := run(t, f, func(env *testsuite.TestWorkflowEnvironment) {
				f.on[test.step] = hangs(func() {
					signal(t, env, rollout.Control{Action: rollout.Abort, By: "ann", Reason: "wrong tag"})
				})
			})
			if end.Verdict != test.want || end.Why != rollout.WhyAborted || !strings.Contains(end.Message, "ann: wrong tag") {
				t.Fatalf("end = %s, %s, %q; want %s, aborted by ann", end.Verdict, end.Why, end.Message, test.want)
			}
			if test.want == rollout.Restored {
				f.wantAll(t, "old", "store")
			} else if f.wrote() {
				t.Errorf("something was written:\n%s", strings.Join(f.steps(), "\n"))
			}
		})
	}
}

func TestARestoreThatCannotFinishIsStuckAndNamesTheBlocker(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"}, []string{"cart"})
	f.on["WatchWave west cart"] = says(workload.Failed)
	f.problems["west cart"] = []workload.Problem{{Service: "cart", Object: "Deployment/cart", Reason: "Forbidden", Message: "the namespace is being deleted"}}
	end := run(t, f, nil)
	if end.Verdict != rollout.Stuck || !strings.Contains(end.Message, "the namespace is being deleted") || !strings.Contains(end.Message, "CrashLoopBackOff") {
		t.Fatalf("end = %s, %q; want stuck with cause and blocker", end.Verdict, end.Message)
	}
	for _, other := range []string{"east/cart", "east/store", "west/store"} {
		if f.runs(other) != "old" {
			t.Errorf("one blocked target kept %s from being restored", other)
		}
	}
}

func TestABlockedRestoreIsRepeatedUntilItIsThrough(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"})
	f.on["WatchWave east store"] = says(workload.Failed)
	rounds := 0
	f.on["WatchRestore west store"] = func(context.Context) (workload.Verdict, error) {
		rounds++
		if rounds < 3 {
			return workload.Blocked, nil
		}
		return workload.Healthy, nil
	}
	end := run(t, f, nil)
	if end.Verdict != rollout.Restored || rounds != 3 {
		t.Fatalf("verdict = %s after %d rounds, want restored after 3", end.Verdict, rounds)
	}
}

func TestATargetThatComesBackInTimeIsRetried(t *testing.T) {
	t.Parallel()
	f := newFleet([]string{"store"})
	attempts := 0
	f.on["ApplyWave east store"] = func(context.Context) (workload.Verdict, error) {
		attempts++
		if attempts < 4 {
			return "", fault.With(fault.Unavailable, errors.New("connection refused"))
		}
		return workload.Healthy, nil
	}
	if end := run(t, f, nil); end.Verdict != rollout.Released || attempts != 4 {
		t.Fatalf("verdict = %s after %d attempts, want released after 4", end.Verdict, attempts)
	}
}

func TestNobodyButAnEnvironmentStartsARollout(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(rollout.Rollout, rollout.Input{
		Stack: "shop", Environment: "production", Version: "1.1.0", To: bundle.Reference{Repository: "r", Digest: "new"},
	})
	if err := env.GetWorkflowError(); err == nil || !strings.Contains(err.Error(), "environment/shop/production") {
		t.Fatalf("error = %v, want a refusal that names the environment", err)
	}
}
