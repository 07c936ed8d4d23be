package main

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.temporal.io/sdk/activity"
)

func TestLatency(t *testing.T) {
	s := newChild(t)
	s.start()
	c := s.dial(defaultNamespace)
	w := worker.New(c, queue, worker.Options{})
	w.RegisterActivityWithOptions(func(ctx context.Context) error { return nil }, activity.RegisterOptions{Name: "noop"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		for range map[bool]int{true: 0, false: 5}[os.Getenv("ACTS") == "0"] {
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
	var all []time.Duration
	for i := range 60 {
		_ = i
		b := time.Now()
		r, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "five")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Get(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		all = append(all, time.Since(b))
	}
	if os.Getenv("LVL") != "" {
		t.Log(s.output.String())
	}
	t.Log(all)
	slices.Sort(all)
	t.Logf("p50 %s p95 %s max %s", all[30], all[57], all[59])
}
