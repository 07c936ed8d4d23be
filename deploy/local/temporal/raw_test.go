package main

import (
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

func TestRaw(t *testing.T) {
	s := newChild(t)
	s.start()
	c := s.dial(defaultNamespace)
	var all, starts, describes []time.Duration
	for range 100 {
		b := time.Now()
		if _, err := c.WorkflowService().GetSystemInfo(t.Context(), &workflowservice.GetSystemInfoRequest{}); err != nil {
			t.Fatal(err)
		}
		all = append(all, time.Since(b))
		b = time.Now()
		r, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "five")
		if err != nil {
			t.Fatal(err)
		}
		starts = append(starts, time.Since(b))
		b = time.Now()
		if _, err := c.DescribeWorkflowExecution(t.Context(), r.GetID(), ""); err != nil {
			t.Fatal(err)
		}
		describes = append(describes, time.Since(b))
	}
	for n, a := range map[string][]time.Duration{"info": all, "start": starts, "describe": describes} {
		slices.Sort(a)
		t.Logf("%s p50 %s p95 %s max %s", n, a[50], a[95], a[99])
	}
}
