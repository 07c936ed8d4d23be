// Package rollout takes one environment from the release that it runs to another.
//
// A rollout ends released, restored, stuck or not started; this is its result,
// never an error. Only an Environment starts rollouts. People talk to the
// Environment too; the rollout takes one signal from it.
package rollout

import (
	"errors"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Names that histories carry; changing one breaks running workflows.
const (
	Name          = "Rollout"
	StatusQuery   = "status"
	ControlSignal = "control"
)

// ID gives the workflow ID of an environment's rollout. It is the same for all
// of them, so that there can be only one at a time.
func ID(stack, environment string) string { return "rollout/" + stack + "/" + environment }

// Input of a rollout.
type Input struct {
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	// Ticket under which the Environment queued it.
	Ticket string `json:"ticket"`
	// From is the recorded current release, zero at an environment's first one.
	// Going back means going back to it.
	From        bundle.Reference `json:"from"`
	FromVersion string           `json:"fromVersion,omitempty"`
	To          bundle.Reference `json:"to"`
	Version     string           `json:"version"`
	// Exclude names targets that are left alone, because they are under maintenance.
	Exclude []string `json:"exclude,omitempty"`
	// Only names the one target to move, because it comes back from maintenance;
	// empty for all.
	Only string `json:"only,omitempty"`
	// Rollback tells that it goes back to a release that ran before. It runs no hooks.
	Rollback bool `json:"rollback,omitempty"`
	// By and Reason say who asked, as claimed.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Validate tells what is missing.
func (in Input) Validate() error {
	switch {
	case in.Stack == "" || in.Environment == "":
		return errors.New("stack and environment are required")
	case in.To.IsZero():
		return errors.New("to is required: the bundle to roll out, as repository and digest")
	case in.Version == "":
		return errors.New("version is required")
	}
	return nil
}

// Verdict is how a rollout, and with it a release, ended.
type Verdict string

const (
	// Released means that every service of every cluster runs the new release.
	Released Verdict = "released"
	// Restored means that it failed or was aborted, and everything that it touched is as
	// before, but for what the programs of hooks have done.
	Restored Verdict = "restored"
	// Stuck means that not even the restore could finish, and the blocker is named; or
	// that a point of no return forbade it.
	Stuck Verdict = "stuck"
	// NotStarted means that nothing was touched.
	NotStarted Verdict = "notStarted"
)

// Why a rollout ended other than released. The words are stable.
const (
	WhyFailed     = "failed"     // a service failed its health checks
	WhyLate       = "late"       // the deadline passed
	WhyAborted    = "aborted"    // somebody asked
	WhyRefused    = "refused"    // the check before the first write found problems
	WhySuperseded = "superseded" // another wish in the queue made it pointless
	WhyBanned     = "banned"     // somebody banned the release
	WhyRejected   = "rejected"   // somebody who was asked to approve did not
	WhyExpired    = "expired"    // nobody approved in time
	WhyFrozen     = "frozen"     // a freeze that does not only hold
	WhyError      = "error"      // a step could not be done
)

// Result of a rollout.
type Result struct {
	Verdict Verdict `json:"verdict"`
	// Why is empty when released.
	Why string `json:"why,omitempty"`
	// Message is one sentence for people.
	Message  string    `json:"message,omitempty"`
	Services []Service `json:"services,omitempty"`
	// Problems found by the check, or standing against the restore.
	Problems []workload.Problem `json:"problems,omitempty"`
	// Hooks tells what became of the hooks that were to run.
	Hooks []Hook `json:"hooks,omitempty"`
	// Held names the hook because of which a stuck rollout was not taken back.
	Held string `json:"held,omitempty"`
	// Simulated tells that pods ran on simulated nodes.
	Simulated bool `json:"simulated,omitempty"`
	// Began is the first write, Decided the verdict on the new release, Ended the end of the restore, if any.
	Began   time.Time `json:"began"`
	Decided time.Time `json:"decided"`
	Ended   time.Time `json:"ended"`
}

// Service is what became of one service on one target.
type Service struct {
	Service string `json:"service"`
	Target  string `json:"target"`
	// State is one of the State constants.
	State   string            `json:"state"`
	Ready   int32             `json:"ready"`
	Wanted  int32             `json:"wanted"`
	Message string            `json:"message,omitempty"`
	Failure *workload.Failure `json:"failure,omitempty"`
}

// States of a service in a rollout.
const (
	StateWaiting   = "waiting"
	StateApplying  = "applying"
	StateWatching  = "watching"
	StateReleased  = "released"
	StateFailed    = "failed"
	StateRestoring = "restoring"
	StateRestored  = "restored"
	StateStuck     = "stuck"
)

// Phases of a rollout, also the value of the search attribute SlipwayPhase.
const (
	PhaseChecking  = "checking"
	PhaseMoving    = "moving"
	PhaseHeld      = "held"
	PhasePruning   = "pruning"
	PhaseRestoring = "restoring"
)

// Status answers the status query.
type Status struct {
	Version     string `json:"version"`
	FromVersion string `json:"fromVersion,omitempty"`
	Phase       string `json:"phase"`
	// Held says who has paused it, when somebody has.
	Held string `json:"held,omitempty"`
	// Wave counts from 1; 0 before the first. A wave of the needs is several here
	// when not all of it may move at once, or when clusters move in turn.
	Wave  int        `json:"wave"`
	Waves [][]string `json:"waves,omitempty"`
	// On names the targets of the wave when they are not all of the environment's.
	On       []string  `json:"on,omitempty"`
	Services []Service `json:"services,omitempty"`
	Hooks    []Hook    `json:"hooks,omitempty"`
	Verdict  Verdict   `json:"verdict,omitempty"`
	Message  string    `json:"message,omitempty"`
}
