package rig

import "go.temporal.io/api/workflow/v1"

// AwaitFailures waits until a pending activity of a workflow has failed at
// least that many times and is about to be tried again. The first failure shows
// that it met a fault, the second that a retry did.
func (r *Rig) AwaitFailures(workflowID, activity string, times int32) {
	r.t.Helper()
	r.Eventually(activity+" of "+workflowID+" fails again and again", func() bool {
		pending := r.pending(workflowID, activity)
		return pending.GetLastFailure() != nil && pending.GetAttempt() > times
	})
}

// pending gives a pending activity by its type, nil when there is none.
func (r *Rig) pending(workflowID, activity string) *workflow.PendingActivityInfo {
	r.t.Helper()
	described, err := r.Client.DescribeWorkflowExecution(r.t.Context(), workflowID, "")
	if err != nil {
		r.t.Fatalf("describing %s: %v", workflowID, err)
	}
	for _, pending := range described.GetPendingActivities() {
		if pending.GetActivityType().GetName() == activity {
			return pending
		}
	}
	return nil
}
