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
	for _, d := range r.doors {
		state := d.State()
		line := EnvironmentStatus{Environment: d.Environment(), State: state.State, Ahead: state.Ahead, Outcome: state.Outcome}
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
	result := r.soFar()
	for _, d := range r.doors {
		result.Environments = append(result.Environments, *d.Outcome())
	}
	result.Verdict = environment.Worst(result.Environments)
	r.enter(ctx, result.Verdict)
	return result
}

// givenUp is the result of a release that was cancelled before any environment
// was asked. What it built stays in the registry, where the next run finds it.
func (r *release) givenUp(ctx workflow.Context) Result {
	ctx, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	result := r.soFar()
	result.Verdict, result.Why = environment.NotStarted, environment.WhyAborted
	result.Message = "cancelled while " + r.phase + ", before any environment was asked"
	r.enter(ctx, result.Verdict)
	return result
}

func (r *release) soFar() Result {
	result := Result{
		Stack: r.in.Stack, Version: r.plan.Version, Channel: r.plan.Channel, Commit: r.plan.Commit,
		Bundle: r.bundle, Images: map[string]image.Result{},
	}
	for _, service := range r.plan.Services {
		if known := r.images[service.Service]; known != nil && known.Image != nil {
			result.Images[service.Service] = *known.Image
		}
	}
	return result
}
