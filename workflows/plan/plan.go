// Package plan tells what a recorded release would change in an environment, on
// each of its targets, and what stands against it.
//
// It writes to no target and asks no other workflow: what runs is given to it, or
// read from the registry. So an Environment can start it, too.
package plan

import (
	"errors"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Names that histories carry; changing one breaks running workflows.
const (
	Name        = "Plan"
	StatusQuery = "status"
)

// InvalidInput is the type of the error with which a Plan fails whose input is
// wrong, or whose version was never assembled. What targets say is a result.
const InvalidInput = "InvalidInput"

// ID gives the workflow ID of the plan of a version in an environment.
func ID(stack, environment, version string) string {
	return "plan/" + stack + "/" + environment + "/" + version
}

// Input of a Plan.
type Input struct {
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	// Repository holds the stack's bundles.
	Repository string `json:"repository"`
	// Version whose recorded release is meant. With Bundle it is only shown.
	Version string `json:"version,omitempty"`
	// Bundle is the release itself; leave it out to have it looked up by Version.
	Bundle bundle.Reference `json:"bundle,omitzero"`
	// From is what the environment runs; leave it out to have it looked up in the
	// registry, where a release that has just ended may not be recorded yet.
	From bundle.Reference `json:"from,omitzero"`
	// FromVersion is only shown.
	FromVersion string `json:"fromVersion,omitempty"`
	// Exclude names targets that are left alone, because they are under maintenance.
	Exclude []string `json:"exclude,omitempty"`
	// By says who asked, as claimed.
	By string `json:"by,omitempty"`
}

// Validate tells what is missing.
func (in Input) Validate() error {
	switch {
	case in.Stack == "" || in.Environment == "" || in.Repository == "":
		return errors.New("stack, environment and repository (of the stack's bundles) are required")
	case in.Version == "" && in.Bundle.IsZero():
		return errors.New("version or bundle is required")
	}
	return nil
}

// Result of a Plan.
type Result struct {
	Stack       string           `json:"stack"`
	Environment string           `json:"environment"`
	Version     string           `json:"version"`
	Bundle      bundle.Reference `json:"bundle"`
	// From is what was compared with; zero when nothing was released before.
	From        bundle.Reference `json:"from,omitzero"`
	FromVersion string           `json:"fromVersion,omitempty"`
	// Verdict is the worst of the targets.
	Verdict Verdict `json:"verdict"`
	// Message is one sentence for people.
	Message string   `json:"message"`
	Targets []Target `json:"targets"`
	// Excluded targets were not looked at.
	Excluded []string `json:"excluded,omitempty"`
}

// Target is what would happen on one target.
type Target struct {
	Target  string  `json:"target"`
	Verdict Verdict `json:"verdict"`
	// Message says why there is no plan.
	Message string `json:"message,omitempty"`
	// SameAs names a target before this one on which the same would happen; its
	// changes and problems are not repeated here.
	SameAs string `json:"sameAs,omitempty"`
	// Plan is nil when the target did not answer.
	Plan *workload.TargetPlan `json:"plan,omitempty"`
}

// Status answers the status query.
type Status struct {
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	Version     string `json:"version"`
	// Phase is one of the phases, or the verdict.
	Phase   string         `json:"phase"`
	Targets []TargetStatus `json:"targets,omitempty"`
}

// TargetStatus is how far one target is.
type TargetStatus struct {
	Target string `json:"target"`
	// State is "comparing" or the verdict.
	State string `json:"state"`
}

// Phases of a Plan, also the value of the search attribute SlipwayPhase.
const (
	PhaseReading   = "reading"
	PhaseComparing = "comparing"
)
