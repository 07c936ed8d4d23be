package rig

import (
	"context"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Forward moves the clock of one workflow on, its timers included, and waits until
// the server says that it has. Its children keep their own clocks.
func (r *Rig) Forward(workflowID string, by time.Duration) {
	r.t.Helper()
	id := r.Forwarding(workflowID, by)
	r.Until(fmt.Sprintf("the clock of %s has moved by %s", workflowID, by), func() error {
		ctx, cancel := context.WithTimeout(r.alive, askTime)
		defer cancel()
		polled, err := r.Client.WorkflowService().PollWorkflowExecutionTimeSkipping(ctx, &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace: r.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID}, FastForwardId: id,
		})
		if err != nil {
			return err
		}
		if polled.GetFastForwardPollingResult() != enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED {
			return fmt.Errorf("the server says %v", polled)
		}
		return nil
	})
}

// Forwarding begins to move the clock. At each timer it stops until a worker has
// seen to what the timer woke.
func (r *Rig) Forwarding(workflowID string, by time.Duration) (id string) {
	r.t.Helper()
	id = fmt.Sprintf("forward-%d", time.Now().UnixNano())
	_, err := r.Client.WorkflowService().UpdateWorkflowExecutionOptions(r.t.Context(), &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace: r.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: &commonpb.TimeSkippingConfig{
			Enabled: true, DisablePropagation: true,
			FastForwardConfig: &commonpb.FastForwardConfig{Id: id, Duration: durationpb.New(by)},
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	if err != nil {
		r.t.Fatalf("moving the clock of %s: %v", workflowID, err)
	}
	return id
}

// FailedTasks counts the workflow tasks of a workflow's latest run that failed, as
// those of a worker do whose code does not fit the history.
func (r *Rig) FailedTasks(workflowID string) int {
	r.t.Helper()
	failed := 0
	events := r.Client.GetWorkflowHistory(r.t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			r.t.Fatal(err)
		}
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED {
			failed++
		}
	}
	return failed
}
