package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// newFiver starts a server and a worker that knows "five", a workflow of five
// activities, one after the other.
func newFiver(t testing.TB) (*child, client.Client) {
	t.Helper()
	s := newChild(t)
	s.start()
	dialled := s.dial(defaultNamespace)
	started := worker.New(dialled, queue, worker.Options{})
	started.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "nothing"})
	started.RegisterWorkflowWithOptions(five, workflow.RegisterOptions{Name: "five"})
	if err := started.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Stop)
	return s, dialled
}

func five(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range 5 {
		if err := workflow.ExecuteActivity(ctx, "nothing").Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

func runFive(ctx context.Context, dialled client.Client) error {
	run, err := dialled.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, "five")
	if err != nil {
		return err
	}
	return run.Get(ctx, nil)
}

func TestParallelWorkflowsDoNotLockEachOtherOut(t *testing.T) {
	t.Parallel()
	s, dialled := newFiver(t)
	var runs sync.WaitGroup
	for range 10 {
		runs.Go(func() {
			for range 5 {
				if err := runFive(t.Context(), dialled); err != nil {
					t.Error(err)
				}
			}
		})
	}
	runs.Wait()
	s.kill()
	if strings.Contains(s.output.String(), "database is locked") {
		t.Errorf("the server says:\n%s", s.output.String())
	}
}

// BenchmarkFiveActivities is the time of a workflow of five activities, from
// its start to its result; six durable steps.
func BenchmarkFiveActivities(b *testing.B) {
	_, dialled := newFiver(b)
	for b.Loop() {
		if err := runFive(b.Context(), dialled); err != nil {
			b.Fatal(err)
		}
	}
}
