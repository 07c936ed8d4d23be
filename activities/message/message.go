// Package message delivers what one workflow has to say to another, where
// workflow code itself cannot: an Update, with the start of its receiver.
package message

import (
	"context"
	"encoding/json"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/activities/fault"
)

// Activities send messages through a Temporal client.
type Activities struct {
	Client client.Client
}

// DeliverUpdateInput is an update and its receiver. The package of the receiver makes it.
type DeliverUpdateInput struct {
	// Workflow, ID, Queue and Input start the receiver if it does not run.
	Workflow string          `json:"workflow"`
	ID       string          `json:"id"`
	Queue    string          `json:"queue"`
	Input    json.RawMessage `json:"input"`
	// Update is its name, UpdateID what makes it one message however often it
	// is sent, Argument its only argument.
	Update   string          `json:"update"`
	UpdateID string          `json:"updateId"`
	Argument json.RawMessage `json:"argument"`
	// Attributes are keyword search attributes of a receiver that is started.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Summary is shown for a receiver that is started.
	Summary string `json:"summary,omitempty"`
}

// DeliverUpdate delivers an update and gives the receiver's answer. A refusal
// by its validator is InvalidInput with the receiver's words.
func (a *Activities) DeliverUpdate(ctx context.Context, in DeliverUpdateInput) (json.RawMessage, error) {
	start := a.Client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID:                       in.ID,
		TaskQueue:                in.Queue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            in.Summary,
		TypedSearchAttributes:    attributes(in.Attributes),
	}, in.Workflow, in.Input)
	handle, err := a.Client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateID:     in.UpdateID,
			UpdateName:   in.Update,
			Args:         []any{in.Argument},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return nil, classify(in, err)
	}
	var answer json.RawMessage
	if err := handle.Get(ctx, &answer); err != nil {
		return nil, classify(in, err)
	}
	return answer, nil
}

func classify(in DeliverUpdateInput, err error) error {
	var refusal *temporal.ApplicationError
	if errors.As(err, &refusal) {
		return fault.New(fault.InvalidInput, "%s of %s refused: %s", in.Update, in.ID, refusal.Message())
	}
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return fault.New(fault.InvalidInput, "%s of %s: %w", in.Update, in.ID, err)
	}
	return fault.New(fault.Unavailable, "delivering %s to %s: %w", in.Update, in.ID, err)
}

func attributes(values map[string]string) temporal.SearchAttributes {
	updates := make([]temporal.SearchAttributeUpdate, 0, len(values))
	for name, value := range values {
		updates = append(updates, temporal.NewSearchAttributeKeyKeyword(name).ValueSet(value))
	}
	return temporal.NewSearchAttributes(updates...)
}
