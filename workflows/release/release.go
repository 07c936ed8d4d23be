// Package release takes a Git tag, or a commit, through images and bundle to
// the environments of its channel.
package release

import (
	"errors"
	"fmt"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
)

// Names that histories carry; changing one breaks running workflows.
const (
	Name        = "Release"
	StatusQuery = "status"
)

// Types of the errors with which a Release fails. What a rollout decides is a
// result instead.
const (
	// InvalidInput: tag, commit, slipway.yaml or manifests are wrong.
	InvalidInput = "InvalidInput"
	// BuildFailed: an image could not be built or pushed.
	BuildFailed = "BuildFailed"
)

// ID gives the workflow ID of a release. One version of a stack is released by
// one workflow at a time.
func ID(stack, version string) string { return "release/" + stack + "/" + version }

// Ticket is the name under which one run of a release queues in environments:
// releasing again after a restore is a new wish.
func Ticket(id, run string) string { return id + "/" + run }

// Input of a Release: a tag, or a commit for a snapshot.
type Input struct {
	Stack      string `json:"stack"`
	Repository string `json:"repository"`
	Tag        string `json:"tag,omitempty"`
	Commit     string `json:"commit,omitempty"`
	// By says who asked, as claimed.
	By string `json:"by,omitempty"`
	// Override lets the release pass every gate of its environments, also that for
	// a verified rc.
	Override *environment.Override `json:"override,omitempty"`
}

// Validate tells what is missing.
func (in Input) Validate() error {
	switch {
	case in.Stack == "" || in.Repository == "":
		return errors.New("stack and repository are required")
	case (in.Tag == "") == (in.Commit == ""):
		return errors.New("either tag or commit is required: a tag for an rc or a final version, a commit for a snapshot")
	}
	if o := in.Override; o != nil && (o.By == "" || o.Reason == "") {
		return errors.New("override: by and reason are required: letting a release pass every gate is remembered with both")
	}
	if in.Tag != "" {
		if _, err := stack.ParseTag(in.Tag); err != nil {
			return fmt.Errorf("tag: %w", err)
		}
	}
	return nil
}

// Result of a Release that got as far as its environments, or was cancelled before.
type Result struct {
	Stack   string           `json:"stack"`
	Version string           `json:"version"`
	Channel stack.Channel    `json:"channel"`
	Commit  string           `json:"commit"`
	Bundle  bundle.Reference `json:"bundle"`
	// Verdict is the worst of the environments: one of rollout's verdicts.
	Verdict string `json:"verdict"`
	// Why and Message tell why no environment was asked; empty when one was.
	Why          string                  `json:"why,omitempty"`
	Message      string                  `json:"message,omitempty"`
	Images       map[string]image.Result `json:"images,omitempty"`
	Environments []environment.Outcome   `json:"environments"`
}

// Phases of a release, also the value of the search attribute SlipwayPhase.
const (
	PhaseReading    = "reading"
	PhaseBuilding   = "building"
	PhaseAssembling = "assembling"
	PhaseDeploying  = "deploying"
)

// Status answers the status query.
type Status struct {
	Stack        string              `json:"stack"`
	Version      string              `json:"version,omitempty"`
	Channel      stack.Channel       `json:"channel,omitempty"`
	Commit       string              `json:"commit,omitempty"`
	Phase        string              `json:"phase"`
	Images       []ImageStatus       `json:"images,omitempty"`
	Bundle       *bundle.Reference   `json:"bundle,omitempty"`
	Environments []EnvironmentStatus `json:"environments,omitempty"`
}

// ImageStatus is what is known of one image.
type ImageStatus struct {
	Service string `json:"service"`
	// State is "building", "pushed", "found" or "failed".
	State  string        `json:"state"`
	Image  *image.Result `json:"image,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// EnvironmentStatus is what is known of one environment.
type EnvironmentStatus struct {
	Environment string `json:"environment"`
	// State is that of the ticket: "asking", "queued", "running" or "done".
	State string `json:"state"`
	Ahead int    `json:"ahead,omitempty"`
	// Waits says what the gates still wait for, where that is known.
	Waits   string               `json:"waits,omitempty"`
	Outcome *environment.Outcome `json:"outcome,omitempty"`
}
