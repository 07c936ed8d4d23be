package environment

import (
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

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
	Reconcile bool `json:"reconcile,omitempty"`
	// Override lets it pass every gate.
	Override *Override `json:"override,omitempty"`
	By       string    `json:"by,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// Override says who lets a release pass the gates, and why. Both are required.
type Override struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// OverrideRequest lets a release that waits pass every gate. A ban it does not lift.
type OverrideRequest struct {
	// Version or digest of the release that waits.
	Version string `json:"version"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
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

// RollbackRequest asks to go back to a recorded release. Once it is there, the
// environment is frozen until somebody thaws it.
type RollbackRequest struct {
	// From is the version or digest that runs now, so that a stale wish is noticed.
	From string `json:"from"`
	// To is the version or digest to go back to; empty means the release before.
	To     string `json:"to,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// ApproveRequest gives a word on a release that waits for approval, or that has to
// be approved to count as verified.
type ApproveRequest struct {
	// Version or digest of the release.
	Version string `json:"version"`
	// Decision is Approve, the default, or Reject.
	Decision DecisionKind `json:"decision,omitempty"`
	By       string       `json:"by"`
	Reason   string       `json:"reason,omitempty"`
}

// DecisionKind is what somebody thinks of a release.
type DecisionKind string

// What somebody may think of a release. One who rejects is enough.
const (
	Approve DecisionKind = "approve"
	Reject  DecisionKind = "reject"
)

// Decision is a word that was given. Who gave it is as claimed.
type Decision struct {
	Decision DecisionKind `json:"decision"`
	By       string       `json:"by"`
	Reason   string       `json:"reason,omitempty"`
	At       time.Time    `json:"at"`
}

// PauseRequest keeps the rollout that runs from its next step, or lets it go on.
type PauseRequest struct {
	// Version or digest of the release that is being rolled out.
	Version string `json:"version"`
	By      string `json:"by"`
	Reason  string `json:"reason,omitempty"`
}

// FreezeRequest keeps everything from going forward. Restores and rollbacks pass.
type FreezeRequest struct {
	// Name tells freezes apart; "manual" when it is empty. The same name again
	// replaces the freeze.
	Name   string `json:"name,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Until is when it ends by itself; zero means when somebody thaws it.
	Until time.Time `json:"until,omitzero"`
	// Running says what becomes of a rollout that is under way: stack.RunningHold,
	// the default, or stack.RunningAbort.
	Running stack.Running `json:"running,omitempty"`
}

// ThawRequest ends a freeze.
type ThawRequest struct {
	// Name of the freeze; it may be left out when there is one only.
	Name   string `json:"name,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// Freeze is one that somebody has set.
type Freeze struct {
	Name    string        `json:"name"`
	By      string        `json:"by"`
	Reason  string        `json:"reason"`
	Since   time.Time     `json:"since"`
	Until   time.Time     `json:"until,omitzero"`
	Running stack.Running `json:"running,omitempty"`
}

// BanRequest keeps a release from every environment of the stack, also where it is
// being rolled out now; or lifts that.
type BanRequest struct {
	// Version or digest of a recorded release.
	Version string `json:"version"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
}

// ExcludeRequest takes a cluster out for maintenance, or brings it back in, level
// with the others.
type ExcludeRequest struct {
	Cluster string `json:"cluster"`
	By      string `json:"by"`
	Reason  string `json:"reason,omitempty"`
}

// Exclusion is a cluster under maintenance.
type Exclusion struct {
	Cluster string    `json:"cluster"`
	By      string    `json:"by"`
	Reason  string    `json:"reason,omitempty"`
	Since   time.Time `json:"since"`
	// Runs is the release that it had when it was taken out.
	Runs bundle.Reference `json:"runs,omitzero"`
}

// UnstickRequest says how to go on after a rollout got stuck.
type UnstickRequest struct {
	// Version or digest of the release whose rollout got stuck.
	Version string `json:"version"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
}

// Answer is that of a request that needs no waiting.
type Answer struct {
	// Message is one sentence for people.
	Message string `json:"message"`
}

// TicketState answers what becomes a wish in the queue.
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

// nothingToDo is the outcome of a wish that is fulfilled already.
func nothingToDo(environment, ticket string, at time.Time) *Outcome {
	return &Outcome{Ticket: ticket, Environment: environment, Result: rollout.Result{Verdict: rollout.Released, Ended: at}}
}

// refusal is the outcome of a wish that an Environment did not take.
func refusal(environment, ticket, message string, at time.Time) *Outcome {
	return &Outcome{Ticket: ticket, Environment: environment, Result: rollout.Result{
		Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Message: message, Ended: at,
	}}
}
