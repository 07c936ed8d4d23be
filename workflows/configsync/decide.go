package configsync

import (
	"fmt"
	"slices"

	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Verdict is one word for how a ConfigSync ended. It is also one of a rollout's,
// when an environment was asked for something.
type Verdict string

const (
	// Unchanged means that the config of the commit is what runs.
	Unchanged Verdict = "unchanged"
	// Planned means that the config of the commit differs from what runs.
	Planned Verdict = "planned"
	// InSync means that the clusters are as the recorded release says.
	InSync Verdict = "inSync"
	// Drifted means that some are not, and that nothing was done about it.
	Drifted Verdict = "drifted"
	// Incomplete means that clusters could not be compared, and that the others are
	// as the recorded release says.
	Incomplete Verdict = "incomplete"
	// Busy means that a rollout is under way, during which clusters are neither
	// as one release nor as the other, or another sync, which was waited for in vain.
	Busy Verdict = "busy"
	// Empty means that nothing has been released to the environment.
	Empty Verdict = "empty"
	// Failed means that it could not be told.
	Failed Verdict = "failed"
)

// notStarted is a rollout's word for a wish that has touched nothing.
const notStarted = Verdict(environment.NotStarted)

// severity orders verdicts from what was hoped for to what wakes people up. A
// word that is not here is worse than all.
var severity = []Verdict{
	"", Empty, Unchanged, InSync, "released", Planned, Busy, Incomplete, Drifted, notStarted, "restored", Failed, "stuck",
}

// worst gives the verdict of all environments together.
func worst(environments []Environment) Verdict {
	worst, rank := Verdict(""), 0
	for _, e := range environments {
		at := slices.Index(severity, e.Verdict)
		if at < 0 {
			at = len(severity)
		}
		if at > rank {
			worst, rank = e.Verdict, at
		}
	}
	return worst
}

const (
	// shown is how many changes or differences a result carries; all of them are
	// in the registry.
	shown = 50
	// shownOfMany is how many of each environment a result about several carries.
	shownOfMany = 10
)

// planned tells what a plan comes to when nothing is applied.
func planned(name string, plan config.Plan) Environment {
	e := Environment{Environment: name, Plan: &plan, Verdict: Planned}
	switch {
	case plan.Services == 0:
		e.Verdict, e.Message = Unchanged, "the config is what "+plan.Version+" runs with"
	case plan.OtherFiles > 0:
		e.Message = fmt.Sprintf("%s changed that are no config, the first is %s: it takes a release", count(plan.OtherFiles, "file"), plan.Other[0])
	default:
		e.Message = fmt.Sprintf("%s to add, %d to change, %d to remove", count(plan.Added, "key"), plan.Changed, plan.Removed)
	}
	return e
}

// add puts what was found on one target to the rest, or why it was not compared.
func (d *DriftFound) add(target string, found workload.Drift, failure error) {
	if failure != nil {
		d.Targets = append(d.Targets, TargetDrift{Target: target, Why: step.Code(failure), Message: step.Reason(failure)})
		return
	}
	d.Targets = append(d.Targets, TargetDrift{Target: target, Objects: found.Objects, Different: found.Missing + found.Changed})
	if !found.Report.IsZero() {
		d.Reports = append(d.Reports, found.Report)
	}
	for _, difference := range found.Differences {
		if len(d.Differences) == shown {
			return
		}
		d.Differences = append(d.Differences, Difference{Target: target, Difference: difference})
	}
}

// different counts the objects that differ on any target.
func (d *DriftFound) different() (objects, targets int) {
	for _, target := range d.Targets {
		objects += target.Different
		if target.Different > 0 {
			targets++
		}
	}
	return objects, targets
}

// notCompared lists the targets of which nothing is known.
func (d *DriftFound) notCompared() []TargetDrift {
	if d == nil {
		return nil
	}
	var unknown []TargetDrift
	for _, target := range d.Targets {
		if target.Message != "" {
			unknown = append(unknown, target)
		}
	}
	return unknown
}

// compared tells what was found, before anybody is asked to reconcile. Of what
// could not be compared it says no good.
func compared(name string, found *DriftFound) Environment {
	e := Environment{Environment: name, Drift: found, Verdict: InSync, Message: "all is as " + found.Version + " says"}
	unknown := found.notCompared()
	objects, targets := found.different()
	switch {
	case objects > 0:
		e.Verdict = Drifted
		e.Message = fmt.Sprintf("%s on %s not as %s says", count(objects, "object"), count(targets, "target"), found.Version)
	case len(unknown) > 0:
		e.Verdict = Incomplete
		e.Message = fmt.Sprintf("%d of %s as %s says", len(found.Targets)-len(unknown), count(len(found.Targets), "target"), found.Version)
	}
	if len(unknown) > 0 {
		e.Message += "; " + reasons(unknown)
	}
	return e
}

// reasons says in one piece why targets could not be compared.
func reasons(unknown []TargetDrift) string {
	text := unknown[0].Target
	if more := len(unknown) - 1; more > 0 {
		text += fmt.Sprintf(" and %s", count(more, "other"))
	}
	return text + " could not be compared: " + unknown[0].Message
}

// answered adds how the environment ended what it was asked for.
func (e *Environment) answered(outcome environment.Outcome) {
	e.Outcome = &outcome
	e.Verdict = Verdict(outcome.Result.Verdict)
	if outcome.Result.Message != "" {
		e.Message += "; " + outcome.Result.Message
	}
}

// brief cuts a child's result down to what a result about many can carry.
func (e Environment) brief() Environment {
	if e.Plan != nil {
		plan := *e.Plan
		plan.Changes = plan.Changes[:min(len(plan.Changes), shownOfMany)]
		e.Plan = &plan
	}
	if e.Drift != nil {
		drift := *e.Drift
		drift.Differences = drift.Differences[:min(len(drift.Differences), shownOfMany)]
		e.Drift = &drift
	}
	if e.Outcome != nil {
		outcome := *e.Outcome
		outcome.Result.Services = nil
		e.Outcome = &outcome
	}
	return e
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
