package environment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func (e *environment) checkApprove(_ workflow.Context, request ApproveRequest) error {
	switch {
	case request.Version == "" || request.By == "":
		return errors.New("version (or digest) and by are required")
	case request.Decision != "" && request.Decision != Approve && request.Decision != Reject:
		return fmt.Errorf("decision is %q: want %s or %s", request.Decision, Approve, Reject)
	}
	approvals, _, err := e.askedFor(request.Version)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(approvals, func(a stack.Approval) bool { return counts(a, request.By) }) {
		return fmt.Errorf("%s is not asked: %s", request.By, whoIsAsked(approvals))
	}
	return nil
}

// askedFor gives the approvals that a release waits for, and where they are kept.
func (e *environment) askedFor(versionOrDigest string) ([]stack.Approval, *[]Decision, error) {
	var refusal error
	for i := range e.state.Queue {
		switch wish := &e.state.Queue[i]; {
		case !wish.names(versionOrDigest):
		case wish.Policy == nil:
			refusal = fmt.Errorf("the gates of %s are still being looked at; ask again", wish.Version)
		case len(wish.Policy.Approvals) == 0 || wish.Reconcile:
			refusal = fmt.Errorf("%s waits, but for no approval: %s", wish.Version, describeGates(wish.Gates))
		default:
			return wish.Policy.Approvals, &wish.Decisions, nil
		}
	}
	if soaking := e.state.Soaking; soaking != nil && (soaking.Version == versionOrDigest || soaking.Bundle.Digest == versionOrDigest) {
		if len(soaking.Policy.Approvals) == 0 {
			return nil, nil, fmt.Errorf("%s runs here and needs nobody's approval to become verified", soaking.Version)
		}
		return soaking.Policy.Approvals, &soaking.Decisions, nil
	}
	if refusal != nil {
		return nil, nil, refusal
	}
	return nil, nil, fmt.Errorf("%s does not wait here; %s", versionOrDigest, e.whatWaits())
}

// whatWaits names what a stale request could have meant.
func (e *environment) whatWaits() string {
	var versions []string
	for _, wish := range e.state.Queue {
		versions = append(versions, wish.Version)
	}
	if e.state.Soaking != nil {
		versions = append(versions, e.state.Soaking.Version)
	}
	if len(versions) == 0 {
		return "nothing does"
	}
	return "what does is " + strings.Join(versions, ", ")
}

func whoIsAsked(approvals []stack.Approval) string {
	var names []string
	for _, approval := range approvals {
		names = append(names, strings.Join(approval.From, ", "))
	}
	return "the word of " + strings.Join(names, "; and of ") + " counts"
}

// approve writes a word down. The last word of one person counts.
func (e *environment) approve(ctx workflow.Context, request ApproveRequest) (Answer, error) {
	_, decisions, err := e.askedFor(request.Version)
	if err != nil {
		return Answer{}, err
	}
	decision := Decision{Decision: request.Decision, By: request.By, Reason: request.Reason, At: workflow.Now(ctx)}
	if decision.Decision == "" {
		decision.Decision = Approve
	}
	others := slices.DeleteFunc(slices.Clone(*decisions), func(d Decision) bool { return d.By == request.By })
	*decisions = append(others, decision)
	said := map[DecisionKind]string{Approve: "approved ", Reject: "rejected "}[decision.Decision] + request.Version
	e.note(ctx, said, request.By, request.Reason)
	return Answer{Message: request.By + " " + said}, nil
}

func (e *environment) checkOverride(_ workflow.Context, request OverrideRequest) error {
	switch {
	case request.Version == "" || request.By == "" || request.Reason == "":
		return errors.New("version (or digest), by and reason are required: letting a release pass every gate is remembered with all three")
	case e.named(request.Version) == nil:
		return fmt.Errorf("%s does not wait here; %s", request.Version, e.whatWaits())
	}
	return nil
}

func (e *environment) override(ctx workflow.Context, request OverrideRequest) (Answer, error) {
	wish := e.named(request.Version)
	if wish == nil {
		return Answer{}, fmt.Errorf("%s does not wait here any more", request.Version)
	}
	wish.Override = &Override{By: request.By, Reason: request.Reason}
	e.note(ctx, "let "+wish.Version+" pass every gate", request.By, request.Reason)
	return Answer{Message: wish.Version + " passes every gate, by " + request.By}, nil
}

func (e *environment) checkPause(_ workflow.Context, request PauseRequest) error {
	switch {
	case request.Version == "" || request.By == "":
		return errors.New("version (or digest) and by are required")
	case e.running == nil:
		return errors.New("nothing is being rolled out here")
	case !e.running.names(request.Version):
		return fmt.Errorf("%s is not being rolled out; %s is", request.Version, e.running.Version)
	}
	return nil
}

// pause keeps the rollout from its next step. What is under way ends first.
func (e *environment) pause(ctx workflow.Context, request PauseRequest) (Answer, error) {
	if err := e.checkPause(ctx, request); err != nil {
		return Answer{}, err
	}
	e.paused = &rollout.Control{Action: rollout.Pause, By: request.By, Reason: request.Reason}
	e.note(ctx, "paused "+request.Version, request.By, request.Reason)
	return Answer{Message: request.Version + " stops before its next step; resume lets it go on, abort restores"}, nil
}

func (e *environment) checkResume(ctx workflow.Context, request PauseRequest) error {
	if err := e.checkPause(ctx, request); err != nil {
		return err
	}
	if e.paused == nil {
		if freeze, frozen := e.state.freezing(e.running, workflow.Now(ctx)); frozen {
			return fmt.Errorf("nobody has paused %s; it is held because the environment is %s: thaw it", request.Version, freeze.Reason)
		}
		return fmt.Errorf("%s is not paused", request.Version)
	}
	return nil
}

func (e *environment) resume(ctx workflow.Context, request PauseRequest) (Answer, error) {
	if err := e.checkResume(ctx, request); err != nil {
		return Answer{}, err
	}
	e.paused = nil
	e.note(ctx, "resumed "+request.Version, request.By, request.Reason)
	if freeze, frozen := e.state.freezing(e.running, workflow.Now(ctx)); frozen {
		return Answer{Message: request.Version + " is not paused any more, and goes on once it is not " + freeze.Reason}, nil
	}
	return Answer{Message: request.Version + " goes on"}, nil
}

// Waits says in one line what gates still wait for; empty when all are open.
func Waits(gates []Gate) string {
	if all, _ := open(gates); all {
		return ""
	}
	return describeGates(gates)
}

func describeGates(gates []Gate) string {
	var parts []string
	for _, gate := range gates {
		if !gate.Open {
			parts = append(parts, gate.Name+": "+gate.Message)
		}
	}
	if len(parts) == 0 {
		return "every gate is open"
	}
	return strings.Join(parts, "; ")
}
