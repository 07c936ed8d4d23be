package starter

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/starter/progress"
	planflow "github.com/slipway-dev/slipway/workflows/plan"
)

// PlanReport is what plan prints with --output json. Fields are added, never
// renamed.
type PlanReport struct {
	// Exit is the exit code and Outcome its word, as in Report.
	Exit    Code   `json:"exit"`
	Outcome string `json:"outcome"`
	// Error says why there is no verdict.
	Error string `json:"error,omitempty"`

	Workflow *WorkflowReference `json:"workflow,omitempty"`
	// Joined tells that the run was under way before.
	Joined bool `json:"joined,omitempty"`

	planflow.Result

	// Seconds that this command took.
	Seconds float64 `json:"seconds"`
}

func (r *PlanReport) take(result planflow.Result) {
	r.Result, r.Exit = result, exitOfPlan(result.Verdict)
}

// exitOfPlan: a plan with changes is what was asked for. A verdict that this
// version does not know is a failure.
func exitOfPlan(verdict planflow.Verdict) Code {
	switch verdict {
	case planflow.Unchanged, planflow.Changes:
		return ExitReleased
	case planflow.Refused:
		return ExitNotStarted
	case planflow.Unknown:
		return ExitNoConnection
	default:
		return ExitFailed
	}
}

func (r *PlanReport) failed(err error) { r.Exit, r.Error = codeOf(err), err.Error() }

func (r *PlanReport) code() Code { return r.Exit }

func (r *PlanReport) left() { r.Exit = ExitStoppedWaiting }

func (r *PlanReport) write(out io.Writer, asJSON bool, began time.Time) error {
	took := time.Since(began)
	r.Seconds = took.Round(time.Millisecond).Seconds()
	if r.Outcome == "" || r.Exit != ExitReleased {
		r.Outcome = r.Exit.String()
	}
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	if r.Error != "" {
		return nil // Errors are for stderr; nothing was produced.
	}
	for _, line := range r.lines(took) {
		if _, err := fmt.Fprintln(out, progress.Printable(line)); err != nil {
			return fmt.Errorf("writing the plan: %w", err)
		}
	}
	return nil
}

func (r *PlanReport) lines(took time.Duration) []string {
	if r.Verdict == "" {
		return []string{fmt.Sprintf("%s: plan of %s %s for %s", words(r.Outcome), r.Stack, r.Version, r.Environment)}
	}
	head := fmt.Sprintf("%s: %s %s for %s", r.Verdict, r.Stack, r.Version, r.Environment)
	switch {
	case r.FromVersion != "":
		head += ", which runs " + r.FromVersion
	case r.From.IsZero():
		head += ", which has run nothing yet"
	}
	lines := []string{head + ", after " + progress.Elapsed(took), "  " + r.Message}
	for _, group := range alike(r.Targets) {
		lines = append(lines, groupLines(group)...)
	}
	for _, target := range r.Excluded {
		lines = append(lines, "  "+target+": excluded, it is under maintenance")
	}
	if r.Workflow != nil && r.Workflow.URL != "" {
		lines = append(lines, "  "+r.Workflow.URL)
	}
	return lines
}

// alike puts targets together of which there is the same to tell, in the order of
// the first ones. The first of a group has the words.
func alike(targets []planflow.Target) [][]planflow.Target {
	var groups [][]planflow.Target
	places := map[string]int{}
	for _, target := range targets {
		key := target.Target
		switch {
		case target.SameAs != "":
			key = target.SameAs
		case target.Verdict == planflow.Unchanged:
			key = "\x00unchanged" // no target has this name
		}
		if at, known := places[key]; known {
			groups[at] = append(groups[at], target)
			continue
		}
		places[key] = len(groups)
		groups = append(groups, []planflow.Target{target})
	}
	return groups
}

func groupLines(group []planflow.Target) []string {
	names := make([]string, len(group))
	for i, target := range group {
		names[i] = target.Target
	}
	first := group[0]
	head := "  " + strings.Join(names, ", ") + ": "
	if len(group) > 1 {
		head += "the same: "
	}
	if first.Plan == nil {
		return []string{head + string(first.Verdict) + ": " + first.Message}
	}
	plan := first.Plan
	lines := []string{head + countText(plan.PlanCounts)}
	lines = append(lines, indent(workload.ChangeLines(plan.Changes))...)
	if left := plan.Changed() - len(plan.Changes); left > 0 {
		lines = append(lines, fmt.Sprintf("    and %d more to change", left))
	}
	lines = append(lines, indent(workload.ProblemLines(plan.Problems))...)
	if left := plan.Refused - len(plan.Problems); left > 0 {
		lines = append(lines, fmt.Sprintf("    and %d more refused", left))
	}
	if !plan.Report.IsZero() {
		lines = append(lines, "    the whole: "+plan.Report.String())
	}
	return lines
}

// countText says what happens to the objects, leaving out what does not.
func countText(counts workload.PlanCounts) string {
	var parts []string
	if text := counts.ChangesText(); text != "" {
		parts = append(parts, text)
	}
	if counts.Unchanged > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", counts.Unchanged))
	}
	if counts.Refused > 0 {
		parts = append(parts, fmt.Sprintf("%d refused", counts.Refused))
	}
	return strings.Join(parts, ", ")
}
