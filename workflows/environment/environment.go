// Package environment is the one door to what runs in an environment: a
// long-lived workflow with a queue, the current release and a history.
//
// Only it starts rollouts, one at a time. It decides what runs next; it does
// not touch targets.
package environment

import (
	"errors"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/stack"
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
	// OutcomeSignal is what an Environment sends to the workflow that asked.
	OutcomeSignal = "outcome"
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

// Deploy asks for a release to be rolled out.
type Deploy struct {
	// Ticket names the wish; the same ticket is queued once.
	Ticket  string           `json:"ticket"`
	Bundle  bundle.Reference `json:"bundle"`
	Version string           `json:"version"`
	Commit  string           `json:"commit"`
	Channel stack.Channel    `json:"channel"`
	// Release is the ID of the workflow that waits for the outcome, if one does:
	// a Release, or a ConfigSync.
	Release string `json:"release,omitempty"`
	// From is the digest of the bundle that the wish was made for: when another
	// one runs by the time it is served, it is superseded. Empty means any.
	From string `json:"from,omitempty"`
	// Rollback marks a wish to go back; newer releases don't supersede it.
	Rollback bool `json:"rollback,omitempty"`
	// Reconcile marks a wish to roll out again what runs; anything else that
	// waits supersedes it.
	Reconcile bool   `json:"reconcile,omitempty"`
	By        string `json:"by,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// Reconcile asks for the recorded release to be rolled out again, because the
// clusters have drifted from it. It does not say how: the rollout finds out.
type Reconcile struct {
	// Ticket names the wish; the same ticket is queued once.
	Ticket string `json:"ticket"`
	// Digest of the bundle that the clusters were compared with, so that a stale
	// wish is noticed.
	Digest string `json:"digest"`
	// Release is the ID of the workflow that waits for the outcome, if one does.
	Release string `json:"release,omitempty"`
	By      string `json:"by"`
	Reason  string `json:"reason,omitempty"`
}

// AbortRequest gives up what is queued or running. It names what it means.
type AbortRequest struct {
	// Version or digest of the release.
	Version string `json:"version,omitempty"`
	// Ticket means one wish only. A release takes its own back by it; one that
	// has not arrived yet is remembered as given up.
	Ticket string `json:"ticket,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// RollbackRequest asks to go back to a recorded release.
type RollbackRequest struct {
	// From is the version or digest that runs now, so that a stale wish is noticed.
	From string `json:"from"`
	// To is the version or digest to go back to; empty means the release before.
	To     string `json:"to,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// TicketState answers deploy, abort and rollback.
type TicketState struct {
	Ticket  string `json:"ticket"`
	Version string `json:"version"`
	// State is "queued", "running" or "done".
	State string `json:"state"`
	// Ahead counts what has to end first.
	Ahead int `json:"ahead,omitempty"`
	// Outcome is there when the state is done.
	Outcome *Outcome `json:"outcome,omitempty"`
}

// States of a ticket.
const (
	Queued  = "queued"
	Running = "running"
	Done    = "done"
)

// Outcome tells the workflow that asked how its wish ended.
type Outcome struct {
	Ticket      string         `json:"ticket"`
	Environment string         `json:"environment"`
	Result      rollout.Result `json:"result"`
}

// refusal is the outcome of a wish that an Environment did not take.
func refusal(environment, ticket, message string, at time.Time) *Outcome {
	return &Outcome{Ticket: ticket, Environment: environment, Result: rollout.Result{
		Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Message: message, Ended: at,
	}}
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
	Queue []Deploy `json:"queue,omitempty"`
	// Releases are those that can be gone back to, the newest last.
	Releases []Record `json:"releases,omitempty"`
	// History is how the last wishes ended, the newest last.
	History []Record `json:"history,omitempty"`
	// Recorded tells that env-<environment> names Current's bundle.
	Recorded bool `json:"recorded"`
	// Pages that have yet to be sent.
	Pages []notify.Page `json:"pages,omitempty"`
}

// Status answers the status query.
type Status struct {
	Stack       string  `json:"stack"`
	Environment string  `json:"environment"`
	Current     *Record `json:"current,omitempty"`
	// Unknown tells that a rollout got stuck, so that Current need not be what runs.
	Unknown bool     `json:"unknown,omitempty"`
	Running *Deploy  `json:"running,omitempty"`
	Queue   []Deploy `json:"queue,omitempty"`
	History []Record `json:"history,omitempty"`
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
}
