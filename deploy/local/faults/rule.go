package faults

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// Action is what a Rule does to a request that it matches.
type Action string

// The actions. Hold keeps the request until it is released, Fail answers it
// with a status code, Delay keeps it for a while, Drop resets its connection.
const (
	Hold  Action = "hold"
	Fail  Action = "fail"
	Delay Action = "delay"
	Drop  Action = "drop"
)

// Moment is when in the life of a request a Rule strikes.
type Moment string

// The moments. OnRequest is before anything was passed on; OnResponse is after
// the server did its work and before the client hears of it.
const (
	OnRequest  Moment = "request"
	OnResponse Moment = "response"
)

// Rule says which requests meet with which fault. Empty conditions match
// everything.
type Rule struct {
	// Verbs are matched against the request's verb; "write" stands for every
	// verb that changes something.
	Verbs []string `json:"verbs,omitempty"`
	// Path is a regular expression that must match somewhere in the path and
	// query.
	Path string `json:"path,omitempty"`
	// UserAgent is a regular expression that must match somewhere in the
	// User-Agent header.
	UserAgent string `json:"userAgent,omitempty"`
	// DryRun matches only dry runs when set, and only the others when not.
	DryRun bool `json:"dryRun,omitempty"`
	// At is the moment; OnRequest when empty.
	At Moment `json:"at,omitempty"`
	// Skip is how many matching requests pass before the rule takes one.
	Skip int `json:"skip,omitempty"`
	// Times is how many requests it takes before the rule is spent: 1 when
	// zero, without end when negative.
	Times int `json:"times,omitempty"`
	// Status is the code that Fail answers with; 503 when zero.
	Status int `json:"status,omitempty"`
	// DelayMillis is how long Delay takes.
	DelayMillis int `json:"delayMillis,omitempty"`

	action    Action
	path      *regexp.Regexp
	userAgent *regexp.Regexp
}

// Request is what a Rule looks at.
type Request struct {
	Verb      string
	Write     bool
	DryRun    bool
	Path      string
	UserAgent string
}

// longestDelay is as long as a client may wait for an answer at all; more is a
// mistake in the unit.
const longestDelay = 10 * time.Minute

// compile fills in the defaults and checks the rule.
func (r *Rule) compile(action Action) error {
	r.action = action
	if r.At == "" {
		r.At = OnRequest
	}
	if r.At != OnRequest && r.At != OnResponse {
		return fmt.Errorf("at: %q is neither %q nor %q", r.At, OnRequest, OnResponse)
	}
	if r.Skip < 0 {
		return fmt.Errorf("skip: must not be negative")
	}
	if r.Times == 0 {
		r.Times = 1
	}
	if r.Status == 0 {
		r.Status = http.StatusServiceUnavailable
	}
	if http.StatusText(r.Status) == "" || r.Status < http.StatusBadRequest {
		return fmt.Errorf("status: %d is not the code of an error", r.Status)
	}
	if r.delay() < 0 || r.delay() > longestDelay {
		return fmt.Errorf("delayMillis: must be between 0 and %d", longestDelay.Milliseconds())
	}
	var pathErr, agentErr error
	r.path, pathErr = regexp.Compile(r.Path)
	r.userAgent, agentErr = regexp.Compile(r.UserAgent)
	return errors.Join(pathErr, agentErr)
}

func (r *Rule) delay() time.Duration {
	return time.Duration(r.DelayMillis) * time.Millisecond
}

func (r *Rule) matches(moment Moment, request Request) bool {
	return r.At == moment &&
		r.DryRun == request.DryRun &&
		r.matchesVerb(request) &&
		r.path.MatchString(request.Path) &&
		r.userAgent.MatchString(request.UserAgent)
}

func (r *Rule) matchesVerb(request Request) bool {
	return len(r.Verbs) == 0 ||
		slices.Contains(r.Verbs, request.Verb) ||
		(request.Write && slices.Contains(r.Verbs, "write"))
}
