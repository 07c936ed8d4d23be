package message

import (
	"context"
	"encoding/json"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/activities/fault"
)

// QueryWorkflowInput asks a workflow a question without arguments.
type QueryWorkflowInput struct {
	ID    string `json:"id"`
	Query string `json:"query"`
}

// QueryWorkflow gives the answer of a workflow that runs. NotFound if there is
// none or it has ended, because what it knew may have changed since; Unavailable
// if no worker answers, or the workflow has no answer yet.
func (a *Activities) QueryWorkflow(ctx context.Context, in QueryWorkflowInput) (json.RawMessage, error) {
	response, err := a.Client.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: in.ID, QueryType: in.Query, QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return nil, fault.New(fault.NotFound, "asking %s for its %s: there is no such workflow", in.ID, in.Query)
	case err != nil:
		return nil, fault.New(fault.Unavailable, "asking %s for its %s: %w", in.ID, in.Query, err)
	case response.QueryRejected != nil:
		return nil, fault.New(fault.NotFound, "asking %s for its %s: it has ended (%s)", in.ID, in.Query, response.QueryRejected.GetStatus())
	}
	var answer json.RawMessage
	if err := response.QueryResult.Get(&answer); err != nil {
		return nil, fault.New(fault.Internal, "reading the answer of %s: %w", in.ID, err)
	}
	return answer, nil
}
