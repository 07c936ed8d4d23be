package message

import (
	"context"
	"encoding/json"
	"errors"

	"go.temporal.io/api/serviceerror"

	"github.com/slipway-dev/slipway/activities/fault"
)

// QueryWorkflowInput asks a workflow a question without arguments.
type QueryWorkflowInput struct {
	ID    string `json:"id"`
	Query string `json:"query"`
}

// QueryWorkflow gives the answer of a workflow's latest run, which may have
// ended. NotFound if there never was one, or longer ago than Temporal keeps;
// Unavailable if no worker answers.
func (a *Activities) QueryWorkflow(ctx context.Context, in QueryWorkflowInput) (json.RawMessage, error) {
	value, err := a.Client.QueryWorkflow(ctx, in.ID, "", in.Query)
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return nil, fault.New(fault.NotFound, "asking %s for its %s: there is no such workflow", in.ID, in.Query)
	case err != nil:
		return nil, fault.New(fault.Unavailable, "asking %s for its %s: %w", in.ID, in.Query, err)
	}
	var answer json.RawMessage
	if err := value.Get(&answer); err != nil {
		return nil, fault.New(fault.Internal, "reading the answer of %s: %w", in.ID, err)
	}
	return answer, nil
}
