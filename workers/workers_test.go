package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/slipway-dev/slipway/activities/fault"
)

// run runs an activity with everything that a worker has around it.
func run(t *testing.T, stop chan struct{}, before []interceptor.WorkerInterceptor, do func(context.Context) error) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: append(before, Interceptor())})
	if stop != nil {
		env.SetWorkerStopChannel(stop)
	}
	env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: "do"})
	_, err := env.ExecuteActivity("do")
	return err
}

func TestCodesBecomeTypesAndRetryability(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		err       error
		kind      string
		retryable bool
	}{
		{"a coded error", fault.New(fault.InvalidInput, "no such tag"), "InvalidInput", false},
		{"a coded error in the middle of a chain", fmt.Errorf("reading: %w", fault.New(fault.NotFound, "gone")), "NotFound", false},
		{"the outermost of two codes", fault.New(fault.Unavailable, "asking: %w", fault.New(fault.NotFound, "gone")), "Unavailable", true},
		{"an error without a code", errors.New("surprise"), "Internal", true},
		{"a write that a newer epoch forbids", fault.New(fault.Superseded, "epoch 9"), "Superseded", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := run(t, nil, nil, func(context.Context) error { return test.err })
			var got *temporal.ApplicationError
			if !errors.As(err, &got) || got.Type() != test.kind || got.NonRetryable() == test.retryable {
				t.Fatalf("error = %#v, want type %s, retryable %t", err, test.kind, test.retryable)
			}
			if got.Message() != test.err.Error() {
				t.Errorf("message = %q, want %q", got.Message(), test.err)
			}
		})
	}
}

func TestAnActivityEndsWhenItsWorkerStopsAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	err := run(t, stop, nil, func(ctx context.Context) error {
		close(stop)
		<-ctx.Done()
		return ctx.Err()
	})
	var got *temporal.ApplicationError
	if !errors.As(err, &got) || got.Type() != string(fault.Unavailable) || got.NonRetryable() {
		t.Fatalf("error = %v, want a retryable Unavailable", err)
	}
}

// spy hears the heartbeats that go out to the server.
type spy struct {
	interceptor.WorkerInterceptorBase
	heard chan any
}

func (s *spy) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &spyIn{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, heard: s.heard}
}

type spyIn struct {
	interceptor.ActivityInboundInterceptorBase
	heard chan any
}

func (s *spyIn) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	return s.Next.Init(&spyOut{ActivityOutboundInterceptorBase: interceptor.ActivityOutboundInterceptorBase{Next: outbound}, heard: s.heard})
}

type spyOut struct {
	interceptor.ActivityOutboundInterceptorBase
	heard chan any
}

func (s *spyOut) RecordHeartbeat(_ context.Context, details ...any) {
	if len(details) == 1 {
		s.heard <- details[0]
	}
}

func TestTheLastDetailsAreRepeatedWhileNothingChanges(t *testing.T) {
	t.Parallel()
	heard := make(chan any, 10)
	err := run(t, nil, []interceptor.WorkerInterceptor{&spy{heard: heard}}, func(ctx context.Context) error {
		activity.RecordHeartbeat(ctx, "compile")
		for range 3 {
			select {
			case details := <-heard:
				if details != "compile" {
					return fmt.Errorf("details = %q, want compile", details)
				}
			case <-time.After(20 * beatEvery):
				return errors.New("nothing was repeated")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMissingAttributesNameWhatAddsThem(t *testing.T) {
	t.Parallel()
	known := map[string]enumspb.IndexedValueType{
		"SlipwayStack": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "SlipwayEnvironment": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"SlipwayVersion": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "SlipwayCluster": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	}
	got := missingAttributes(known)
	want := []string{"--name SlipwayPhase --type Keyword", "--name SlipwayCluster --type KeywordList"}
	if !slices.Equal(got, want) {
		t.Errorf("missing = %q, want %q", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func TestClusterListsAreChecked(t *testing.T) {
	t.Parallel()
	var settings Settings
	if err := settings.SetClusters("east, west"); err != nil || !slices.Equal(settings.clusters, []string{"east", "west"}) {
		t.Errorf("clusters = %q, %v", settings.clusters, err)
	}
	if err := settings.SetClusters("none"); err != nil || len(settings.clusters) != 0 || !settings.chosen {
		t.Errorf("none: %+v, %v", settings, err)
	}
	if err := settings.SetClusters("east,,west"); err == nil {
		t.Error("an empty name was taken")
	}
}
