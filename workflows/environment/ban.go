package environment

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/workflows/step"
)

func (e *environment) checkBan(_ workflow.Context, request BanRequest) error {
	if request.Version == "" || request.By == "" || request.Reason == "" {
		return errors.New("version (or digest), by and reason are required")
	}
	return nil
}

func (e *environment) ban(ctx workflow.Context, request BanRequest) (Answer, error) {
	ban, err := e.mark(ctx, request, false)
	if err != nil {
		return Answer{}, err
	}
	e.note(ctx, "banned "+ban.Version, request.By, request.Reason)
	text := ban.Version + " goes nowhere any more"
	if current := e.state.Current; current != nil && current.Bundle == ban.Bundle {
		text += "; it runs in " + e.in.Environment + ", where only a rollback takes it away"
	}
	return Answer{Message: text}, nil
}

func (e *environment) unban(ctx workflow.Context, request BanRequest) (Answer, error) {
	ban, err := e.mark(ctx, request, true)
	if err != nil {
		return Answer{}, err
	}
	e.note(ctx, "lifted the ban of "+ban.Version, request.By, request.Reason)
	return Answer{Message: ban.Version + " is banned no more"}, nil
}

// mark puts a marker beside the bundle, which every rollout looks for before each
// wave, and tells all environments of the stack, so that none has to look.
func (e *environment) mark(ctx workflow.Context, request BanRequest, lift bool) (bundle.Ban, error) {
	var bundles *bundle.Activities
	ban, err := step.Call[bundle.Ban](ctx, step.Read("mark "+request.Version), bundles.RecordBan, bundle.RecordBanInput{
		Repository: e.in.Repository, Version: request.Version, Lift: lift, By: request.By, Reason: request.Reason, At: workflow.Now(ctx),
	})
	if err != nil {
		return ban, errors.New(step.Reason(err))
	}
	e.state.learn(ban)
	e.stir()
	argument, err := json.Marshal(ban)
	if err != nil {
		return ban, fmt.Errorf("encoding the ban: %w", err)
	}
	var messages *message.Activities
	// Best effort: the marker holds for those that do not hear of it.
	_, err = step.Call[message.Signalled](ctx, step.Read("tell the environments of "+e.in.Stack), messages.SignalAll, message.SignalAllInput{
		Workflow: Name, Attribute: step.StackAttribute.GetName(), Value: e.in.Stack, Signal: BannedSignal, Argument: argument,
	})
	if err != nil {
		workflow.GetLogger(ctx).Warn("telling of a ban", "error", err)
	}
	return ban, nil
}

// learn takes over what is known of a ban, or of its end: the last word counts,
// however late an earlier one arrives.
func (s *State) learn(ban bundle.Ban) {
	for _, known := range s.Bans {
		if known.Bundle == ban.Bundle && known.At.After(ban.At) {
			return
		}
	}
	s.Bans = newest(append(slices.DeleteFunc(s.Bans, func(b bundle.Ban) bool { return b.Bundle == ban.Bundle }), ban))
}
