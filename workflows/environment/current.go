package environment

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/workflows/step"
)

// FindCurrent asks an environment what it runs, and the registry if there is no
// such Environment, or none any more. It starts none. One that does not know
// yet is asked again until the time for reading is over: Unavailable. The answer may be old by
// the time that it is read: a wish that depends on it says so in From.
func FindCurrent(ctx workflow.Context, at Input) (Current, error) {
	var messages *message.Activities
	answer, err := step.Call[json.RawMessage](ctx, step.Read("what runs in "+at.Environment), messages.QueryWorkflow,
		message.QueryWorkflowInput{ID: ID(at.Stack, at.Environment), Query: CurrentQuery})
	switch {
	case step.Code(err) == string(fault.NotFound):
		return findRecorded(ctx, at)
	case err != nil:
		return Current{}, err
	}
	var current Current
	if err := json.Unmarshal(answer, &current); err != nil {
		return Current{}, fmt.Errorf("decoding what runs in %s: %w", at.Environment, err)
	}
	return current, nil
}

func findRecorded(ctx workflow.Context, at Input) (Current, error) {
	var bundles *bundle.Activities
	found, err := step.Call[bundle.Current](ctx, step.Read("what the registry says of "+at.Environment),
		bundles.FindCurrent, bundle.FindCurrentInput{Repository: at.Repository, Environment: at.Environment})
	return Current{Bundle: found.Bundle, Version: found.Version, Commit: found.Commit}, err
}
