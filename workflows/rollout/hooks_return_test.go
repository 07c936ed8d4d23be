package rollout_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/queue"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestNothingIsTakenBackAfterAPointOfNoReturn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		step string
		act  func(context.Context) (workload.Verdict, error)
		why  string
		want []string
	}{
		{"the hook itself fails", "WatchHook east migrate", says(workload.Failed), rollout.WhyFailed, []string{
			"Apply store on east,west", "migrate on east",
		}},
		{"a service fails later", "WatchWave west cart,catalog", says(workload.Failed), rollout.WhyFailed, []string{
			"Apply store on east,west", "migrate on east", "Apply cart,catalog on east,west",
		}},
		{"a step can't be done", "ApplyWave east cart,catalog", fails(fault.New(fault.Conflict, "owned by helm")), rollout.WhyError, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := hooked(bundle.Hook{Name: "migrate", When: stack.Before, Service: "catalog", PointOfNoReturn: true})
			f.ended = exits("east")
			f.on[test.step] = test.act
			if strings.HasPrefix(test.step, "WatchWave west") {
				// Earlier, the failure would stop the other target before it has begun.
				f.on[test.step] = once(f, strings.Replace(test.step, "west", "east", 1), test.act)
			}
			end := run(t, f, nil)
			if end.Verdict != rollout.Stuck || end.Why != test.why || end.Held != "migrate" ||
				!strings.Contains(end.Message, "not rolled back, because hook migrate, a point of no return, has begun") {
				t.Fatalf("end = %s, %s, held %q, %q", end.Verdict, end.Why, end.Held, end.Message)
			}
			if test.want != nil {
				wantOrder(t, f, test.want...)
			}
			if f.runs("east/store") != "new" || slices.ContainsFunc(f.steps(), func(s string) bool { return strings.HasPrefix(s, "Restore") }) {
				t.Errorf("something was taken back:\n%s", strings.Join(f.steps(), "\n"))
			}
		})
	}
}

// once acts when another step, which finds everything healthy, has begun.
func once(f *fleet, other string, act func(context.Context) (workload.Verdict, error)) func(context.Context) (workload.Verdict, error) {
	begun := make(chan struct{})
	f.on[other] = func(context.Context) (workload.Verdict, error) {
		close(begun)
		return workload.Healthy, nil
	}
	return func(ctx context.Context) (workload.Verdict, error) {
		select {
		case <-begun:
			return act(ctx)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func TestBeforeItsPointOfNoReturnARolloutIsTakenBack(t *testing.T) {
	t.Parallel()
	f := hooked(bundle.Hook{Name: "migrate", When: stack.Before, Service: "catalog", PointOfNoReturn: true})
	f.on["WatchWave west store"] = says(workload.Failed)
	end := run(t, f, nil)
	if end.Verdict != rollout.Restored || end.Held != "" {
		t.Fatalf("end = %s, %q; want restored", end.Verdict, end.Message)
	}
	f.wantAll(t, "old", "store")
}

func TestAHookOfABannedReleaseIsNotStarted(t *testing.T) {
	t.Parallel()
	f := hooked(bundle.Hook{Name: "migrate", When: stack.Before, PointOfNoReturn: true})
	f.bans = func(int) bundle.Ban {
		return bundle.Ban{Version: "1.1.0", Bundle: bundle.Reference{Repository: "r", Digest: "new"}, By: "ann", Reason: "broken"}
	}
	end := run(t, f, nil)
	if end.Verdict != rollout.NotStarted || end.Why != rollout.WhyBanned {
		t.Fatalf("end = %s, %s; want not started, banned", end.Verdict, end.Why)
	}
}

// A worker that has died, or is away, can't tell any more how far the hook came.
func TestAHookWhoseWorkerIsAwayCountsAsBegun(t *testing.T) {
	t.Parallel()
	for activity, nothing := range map[string]any{"StartJobs": workload.StartedJobs{}, "WatchJobs": workload.WatchResult{}} {
		t.Run(activity, func(t *testing.T) {
			t.Parallel()
			f := hooked(bundle.Hook{Name: "migrate", When: stack.Before, PointOfNoReturn: true})
			end := run(t, f, func(env *testsuite.TestWorkflowEnvironment) {
				env.OnActivity(activity, mock.Anything, mock.Anything).
					Return(nothing, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)).After(time.Minute)
				env.RegisterActivity(&nobody{})
			})
			if end.Verdict != rollout.Stuck || end.Held != "migrate" || !strings.Contains(end.Message, "no worker serves") {
				t.Fatalf("end = %s, held %q, %q; want stuck, held by migrate", end.Verdict, end.Held, end.Message)
			}
		})
	}
}

// nobody polls any queue.
type nobody struct{}

func (nobody) CountPollers(context.Context, queue.CountPollersInput) (queue.Pollers, error) {
	return queue.Pollers{}, nil
}
