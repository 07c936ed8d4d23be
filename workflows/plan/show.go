package plan

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/step"
)

func (p *plan) listen(ctx workflow.Context) error {
	return workflow.SetQueryHandlerWithOptions(ctx, StatusQuery,
		func() (Status, error) { return p.status(), nil },
		workflow.QueryHandlerOptions{Description: "how far the plan is"})
}

func (p *plan) status() Status {
	version := p.in.Version
	if p.release.Version != "" {
		version = p.release.Version
	}
	return Status{Stack: p.in.Stack, Environment: p.in.Environment, Version: version, Phase: p.phase, Targets: slices.Clone(p.lines)}
}

// enter shows a new phase, also as search attribute.
func (p *plan) enter(ctx workflow.Context, phase string) {
	p.phase = phase
	step.Tag(ctx, step.PhaseAttribute.ValueSet(phase))
	p.show(ctx)
}

// show puts the status on the workflow's page.
func (p *plan) show(ctx workflow.Context) {
	status := p.status()
	details := fmt.Sprintf("**%s**: %s %s for %s", status.Phase, status.Stack, status.Version, status.Environment)
	var rows [][]string
	for _, line := range status.Targets {
		rows = append(rows, []string{line.Target, line.State})
	}
	if len(rows) > 0 {
		details += "\n\n" + step.Table([]string{"cluster", "state"}, rows)
	}
	workflow.SetCurrentDetails(ctx, details)
}
