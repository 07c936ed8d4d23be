package release

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/step"
)

func (r *release) listen(ctx workflow.Context) error {
	return workflow.SetQueryHandlerWithOptions(ctx, StatusQuery,
		func() (Status, error) { return r.status(), nil },
		workflow.QueryHandlerOptions{Description: "how far the release is"})
}

func (r *release) status() Status {
	status := Status{
		Stack: r.in.Stack, Version: r.plan.Version, Channel: r.plan.Channel, Commit: r.plan.Commit, Phase: r.phase,
	}
	for _, service := range r.plan.Services {
		if known := r.images[service.Service]; known != nil {
			status.Images = append(status.Images, *known)
		}
	}
	if !r.bundle.IsZero() {
		status.Bundle = &r.bundle
	}
	for _, d := range r.environments {
		line := EnvironmentStatus{Environment: d.name, State: d.state.State, Ahead: d.state.Ahead, Outcome: d.state.Outcome}
		if line.State == "" {
			line.State = "asking"
		}
		status.Environments = append(status.Environments, line)
	}
	return status
}

// enter shows a new phase, also as search attribute.
func (r *release) enter(ctx workflow.Context, phase string) {
	r.phase = phase
	step.Tag(ctx, step.PhaseAttribute.ValueSet(phase))
	r.show(ctx)
}

// show puts the status on the workflow's page.
func (r *release) show(ctx workflow.Context) {
	status := r.status()
	details := fmt.Sprintf("**%s** %s %s", status.Phase, status.Stack, status.Version)
	if status.Commit != "" {
		details += " from commit `" + short(status.Commit) + "`"
	}
	var rows [][]string
	for _, line := range status.Images {
		digest := line.Reason
		if line.Image != nil {
			digest = fmt.Sprintf("`%s` %.1f MB", line.Image.Digest, float64(line.Image.Size)/1e6)
		}
		rows = append(rows, []string{line.Service, line.State, digest})
	}
	if len(rows) > 0 {
		details += "\n\n" + step.Table([]string{"image", "state", ""}, rows)
	}
	rows = nil
	for _, line := range status.Environments {
		state, note := line.State, ""
		if line.Outcome != nil {
			state, note = string(line.Outcome.Result.Verdict), line.Outcome.Result.Message
		}
		rows = append(rows, []string{line.Environment, state, note})
	}
	if len(rows) > 0 {
		details += "\n\n" + step.Table([]string{"environment", "state", ""}, rows)
	}
	workflow.SetCurrentDetails(ctx, details)
}

// result sums the release up. Its verdict is the worst of the environments.
func (r *release) result(ctx workflow.Context) Result {
	result := Result{
		Stack: r.plan.Stack, Version: r.plan.Version, Channel: r.plan.Channel, Commit: r.plan.Commit,
		Bundle: r.bundle, Images: map[string]image.Result{},
	}
	for _, service := range r.plan.Services {
		result.Images[service.Service] = *r.images[service.Service].Image
	}
	for _, d := range r.environments {
		result.Environments = append(result.Environments, *d.state.Outcome)
	}
	result.Verdict = worst(result.Environments)
	r.enter(ctx, result.Verdict)
	return result
}

// severity orders verdicts from what was hoped for to what wakes people up.
var severity = []string{"", "released", "notStarted", "restored", "stuck"}

func worst(outcomes []environment.Outcome) string {
	rank := 0
	for _, outcome := range outcomes {
		for i, verdict := range severity {
			if string(outcome.Result.Verdict) == verdict && i > rank {
				rank = i
			}
		}
	}
	return severity[rank]
}
