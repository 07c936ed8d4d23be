package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// askTime bounds one question. Temporal keeps a question for five seconds for the
// worker that knew the workflow last, even if that was killed, and asks others
// only then. The SDK gives a call half of the time that its context has left.
const askTime = 20 * time.Second

// Query asks a workflow once. That it does not answer says little about it: a
// worker may just have died. AwaitEnvironment and AwaitRollout ask until it does.
func (r *Rig) Query(workflowID, query string, out any) error {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.alive, askTime)
	defer cancel()
	value, err := r.Client.QueryWorkflow(ctx, workflowID, "", query)
	if err != nil {
		return fmt.Errorf("asking %s for its %s: %w", workflowID, query, err)
	}
	return value.Get(out)
}

// AwaitEnvironment waits until the environment staging answers with a status of
// which something holds, and gives that status.
func (r *Rig) AwaitEnvironment(stack, what string, holds func(environment.Status) bool) environment.Status {
	r.t.Helper()
	return r.AwaitEnvironmentOf(stack, "staging", what, holds)
}

// AwaitEnvironmentOf does so for an environment by name.
func (r *Rig) AwaitEnvironmentOf(stack, name, what string, holds func(environment.Status) bool) environment.Status {
	r.t.Helper()
	return await(r, what, environment.ID(stack, name), environment.StatusQuery, holds)
}

// AwaitRollout does so for the rollout of staging.
func (r *Rig) AwaitRollout(stack, what string, holds func(rollout.Status) bool) rollout.Status {
	r.t.Helper()
	return await(r, what, rollout.ID(stack, "staging"), rollout.StatusQuery, holds)
}

func await[Status any](r *Rig, what, workflowID, query string, holds func(Status) bool) Status {
	r.t.Helper()
	var status Status
	r.Until(what, func() error {
		// Decoding leaves what an answer does not mention.
		status = *new(Status)
		if err := r.Query(workflowID, query, &status); err != nil {
			return err
		}
		if !holds(status) {
			return fmt.Errorf("%s answered %+v", workflowID, status)
		}
		return nil
	})
	return status
}

// Signalled tells whether a signal is in the history of a workflow's latest run.
func (r *Rig) Signalled(workflowID string) bool {
	r.t.Helper()
	events := r.Client.GetWorkflowHistory(r.t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return false
		}
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			return true
		}
	}
	return false
}

// Result waits for a workflow's end and gives its result.
func (r *Rig) Result(workflowID string, out any) error {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.alive, patience)
	defer cancel()
	return r.Client.GetWorkflow(ctx, workflowID, "").Get(ctx, out)
}

// AwaitState waits until the rollout of staging has a service in a state.
func (r *Rig) AwaitState(stack, service, state string) {
	r.t.Helper()
	r.AwaitRollout(stack, service+" is "+state, func(status rollout.Status) bool {
		return slices.ContainsFunc(status.Services, func(s rollout.Service) bool { return s.Service == service && s.State == state })
	})
}

// Current gives what staging says it runs.
func (r *Rig) Current(stack string) environment.Record {
	r.t.Helper()
	status := r.AwaitEnvironment(stack, "the environment answers", func(environment.Status) bool { return true })
	if status.Current == nil {
		r.t.Fatal("the environment runs nothing")
	}
	return *status.Current
}

// WantCurrent fails unless staging says that it runs a version.
func (r *Rig) WantCurrent(stack, version string) {
	r.t.Helper()
	if got := r.Current(stack); got.Version != version {
		r.t.Errorf("current = %+v, want %s", got, version)
	}
}

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

// AwaitAttempt waits until a worker was given an attempt of a pending activity.
func (r *Rig) AwaitAttempt(workflowID, activity string, attempt int32) {
	r.t.Helper()
	r.Eventually(fmt.Sprintf("attempt %d of %s of %s begins", attempt, activity, workflowID), func() bool {
		pending := r.pending(workflowID, activity)
		return pending.GetAttempt() >= attempt && pending.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED
	})
}

// pending gives a pending activity by its type, nil when there is none. It fails
// when the workflow has ended, after which there will be none any more.
func (r *Rig) pending(workflowID, activity string) *workflow.PendingActivityInfo {
	r.t.Helper()
	described, err := r.Client.DescribeWorkflowExecution(r.t.Context(), workflowID, "")
	if err != nil {
		r.t.Fatalf("describing %s: %v", workflowID, err)
	}
	if status := described.GetWorkflowExecutionInfo().GetStatus(); status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		r.t.Fatalf("%s was waited for, but %s has ended, %s: %s", activity, workflowID, status, r.end(workflowID))
	}
	for _, pending := range described.GetPendingActivities() {
		if pending.GetActivityType().GetName() == activity {
			return pending
		}
	}
	return nil
}

// end tells how a workflow has ended: its result, or why it has none.
func (r *Rig) end(workflowID string) string {
	r.t.Helper()
	var result json.RawMessage
	if err := r.Result(workflowID, &result); err != nil {
		return err.Error()
	}
	return string(result)
}
