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

func TestBurst(t *testing.T) {
	s := newChild(t)
	s.start()
	c := s.dial(defaultNamespace)
	w := worker.New(c, queue, worker.Options{})
	w.RegisterActivityWithOptions(func(ctx context.Context) error { return nil }, activity.RegisterOptions{Name: "noop"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		for range 5 {
			if err := workflow.ExecuteActivity(ctx, "noop").Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}, workflow.RegisterOptions{Name: "five"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	b := time.Now()
	var g sync.WaitGroup
	for range 20 {
		g.Go(func() {
			for range 10 {
				r, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "five")
				if err != nil {
					t.Error(err)
					return
				}
				if err := r.Get(t.Context(), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	t.Logf("burst %s locked %d errors %d", time.Since(b), strings.Count(s.output.String(), "database is locked"), strings.Count(s.output.String(), "\terror\t"))
}
