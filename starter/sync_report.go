package starter

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/configsync"
)

// SyncReport is what sync and drift print with --output json. Fields are added,
// never renamed.
type SyncReport struct {
	conclusion

	Workflow *WorkflowReference `json:"workflow,omitempty"`
	// Joined tells that the run was under way before.
	Joined bool `json:"joined,omitempty"`

	Stack  string          `json:"stack,omitempty"`
	Mode   configsync.Mode `json:"mode"`
	Commit string          `json:"commit,omitempty"`
	// Verdict is the worst of the environments.
	Verdict      configsync.Verdict       `json:"verdict,omitempty"`
	Environments []configsync.Environment `json:"environments,omitempty"`
}

func (r *SyncReport) take(result configsync.Result) {
	r.Stack, r.Commit, r.Verdict, r.Environments = result.Stack, result.Commit, result.Verdict, result.Environments
	r.Exit = exitOfSync(result)
}

func (r *SyncReport) write(out io.Writer, asJSON bool, began time.Time) error {
	return r.print(out, asJSON, began, r, r.lines)
}

func (r *SyncReport) lines(took time.Duration) []string {
	word := string(r.Verdict)
	if word == "" {
		word = r.Outcome
	}
	head := words(word) + ": " + r.Stack
	if r.Commit != "" && r.Mode != configsync.Drift {
		head += " at " + r.Commit[:min(12, len(r.Commit))]
	}
	lines := []string{head + " after " + progress.Elapsed(took)}
	for _, e := range r.Environments {
		text := "  " + e.Environment + ": " + words(string(e.Verdict))
		if e.Message != "" {
			text += ": " + e.Message
		}
		lines = append(lines, text)
		if e.Plan != nil {
			lines = append(lines, planLines(*e.Plan)...)
		}
		if e.Drift != nil {
			lines = append(lines, driftLines(*e.Drift)...)
		}
		if e.Outcome != nil {
			lines = append(lines, indent(progress.ProblemLines(e.Outcome.Result.Problems))...)
		}
	}
	if r.Workflow != nil && r.Workflow.URL != "" {
		lines = append(lines, "  "+r.Workflow.URL)
	}
	return lines
}

func planLines(plan config.Plan) []string {
	var lines []string
	for _, change := range plan.Changes {
		lines = append(lines, fmt.Sprintf("    %s  %s: %s  [%s]", change.Service, change.Path,
			describeChange(change.Kind, change.Old, change.New, change.OldAt, change.NewAt), strings.Join(change.Clusters, ", ")))
	}
	if !plan.Report.IsZero() && plan.Distinct > len(plan.Changes) {
		lines = append(lines, fmt.Sprintf("    and %d more, in %s", plan.Distinct-len(plan.Changes), plan.Report))
	}
	return lines
}

func driftLines(drift configsync.DriftFound) []string {
	var lines []string
	for _, target := range drift.Targets {
		if target.Message != "" {
			lines = append(lines, fmt.Sprintf("    %s: not compared: %s", target.Target, target.Message))
		}
		if target.Different > 0 {
			lines = append(lines, fmt.Sprintf("    %s: %d of %d objects differ", target.Target, target.Different, target.Objects))
		}
		for _, difference := range drift.Differences {
			if difference.Target == target.Target {
				lines = append(lines, fmt.Sprintf("      %s  %s  %s", difference.Kind, difference.Service, difference.Object))
				lines = append(lines, fieldLines(difference.Difference)...)
			}
		}
	}
	for _, report := range drift.Reports {
		lines = append(lines, "    report "+report.String())
	}
	return lines
}

func fieldLines(difference workload.Difference) []string {
	var lines []string
	for _, field := range difference.Fields {
		line := "        " + field.Path
		if field.Want != "" || field.Live != "" {
			line += fmt.Sprintf(": want %s, is %s", field.Want, field.Live)
		}
		if len(field.By) > 0 {
			line += " (by " + strings.Join(field.By, ", ") + ")"
		}
		lines = append(lines, line)
	}
	if difference.MoreFields > 0 {
		lines = append(lines, fmt.Sprintf("        and %d more fields", difference.MoreFields))
	}
	return lines
}
