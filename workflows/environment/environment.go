// Package environment is the one door to what runs in an environment: a
// long-lived workflow with a queue, gates, the current release and a history.
//
// Only it starts rollouts, one at a time. It decides what runs next; it does
// not touch targets.
package environment

import (
	"errors"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Names that histories carry; changing one breaks running workflows.
const (
	Name           = "Environment"
	StatusQuery    = "status"
	CurrentQuery   = "current"
	DeployUpdate   = "deploy"
	AbortUpdate    = "abort"
	RollbackUpdate = "rollback"
	// ReconcileUpdate asks for the recorded release once more.
	ReconcileUpdate = "reconcile"
	ApproveUpdate   = "approve"
	OverrideUpdate  = "override"
	PauseUpdate     = "pause"
	ResumeUpdate    = "resume"
	FreezeUpdate    = "freeze"
	ThawUpdate      = "thaw"
	BanUpdate       = "ban"
	UnbanUpdate     = "unban"
	ExcludeUpdate   = "exclude"
	IncludeUpdate   = "include"
	// RetryUpdate and AcceptUpdate are the ways out of a stuck rollout.
	RetryUpdate  = "retry"
	AcceptUpdate = "accept"
	// OutcomeSignal is what an Environment sends to the workflow that asked.
	OutcomeSignal = "outcome"
	// VerifiedSignal is what it sends to the environments that wait for an rc to be
	// verified, BannedSignal to all environments of its stack.
	VerifiedSignal = "verified"
	BannedSignal   = "banned"
)

// ID gives the workflow ID of an environment.
func ID(stack, name string) string { return "environment/" + stack + "/" + name }

// Input of an Environment. Nobody needs to start one by hand: the first deploy does.
type Input struct {
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	// Repository holds the stack's bundles; env-<environment> there says what
	// runs when this workflow has been lost.
	Repository string `json:"repository"`
	// State is handed over from run to run; leave it out.
	State *State `json:"state,omitempty"`
}

// Validate tells what is missing.
func (in Input) Validate() error {
	if in.Stack == "" || in.Environment == "" || in.Repository == "" {
		return errors.New("stack, environment and repository (of the stack's bundles) are required")
	}
	return nil
}

// Record is one ended rollout.
type Record struct {
	Ticket  string           `json:"ticket"`
	Version string           `json:"version"`
	Bundle  bundle.Reference `json:"bundle"`
	Commit  string           `json:"commit,omitempty"`
	By      string           `json:"by,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Verdict rollout.Verdict  `json:"verdict"`
	Why     string           `json:"why,omitempty"`
	Message string           `json:"message,omitempty"`
	Ended   time.Time        `json:"ended"`
}

// State is what an Environment hands over from run to run.
type State struct {
	// Recovered tells that Current was looked up in the registry.
	Recovered bool `json:"recovered"`
	// Current is what was released last, nil before the first release.
	Current *Record `json:"current,omitempty"`
	// Unknown tells that a rollout got stuck since, so that Current need not be
	// what runs.
	Unknown bool `json:"unknown,omitempty"`
	// Queue in the order in which it will be served.
	Queue []Wish `json:"queue,omitempty"`
	// Releases are those that can be gone back to, the newest last.
	Releases []Record `json:"releases,omitempty"`
	// History is how the last wishes ended, the newest last.
	History []Record `json:"history,omitempty"`
	// Log is what people did besides, the newest last.
	Log []Entry `json:"log,omitempty"`
	// Freezes that people have set.
	Freezes []Freeze `json:"freezes,omitempty"`
	// Bans of releases of the stack that this environment has heard of.
	Bans []bundle.Ban `json:"bans,omitempty"`
	// Excluded clusters are under maintenance.
	Excluded []Exclusion `json:"excluded,omitempty"`
	// Soaking is the release that has yet to be verified, if any.
	Soaking *Soaking `json:"soaking,omitempty"`
	// Verified is the release that was verified last.
	Verified bundle.Reference `json:"verified,omitzero"`
	// Recorded tells that env-<environment> names Current's bundle.
	Recorded bool `json:"recorded"`
	// Pages that have yet to be sent.
	Pages []notify.Page `json:"pages,omitempty"`
}

// Entry is something that somebody did.
type Entry struct {
	At time.Time `json:"at"`
	// What was done, in a few words: "approved 1.4.0".
	What   string `json:"what"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// Status answers the status query.
type Status struct {
	Stack       string  `json:"stack"`
	Environment string  `json:"environment"`
	Current     *Record `json:"current,omitempty"`
	// Unknown tells that a rollout got stuck, so that Current need not be what runs.
	Unknown bool    `json:"unknown,omitempty"`
	Running *Deploy `json:"running,omitempty"`
	// Held says why the rollout that runs has to stop before its next step.
	Held     string       `json:"held,omitempty"`
	Queue    []Wish       `json:"queue,omitempty"`
	Soaking  *Soaking     `json:"soaking,omitempty"`
	Freezes  []Freeze     `json:"freezes,omitempty"`
	Excluded []Exclusion  `json:"excluded,omitempty"`
	Bans     []bundle.Ban `json:"bans,omitempty"`
	History  []Record     `json:"history,omitempty"`
	Log      []Entry      `json:"log,omitempty"`
	// Trouble says what the Environment itself is waiting for, if anything.
	Trouble string `json:"trouble,omitempty"`
}

// Current answers the current query: the little of Status that other workflows need.
type Current struct {
	// Bundle is zero before the first release.
	Bundle  bundle.Reference `json:"bundle"`
	Version string           `json:"version,omitempty"`
	Commit  string           `json:"commit,omitempty"`
	// Unknown tells that a rollout got stuck, so that Bundle need not be what runs.
	Unknown bool `json:"unknown,omitempty"`
	// Running is the version that is being rolled out, empty if none is.
	Running string `json:"running,omitempty"`
	// Excluded clusters are under maintenance, and may run something else.
	Excluded []string `json:"excluded,omitempty"`
}
