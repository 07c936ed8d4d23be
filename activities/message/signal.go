package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/slipway-dev/slipway/activities/fault"
)

// SignalAllInput is a signal to all workflows of a kind that run.
type SignalAllInput struct {
	// Workflow is their type; Attribute and Value a keyword that they have.
	Workflow  string          `json:"workflow"`
	Attribute string          `json:"attribute"`
	Value     string          `json:"value"`
	Signal    string          `json:"signal"`
	Argument  json.RawMessage `json:"argument"`
}

// Signalled counts who was told.
type Signalled struct {
	Workflows int `json:"workflows"`
}

// SignalAll signals every workflow of a kind that runs. One that has ended by then
// is passed over. Unavailable when some could not be told: they are told again by
// the next attempt, as the others are.
//
// A workflow that has just started may not be listed yet.
func (a *Activities) SignalAll(ctx context.Context, in SignalAllInput) (Signalled, error) {
	query := fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running' AND %s = '%s'", in.Workflow, in.Attribute, strings.ReplaceAll(in.Value, "'", ""))
	var told Signalled
	var failed []error
	var page []byte
	for {
		listed, err := a.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, NextPageToken: page})
		if err != nil {
			return told, fault.New(fault.Unavailable, "listing the workflows to tell: %w", err)
		}
		for _, execution := range listed.GetExecutions() {
			id := execution.GetExecution().GetWorkflowId()
			err := a.Client.SignalWorkflow(ctx, id, "", in.Signal, in.Argument)
			var gone *serviceerror.NotFound
			switch {
			case err == nil:
				told.Workflows++
			case !errors.As(err, &gone):
				failed = append(failed, fmt.Errorf("telling %s: %w", id, err))
			}
		}
		if page = listed.GetNextPageToken(); len(page) == 0 {
			return told, fault.With(fault.Unavailable, errors.Join(failed...))
		}
	}
}
