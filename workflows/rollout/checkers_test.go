package rollout_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// ran is what became of Jobs.
type ran struct {
	// nothing tells targets that have none to start, ended how those of a target ended.
	nothing map[string]bool
	ended   map[string][]workload.ServiceStatus
	// epochs of the steps that write.
	epochs []int64
}

// kind tells a step of a hook, which it names in the place of services, from one of
// the checkers.
func kind(verb string, in *workload.JobsInput) string {
	if in.Hook == "" {
		return verb + "Jobs"
	}
	in.Services = []string{in.Hook}
	return verb + "Hook"
}

func (f *fleet) StartJobs(ctx context.Context, in workload.JobsInput) (workload.StartedJobs, error) {
	_, err := f.step(ctx, kind("Start", &in), in.Subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epochs = append(f.epochs, in.Epoch)
	if f.nothing[in.Target] {
		return workload.StartedJobs{}, err
	}
	return workload.StartedJobs{Names: []string{"check-cart-" + in.Run}}, err
}

func (f *fleet) WatchJobs(ctx context.Context, in workload.JobsInput) (workload.WatchResult, error) {
	if in.Deadline <= 0 || len(in.Names) != 1 || in.Run == "" {
		return workload.WatchResult{}, fault.New(fault.InvalidInput, "watching %+v", in)
	}
	verdict, err := f.step(ctx, kind("Watch", &in), in.Subject)
	return workload.WatchResult{Verdict: verdict, Services: f.ended[in.Target]}, err
}

func (f *fleet) RemoveJobs(ctx context.Context, in workload.JobsInput) (workload.RemovedJobs, error) {
	_, err := f.step(ctx, kind("Remove", &in), in.Subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epochs = append(f.epochs, in.Epoch)
	return workload.RemovedJobs{}, err
}

// checked is a fleet to which a release with a checker comes.
func checked() *fleet {
	f := newFleet([]string{"cart"})
	f.plan = func(plan *bundle.Plan) {
		plan.Checkers = []bundle.Checker{{Service: "cart", Deadline: stack.Duration(20 * time.Second)}}
	}
	return f
}

func (f *fleet) wantRemoved(t *testing.T, targets ...string) {
	t.Helper()
	for _, target := range targets {
		removed := slices.Index(f.steps(), "RemoveJobs "+target)
		if removed < 0 || removed < slices.Index(f.steps(), "WatchJobs "+target) {
			t.Errorf("the Jobs were not removed from %s in the end:\n%s", target, strings.Join(f.steps(), "\n"))
		}
	}
}

func TestCheckersPassBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	f := checked()
	f.ended = map[string][]workload.ServiceStatus{"east": {{Service: "cart", Ready: 1, Wanted: 1}}}
	f.nothing = map[string]bool{"west": true}
	if end := run(t, f, nil); end.Verdict != rollout.Released {
		t.Fatalf("end = %s, %q; want released", end.Verdict, end.Message)
	}
	f.wantRemoved(t, "east", "west")
	first := slices.IndexFunc(f.steps(), func(line string) bool { return strings.HasPrefix(line, "ApplyWave") })
	if slices.Contains(f.steps(), "WatchJobs west") || first < slices.Index(f.steps(), "RemoveJobs east") {
		t.Errorf("steps:\n%s", strings.Join(f.steps(), "\n"))
	}
	slices.Sort(f.epochs)
	if len(f.epochs) != 4 || f.epochs[1]+1 != f.epochs[2] {
		t.Errorf("epochs %v, want those of the removals above those of the starts", f.epochs)
	}
}

func TestConfigThatACheckerRefusesIsNotRolledOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		failure *workload.Failure
		verdict workload.Verdict
		reason  string
		says    string
	}{
		{
			"an exit code", &workload.Failure{Reason: "Error", Message: "exited with code 3", ExitCode: 3, Log: "no such currency"},
			workload.Failed, rollout.ConfigRefused, "the checker exited with code 3",
		},
		{
			"no memory", &workload.Failure{Object: "Job/c", Reason: "OOMKilled", Message: "exited with code 137", ExitCode: 137},
			workload.Failed, rollout.CheckerFailed, "OOMKilled",
		},
		{
			"no image", &workload.Failure{Object: "Job/c", Pod: "c-1", Reason: "ImagePullBackOff", Message: "not found"},
			workload.Failed, rollout.CheckerFailed, "pod c-1: ImagePullBackOff: not found",
		},
		{"no answer until the deadline", nil, workload.Late, rollout.CheckerFailed, "not done at its deadline"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := checked()
			f.ended = map[string][]workload.ServiceStatus{"west": {{Service: "cart", Failure: test.failure}}}
			f.on["WatchJobs west"] = says(test.verdict)
			end := run(t, f, nil)
			if end.Verdict != rollout.NotStarted || end.Why != rollout.WhyRefused || len(end.Problems) != 1 {
				t.Fatalf("end = %+v, want not started, refused, one problem", end)
			}
			problem := end.Problems[0]
			if problem.Reason != test.reason || problem.Service != "cart" || !strings.Contains(problem.Message, test.says) || !strings.Contains(problem.Object, "west") {
				t.Errorf("problem = %+v, want %s with %q", problem, test.reason, test.says)
			}
			if test.failure != nil && problem.Log != test.failure.Log {
				t.Errorf("log = %q", problem.Log)
			}
			if f.wrote() {
				t.Errorf("something was written:\n%s", strings.Join(f.steps(), "\n"))
			}
			f.wantRemoved(t, "east", "west")
		})
	}
}

func TestCheckersAreTakenAwayWhenTheRolloutIsAborted(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"StartJobs east", "WatchJobs east"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			f := checked()
			end := run(t, f, func(env *testsuite.TestWorkflowEnvironment) {
				f.on[step] = hangs(func() {
					control := rollout.Control{Action: rollout.Abort, By: "ann", Reason: "wrong tag"}
					if err := env.SignalWorkflowByID(rollout.ID("shop", "production"), rollout.ControlSignal, control); err != nil {
						t.Errorf("signalling: %v", err)
					}
				})
			})
			if end.Verdict != rollout.NotStarted || end.Why != rollout.WhyAborted || f.wrote() {
				t.Fatalf("end = %s, %s; want not started, aborted", end.Verdict, end.Why)
			}
			f.wantRemoved(t, "east")
		})
	}
}
