package release_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/activities/source"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
)

// yard stands in for Git, registries and environments; the release is cancelled
// during the step that a test names.
type yard struct {
	env  *testsuite.TestWorkflowEnvironment
	slow string
	// asked counts the messages to environments.
	asked int
}

func (y *yard) step(name string) {
	if y.slow == name {
		y.env.CancelWorkflow()
	}
}

func (y *yard) ReadRelease(context.Context, source.ReadReleaseInput) (source.ReleasePlan, error) {
	y.step(release.PhaseReading)
	return source.ReleasePlan{
		Stack: "shop", Version: "1.0.0", Channel: stack.ChannelStable, Commit: strings.Repeat("c", 40),
		Services: []source.BuildPlan{{Service: "cart", Go: "cart"}}, Registries: []string{"r"},
		BundleRepository: "r/shop.bundle", Environments: []string{"production"},
	}, nil
}

func (*yard) FindRelease(context.Context, bundle.FindReleaseInput) (bundle.FoundRelease, error) {
	return bundle.FoundRelease{}, nil
}

func (y *yard) AssembleBundle(context.Context, bundle.AssembleBundleInput) (bundle.AssembledBundle, error) {
	y.step(release.PhaseAssembling)
	return bundle.AssembledBundle{Bundle: bundle.Reference{Repository: "r/shop.bundle", Digest: "sha256:1"}}, nil
}

func (y *yard) DeliverUpdate(context.Context, message.DeliverUpdateInput) (json.RawMessage, error) {
	y.asked++
	return json.RawMessage(`{"state":"done","outcome":{"result":{"verdict":"released"}}}`), nil
}

func (y *yard) image(ctx workflow.Context, _ image.Input) (image.Result, error) {
	if y.slow == release.PhaseBuilding {
		return image.Result{}, workflow.Sleep(ctx, time.Hour)
	}
	return image.Result{Digest: "sha256:2"}, nil
}

func open(t *testing.T, slow string) *yard {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	y := &yard{env: suite.NewTestWorkflowEnvironment(), slow: slow}
	y.env.SetTestTimeout(20 * time.Second)
	// On a busy machine a second without the processor is no deadlock.
	y.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: 10 * time.Second})
	y.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: release.ID("shop", "1.0.0")})
	y.env.RegisterActivity(y)
	y.env.RegisterWorkflowWithOptions(release.Release, workflow.RegisterOptions{Name: release.Name})
	y.env.RegisterWorkflowWithOptions(y.image, workflow.RegisterOptions{Name: image.Name})
	return y
}

func (y *yard) run() {
	y.env.ExecuteWorkflow(release.Name, release.Input{Stack: "shop", Repository: "https://git.example/shop.git", Tag: "v1.0.0"})
}

func TestAReleaseThatIsCancelledBeforeItAsksEndsNotStarted(t *testing.T) {
	t.Parallel()
	for _, phase := range []string{release.PhaseReading, release.PhaseBuilding, release.PhaseAssembling} {
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			y := open(t, phase)
			if phase == release.PhaseBuilding {
				y.env.RegisterDelayedCallback(y.env.CancelWorkflow, time.Minute)
			}
			y.run()
			var result release.Result
			if err := y.env.GetWorkflowResult(&result); err != nil {
				t.Fatalf("it ended with %v, want a result", err)
			}
			if result.Verdict != "notStarted" || result.Why != "aborted" || !strings.Contains(result.Message, phase) {
				t.Errorf("result = %+v, want notStarted, aborted while %s", result, phase)
			}
			if y.asked > 0 {
				t.Errorf("environments were asked %d times", y.asked)
			}
		})
	}
}

// A build that somebody cancels is one that failed: the release itself goes on
// to its own end.
func TestABuildThatIsCancelledFailsTheRelease(t *testing.T) {
	t.Parallel()
	y := open(t, release.PhaseBuilding)
	y.env.RegisterDelayedCallback(func() {
		y.env.CancelWorkflowByID(image.ID(release.ID("shop", "1.0.0"), "cart"), "")
	}, time.Minute)
	y.run()
	var failure *temporal.ApplicationError
	if err := y.env.GetWorkflowError(); !errors.As(err, &failure) || failure.Type() != release.BuildFailed || !strings.Contains(err.Error(), "cart") {
		t.Errorf("it ended with %v, want %s that names cart", err, release.BuildFailed)
	}
}

func TestAReleaseThatNobodyCancelsAsksItsEnvironments(t *testing.T) {
	t.Parallel()
	y := open(t, "")
	y.run()
	var result release.Result
	if err := y.env.GetWorkflowResult(&result); err != nil || result.Verdict != "released" || y.asked != 1 {
		t.Errorf("result = %+v, %v, asked %d times; want released, asked once", result, err, y.asked)
	}
}
