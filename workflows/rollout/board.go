package rollout

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/step"
)

// board is what a rollout shows: to the status query and on its page.
type board struct {
	version, fromVersion string
	phase, held          string
	wave                 int
	waves                [][]string
	targets, on          []string
	lines                []*Service
	hooks                []Hook
	simulated            bool
	verdict              Verdict
	message              string
}

func (b *board) status() Status {
	return Status{
		Version:     b.version,
		FromVersion: b.fromVersion,
		Phase:       b.phase,
		Held:        b.held,
		Wave:        b.wave,
		On:          b.on,
		Waves:       b.waves,
		Services:    b.services(),
		Hooks:       slices.Clone(b.hooks),
		Verdict:     b.verdict,
		Message:     b.message,
	}
}

func (b *board) services() []Service {
	services := make([]Service, 0, len(b.lines))
	for _, line := range b.lines {
		services = append(services, *line)
	}
	return services
}

func (b *board) plan(plan bundle.Plan) {
	b.targets = plan.Targets
	for _, stage := range stages(plan) {
		b.waves = append(b.waves, stage.services)
	}
	for _, wave := range plan.Waves {
		for _, service := range wave {
			for _, target := range plan.Targets {
				b.lines = append(b.lines, &Service{Service: service, Target: target, State: StateWaiting})
			}
		}
	}
}

// enter shows a new phase, also as search attribute.
func (b *board) enter(ctx workflow.Context, phase string) {
	b.phase = phase
	step.Tag(ctx, step.PhaseAttribute.ValueSet(phase))
	b.show(ctx)
}

func (b *board) startWave(ctx workflow.Context, next stage) {
	b.wave++
	b.on = nil
	if len(next.targets) < len(b.targets) {
		b.on = next.targets
	}
	b.show(ctx)
}

func (b *board) note(message string) { b.message = message }

func (b *board) set(target string, services []string, state string) {
	for _, service := range services {
		if line := b.line(target, service); line != nil && (line.State != StateFailed || state != StateRestoring) {
			line.State = state
		}
	}
}

// saw takes over what a watch saw last.
func (b *board) saw(target string, seen workload.WatchResult) {
	b.simulated = b.simulated || seen.Simulated
	for _, status := range seen.Services {
		line := b.line(target, status.Service)
		if line == nil {
			continue
		}
		line.Ready, line.Wanted = status.Ready, status.Wanted
		line.Message, line.Failure = status.Message, status.Failure
		switch {
		case status.Failure != nil:
			line.State = StateFailed
		case seen.Verdict == workload.Healthy:
			line.State = StateReleased
		}
	}
}

// sawRestored takes over the counts of a restore, and keeps the failure that led to it.
func (b *board) sawRestored(target string, seen workload.WatchResult) {
	for _, status := range seen.Services {
		if line := b.line(target, status.Service); line != nil {
			line.Ready, line.Wanted, line.Message = status.Ready, status.Wanted, status.Message
		}
	}
}

func (b *board) line(target, service string) *Service {
	for _, line := range b.lines {
		if line.Target == target && line.Service == service {
			return line
		}
	}
	return nil
}

// show puts the board on the workflow's page.
func (b *board) show(ctx workflow.Context) {
	rows := make([][]string, 0, len(b.lines))
	for _, line := range b.lines {
		note := line.Message
		if line.Failure != nil {
			note = describe(*line.Failure)
		}
		rows = append(rows, []string{line.Service, line.Target, line.State, fmt.Sprintf("%d/%d", line.Ready, line.Wanted), note})
	}
	details := fmt.Sprintf("**%s** of %s", b.phase, b.version)
	if b.fromVersion != "" {
		details += " from " + b.fromVersion
	}
	if b.wave > 0 {
		details += fmt.Sprintf(", wave %d of %d", b.wave, len(b.waves))
	}
	if len(b.on) > 0 {
		details += " on " + list(b.on)
	}
	if b.held != "" {
		details += ", " + b.held
	}
	if b.message != "" {
		details += "\n\n" + b.message
	}
	if len(rows) > 0 {
		details += "\n\n" + step.Table([]string{"service", "cluster", "state", "ready", ""}, rows)
	}
	workflow.SetCurrentDetails(ctx, details+b.hookTable())
}
