package environment

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func (e *environment) checkUnstick(_ workflow.Context, request UnstickRequest) error {
	switch {
	case request.Version == "" || request.By == "" || request.Reason == "":
		return errors.New("version (or digest) of the release that got stuck, by and reason are required")
	case !e.state.Unknown:
		return errors.New("no rollout is stuck here")
	case e.running != nil:
		return fmt.Errorf("%s is being rolled out, which will make known what runs", e.running.Version)
	case e.state.Current == nil:
		return errors.New("nothing was ever released here to go back to: deploy a version")
	}
	for _, record := range slices.Backward(e.state.History) {
		if record.Verdict != rollout.Stuck {
			continue
		}
		if !record.names(request.Version) {
			return fmt.Errorf("%s is not what got stuck; %s did", request.Version, record.Version)
		}
		return nil
	}
	return nil
}

// retry rolls the last release out again, which makes known what runs.
func (e *environment) retry(ctx workflow.Context, request UnstickRequest) (TicketState, error) {
	if err := e.checkUnstick(ctx, request); err != nil {
		return TicketState{}, err
	}
	current := e.state.Current
	version, err := stack.ParseVersion(current.Version)
	if err != nil {
		return TicketState{}, err
	}
	e.note(ctx, "tries again to restore "+current.Version, request.By, request.Reason)
	return e.enqueue(ctx, Wish{Retry: true, Deploy: Deploy{
		Ticket: "retry/" + workflow.GetCurrentUpdateInfo(ctx).ID,
		Bundle: current.Bundle, Version: current.Version, Commit: current.Commit, Channel: version.Channel(),
		Rollback: true, By: request.By, Reason: request.Reason,
	}}), nil
}

// accept takes the last release for what runs, because somebody has looked and says
// so. It looks at nothing: a drift check does.
func (e *environment) accept(ctx workflow.Context, request UnstickRequest) (Answer, error) {
	if err := e.checkUnstick(ctx, request); err != nil {
		return Answer{}, err
	}
	e.state.Unknown = false
	e.note(ctx, "accepted that "+e.state.Current.Version+" runs", request.By, request.Reason)
	return Answer{Message: e.state.Current.Version + " counts as what runs; starter drift tells how the clusters differ from it"}, nil
}
