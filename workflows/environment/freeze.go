package environment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/stack"
)

const (
	// manual is what a freeze is called that was given no name.
	manual = "manual"
	// afterRollback is the freeze that a rollback leaves behind, so that the release
	// that was bad does not come again by itself.
	afterRollback = "after rollback"
	// maxFreezes is more than one environment ever has at a time.
	maxFreezes = 20
)

func (e *environment) checkFreeze(ctx workflow.Context, request FreezeRequest) error {
	switch {
	case request.By == "" || request.Reason == "":
		return errors.New("by and reason are required")
	case !request.Until.IsZero() && !request.Until.After(workflow.Now(ctx)):
		return fmt.Errorf("until is %s, which is past", request.Until.Format(time.RFC3339))
	case request.Running != "" && request.Running != stack.RunningHold && request.Running != stack.RunningAbort:
		return fmt.Errorf("running is %q: want %s or %s", request.Running, stack.RunningHold, stack.RunningAbort)
	case len(e.state.Freezes) >= maxFreezes && !slices.ContainsFunc(e.state.Freezes, func(f Freeze) bool { return f.Name == request.Name }):
		return fmt.Errorf("there are %d freezes already: thaw some", maxFreezes)
	}
	return nil
}

// freeze keeps everything from going forward, also what runs.
func (e *environment) freeze(ctx workflow.Context, request FreezeRequest) (Answer, error) {
	if request.Name == "" {
		request.Name = manual
	}
	e.state.freeze(Freeze{
		Name: request.Name, By: request.By, Reason: request.Reason, Since: workflow.Now(ctx), Until: request.Until, Running: request.Running,
	})
	e.note(ctx, "froze "+e.in.Environment+" ("+request.Name+")", request.By, request.Reason)
	until := "until somebody thaws it"
	if !request.Until.IsZero() {
		until = "until " + request.Until.UTC().Format(time.RFC3339)
	}
	return Answer{Message: e.in.Environment + " is frozen " + until}, nil
}

// freeze adds a freeze, in the place of one of the same name.
func (s *State) freeze(freeze Freeze) {
	s.Freezes = append(slices.DeleteFunc(s.Freezes, func(f Freeze) bool { return f.Name == freeze.Name }), freeze)
}

// freezeAfter freezes the environment after a rollback.
func (e *environment) freezeAfter(ctx workflow.Context, wish Wish) {
	e.state.freeze(Freeze{Name: afterRollback, By: wish.By, Reason: wish.Reason, Since: workflow.Now(ctx)})
	e.stir()
}

// melt drops the freezes that have ended by themselves.
func (s *State) melt(now time.Time) {
	s.Freezes = slices.DeleteFunc(s.Freezes, func(f Freeze) bool { return f.ended(now) })
}

func (e *environment) checkThaw(_ workflow.Context, request ThawRequest) error {
	if request.By == "" {
		return errors.New("by is required")
	}
	_, err := e.state.meant(request)
	return err
}

// meant finds the freeze that a request means.
func (s *State) meant(request ThawRequest) (Freeze, error) {
	var names []string
	for _, freeze := range s.Freezes {
		if freeze.Name == request.Name || request.Name == "" && len(s.Freezes) == 1 {
			return freeze, nil
		}
		names = append(names, fmt.Sprintf("%q", freeze.Name))
	}
	switch {
	case len(names) == 0:
		return Freeze{}, errors.New("nobody has frozen this environment (a window of slipway.yaml ends by itself; override lets one release pass)")
	case request.Name == "":
		return Freeze{}, fmt.Errorf("there is more than one freeze, name yours: %s", strings.Join(names, ", "))
	}
	return Freeze{}, fmt.Errorf("there is no freeze %q; there are %s", request.Name, strings.Join(names, ", "))
}

func (e *environment) thaw(ctx workflow.Context, request ThawRequest) (Answer, error) {
	freeze, err := e.state.meant(request)
	if err != nil {
		return Answer{}, err
	}
	e.state.Freezes = slices.DeleteFunc(e.state.Freezes, func(f Freeze) bool { return f.Name == freeze.Name })
	e.note(ctx, "thawed "+e.in.Environment+" ("+freeze.Name+")", request.By, request.Reason)
	if len(e.state.Freezes) > 0 {
		return Answer{Message: fmt.Sprintf("%s is thawed, %d more hold %s", freeze.Name, len(e.state.Freezes), e.in.Environment)}, nil
	}
	return Answer{Message: e.in.Environment + " is thawed"}, nil
}
