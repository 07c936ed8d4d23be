// Package workers decides which task queue runs what, with how many slots. It
// alone wires technologies to the nouns that workflows call.
package workers

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/calendar"
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/activities/queue"
	"github.com/slipway-dev/slipway/activities/source"
	"github.com/slipway-dev/slipway/activities/workload"
	imageworkflow "github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// stopTimeout is what running activities get to end when the worker is
	// stopped. Watches return at once; a write is short.
	stopTimeout = 30 * time.Second
	// lightSlots bounds the activities of the main queue; most wait for a registry or Git.
	lightSlots = 50
	// targetSlots bounds the steps on one target: a watch holds one per wave that is under way.
	targetSlots = 100
)

// Roles says what this process does. A zero Roles does nothing.
type Roles struct {
	// Workflows, and the light activities that any worker can do.
	Workflows bool
	// Builds is how many images are built at the same time; 0 builds none.
	Builds int
	// Targets that this process can reach.
	Targets []string
}

// Activities are the steps, wired to their technologies.
type Activities struct {
	Source   *source.Activities
	Image    *image.Activities
	Bundle   *bundle.Activities
	Calendar *calendar.Activities
	Config   *config.Activities
	Workload *workload.Activities
	Message  *message.Activities
	Queue    *queue.Activities
	Notify   *notify.Activities
}

// Fleet is the workers of one process, one a queue.
type Fleet struct {
	workers []worker.Worker
	queues  []string
	logger  *slog.Logger
	failed  chan error
	serving atomic.Bool
}

// Serving tells whether all queues are being polled.
func (f *Fleet) Serving() bool { return f.serving.Load() }

// New makes the workers for the roles. It connects nothing; Run does.
func New(c client.Client, roles Roles, activities Activities, logger *slog.Logger) *Fleet {
	fleet := &Fleet{logger: logger, failed: make(chan error, 1)}
	if roles.Workflows {
		w := fleet.add(c, step.Queue, lightSlots)
		RegisterWorkflows(w)
		activities.registerLight(w)
	}
	if roles.Builds > 0 {
		activities.registerBuilds(fleet.add(c, imageworkflow.Queue, roles.Builds))
	}
	for _, target := range roles.Targets {
		activities.registerTarget(fleet.add(c, workload.Queue(target), targetSlots))
	}
	return fleet
}

// Register registers all activities in one place; New spreads them over queues.
func (a Activities) Register(registry worker.ActivityRegistry) {
	a.registerLight(registry)
	a.registerBuilds(registry)
	a.registerTarget(registry)
}

func (a Activities) registerLight(registry worker.ActivityRegistry) {
	registry.RegisterActivity(a.Source)
	registry.RegisterActivity(a.Bundle)
	registry.RegisterActivity(a.Calendar)
	registry.RegisterActivity(a.Config)
	registry.RegisterActivity(a.Message)
	registry.RegisterActivity(a.Queue)
	registry.RegisterActivity(a.Notify)
}

func (a Activities) registerBuilds(registry worker.ActivityRegistry) {
	registry.RegisterActivity(a.Image)
}

func (a Activities) registerTarget(registry worker.ActivityRegistry) {
	registry.RegisterActivity(a.Workload)
}

func (f *Fleet) add(c client.Client, queue string, slots int) worker.Worker {
	options := worker.Options{
		MaxConcurrentActivityExecutionSize: slots,
		WorkerStopTimeout:                  stopTimeout,
		// The throttle is what bounds how fresh progress is, and how soon a cancellation arrives.
		MaxHeartbeatThrottleInterval:     beatEvery,
		DefaultHeartbeatThrottleInterval: beatEvery,
		Interceptors:                     []interceptor.WorkerInterceptor{Interceptor()},
		DisableWorkflowWorker:            queue != step.Queue,
		DeploymentOptions:                deployment(),
		OnFatalError:                     f.fail,
	}
	w := worker.New(c, queue, options)
	f.workers, f.queues = append(f.workers, w), append(f.queues, queue)
	return w
}

// deployment versions the workers when the environment names a deployment and
// a build, as the Temporal worker controller does; otherwise they are unversioned.
func deployment() worker.DeploymentOptions {
	name, build := os.Getenv("TEMPORAL_DEPLOYMENT_NAME"), os.Getenv("TEMPORAL_WORKER_BUILD_ID")
	if name == "" || build == "" {
		return worker.DeploymentOptions{}
	}
	return worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: name, BuildID: build},
		DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}
}

func (f *Fleet) fail(err error) {
	select {
	case f.failed <- err:
	default:
	}
}

// Run serves until the context ends, then lets running activities end, and
// gives the error of a worker that could not go on.
func (f *Fleet) Run(ctx context.Context) error {
	for i, w := range f.workers {
		if err := w.Start(); err != nil {
			f.stop(i)
			return fmt.Errorf("starting the worker of queue %q: %w", f.queues[i], err)
		}
		f.logger.Info("serving", "queue", f.queues[i])
	}
	defer f.stop(len(f.workers))
	f.serving.Store(true)
	defer f.serving.Store(false)
	select {
	case <-ctx.Done():
		return nil
	case err := <-f.failed:
		return fmt.Errorf("a worker can't go on: %w", err)
	}
}

// stop stops the first n workers side by side: one that waits for its
// activities must not keep another from giving up its queue.
func (f *Fleet) stop(n int) {
	done := make(chan struct{})
	for _, w := range f.workers[:n] {
		go func() {
			w.Stop()
			done <- struct{}{}
		}()
	}
	for range n {
		<-done
	}
}
