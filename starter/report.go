package starter

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Report is what release, rollback and abort print with --output json: one
// document on stdout, also when they fail. Fields are added, never renamed.
type Report struct {
	conclusion

	Workflow *WorkflowReference `json:"workflow,omitempty"`
	// Joined tells that the release was under way before.
	Joined bool `json:"joined,omitempty"`

	Stack   string            `json:"stack,omitempty"`
	Version string            `json:"version,omitempty"`
	Channel stack.Channel     `json:"channel,omitempty"`
	Commit  string            `json:"commit,omitempty"`
	Bundle  *bundle.Reference `json:"bundle,omitempty"`

	Images       map[string]image.Result `json:"images,omitempty"`
	Environments []environment.Outcome   `json:"environments,omitempty"`
	// Message says why no environment was asked; empty when one was.
	Message string `json:"message,omitempty"`

	// Simulated tells that pods ran on simulated nodes: no container was started.
	Simulated bool `json:"simulated,omitempty"`
}

// WorkflowReference names a run in Temporal.
type WorkflowReference struct {
	ID  string `json:"id"`
	Run string `json:"run,omitempty"`
	// URL of its page, where SLIPWAY_UI says where the UI is.
	URL string `json:"url,omitempty"`
}

func (r *Report) take(result release.Result) {
	// A release that was cancelled early may not have found out what it releases.
	if result.Version != "" {
		r.Stack, r.Version, r.Channel, r.Commit = result.Stack, result.Version, result.Channel, result.Commit
	}
	if !result.Bundle.IsZero() {
		r.Bundle = &result.Bundle
	}
	r.Images, r.Message = result.Images, result.Message
	r.outcomes(result.Environments)
	r.Exit = exitOf(rollout.Verdict(result.Verdict))
}

func (r *Report) outcomes(outcomes []environment.Outcome) {
	r.Environments = outcomes
	for _, outcome := range outcomes {
		r.Simulated = r.Simulated || outcome.Result.Simulated
	}
}

func (r *Report) write(out io.Writer, asJSON bool, began time.Time) error {
	return r.print(out, asJSON, began, r, r.lines)
}

func (r *Report) lines(took time.Duration) []string {
	lines := []string{fmt.Sprintf("%s: %s %s after %s", words(r.Outcome), r.Stack, r.Version, progress.Elapsed(took))}
	if r.Message != "" {
		lines = append(lines, "  "+r.Message)
	}
	for _, outcome := range r.Environments {
		lines = append(lines, "  "+outcome.Environment+": "+sentence(outcome.Result))
		lines = append(lines, indent(progress.ProblemLines(outcome.Result.Problems))...)
	}
	if r.Simulated {
		lines = append(lines, "  (pods were simulated: their states are real API objects, but no container ran)")
	}
	if r.Workflow != nil && r.Workflow.URL != "" {
		lines = append(lines, "  "+r.Workflow.URL)
	}
	return lines
}

// Outcomes that exit code 0 has besides its own.
const (
	outcomeTaken   = "taken"
	outcomeGivenUp = "givenUp"
)

// words gives an outcome as people write it: rolledBack is rolled back.
func words(outcome string) string {
	var text strings.Builder
	for _, letter := range outcome {
		if unicode.IsUpper(letter) {
			text.WriteByte(' ')
		}
		text.WriteRune(unicode.ToLower(letter))
	}
	return text.String()
}

func sentence(result rollout.Result) string {
	text := words(string(result.Verdict))
	if result.Why != "" {
		text += " (" + result.Why + ")"
	}
	if result.Verdict == rollout.Released && len(result.Services) > 0 {
		text += fmt.Sprintf(", %d of %d services", inState(result.Services, rollout.StateReleased), len(result.Services))
	}
	if result.Message != "" {
		text += ": " + result.Message
	}
	return text
}

func inState(services []rollout.Service, state string) int {
	n := 0
	for _, service := range services {
		if service.State == state {
			n++
		}
	}
	return n
}

func indent(lines []string) []string {
	for i := range lines {
		lines[i] = "    " + lines[i]
	}
	return lines
}
