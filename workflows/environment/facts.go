package environment

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/calendar"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/step"
)

// find finds out what gates depend on, beside everything else: a registry that is
// away must not keep an abort or a ban waiting.
func (e *environment) find(ctx workflow.Context, what missing) {
	if slices.Contains(e.finding, what) {
		return
	}
	e.finding = append(e.finding, what)
	workflow.GoNamed(ctx, "find the "+string(what.fact)+" of "+what.ticket, func(ctx workflow.Context) {
		defer e.found(what)
		meant := e.wish(what.ticket)
		if meant == nil {
			return
		}
		// A copy: it may move in the queue while it is looked at.
		wish := *meant
		err := e.look(ctx, what, wish)
		switch step.Code(err) {
		case "":
			if err != nil && ctx.Err() == nil {
				_ = e.rest(ctx, "looking at the gates of "+wish.Version+": "+step.Reason(err))
			}
		case string(fault.InvalidInput), string(fault.NotFound):
			if e.running != nil && e.running.Ticket == what.ticket {
				_ = e.rest(ctx, "looking at the freezes of "+wish.Version+": "+step.Reason(err))
			} else if waiting := e.wish(what.ticket); waiting != nil {
				waiting.Refused = step.Reason(err)
			}
		default:
			_ = e.rest(ctx, "looking at the gates of "+wish.Version+": "+step.Reason(err))
		}
	})
}

// found ends the search for something, whatever came of it.
func (e *environment) found(what missing) {
	e.finding = slices.DeleteFunc(e.finding, func(other missing) bool { return other == what })
	e.stir()
}

// look finds one fact and puts it where the wish is by then.
func (e *environment) look(ctx workflow.Context, what missing, wish Wish) error {
	current := e.state.currentBundle()
	now := workflow.Now(ctx)
	switch what.fact {
	case factPolicy:
		var bundles *bundle.Activities
		policy, err := step.Call[stack.Policy](ctx, step.Insist("what "+e.in.Environment+" asks of "+wish.Version),
			bundles.ReadPolicy, bundle.ReadPolicyInput{Environment: e.in.Environment, Bundle: wish.Bundle, Current: current})
		return e.put(err, what, current, func(wish *Wish) { wish.Policy = &policy })
	case factVerified:
		var bundles *bundle.Activities
		words := e.words
		verified, err := step.Call[bundle.Verified](ctx, step.Insist("is "+wish.Version+" verified?"),
			bundles.CheckVerified, bundle.CheckVerifiedInput{Bundle: wish.Bundle, Current: current})
		if words != e.words && !verified.Yes {
			return err // a word came meanwhile: it is asked anew
		}
		return e.put(err, what, current, func(wish *Wish) { wish.Verified, wish.VerifiedAt = &verified, now })
	case factWindows:
		var calendars *calendar.Activities
		frozen, err := step.Call[stack.Frozen](ctx, step.Insist("what the calendar says"),
			calendars.LookUpFreeze, calendar.LookUpFreezeInput{Windows: wish.Policy.Freeze, At: now})
		return e.put(err, what, current, func(wish *Wish) { wish.Windows = &frozen })
	case factPlan:
		planned := e.plan(ctx, wish, current)
		return e.put(nil, what, current, func(wish *Wish) { wish.Plan = &planned })
	}
	return nil
}

// plan lets a child find out what a release would change, for those who are asked.
func (e *environment) plan(ctx workflow.Context, wish Wish, current bundle.Reference) Planned {
	// An ID of its own, beside that of a plan that somebody asks for.
	planned := Planned{Workflow: plan.ID(e.in.Stack, e.in.Environment, wish.Version) + "/approval"}
	in := plan.Input{
		Stack: e.in.Stack, Environment: e.in.Environment, Repository: e.in.Repository,
		Version: wish.Version, Bundle: wish.Bundle, From: current, By: "the environment",
	}
	if e.state.Current != nil {
		in.FromVersion = e.state.Current.Version
	}
	for _, exclusion := range e.state.Excluded {
		in.Exclude = append(in.Exclude, exclusion.Cluster)
	}
	var result plan.Result
	err := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: planned.Workflow, TaskQueue: step.Queue,
		StaticSummary: "what " + wish.Version + " would change in " + e.in.Environment,
	}), plan.Name, in).Get(ctx, &result)
	if err != nil {
		// Whoever is asked can make one by hand; the gate does not depend on it.
		planned.Message = "it could not be told what would change: " + step.Reason(err)
		return planned
	}
	planned.Verdict, planned.Message = string(result.Verdict), result.Message
	return planned
}

// put stores an answer, unless something else runs by now: it is asked anew then.
func (e *environment) put(err error, what missing, current bundle.Reference, set func(*Wish)) error {
	if wish := e.wish(what.ticket); err == nil && wish != nil && e.state.currentBundle() == current {
		set(wish)
	}
	return err
}

// currentBundle gives the bundle that is recorded, zero before the first release.
func (s *State) currentBundle() bundle.Reference {
	if s.Current == nil {
		return bundle.Reference{}
	}
	return s.Current.Bundle
}

// wish finds a wish by its ticket, in the queue or running; nil when it has ended.
func (e *environment) wish(ticket string) *Wish {
	if e.running != nil && e.running.Ticket == ticket {
		return e.running
	}
	for i := range e.state.Queue {
		if e.state.Queue[i].Ticket == ticket {
			return &e.state.Queue[i]
		}
	}
	return nil
}

// forget drops what is known of gates that depends on what runs, because something
// else runs now.
func (s *State) forget() {
	for i := range s.Queue {
		s.Queue[i].Policy, s.Queue[i].Verified, s.Queue[i].Windows, s.Queue[i].Plan = nil, nil, nil, nil
	}
}
