package configsync

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/step"
)

func (s *sync) listen(ctx workflow.Context) error {
	return workflow.SetQueryHandlerWithOptions(ctx, StatusQuery,
		func() (Status, error) { return s.status(), nil },
		workflow.QueryHandlerOptions{Description: "how far the sync is"})
}

func (s *sync) status() Status {
	status := Status{Stack: s.in.Stack, Mode: s.in.Mode, Ref: s.in.Ref, Phase: s.phase}
	if s.state.Source != nil {
		status.Commit = s.state.Source.Commit
	}
	for _, line := range s.lines {
		shown := *line
		if s.door != nil {
			state := s.door.State()
			shown.Ticket = &state
		}
		if shown.State == "" {
			shown.State = s.phase
		}
		status.Environments = append(status.Environments, shown)
	}
	return status
}

// enter shows a new phase, also as search attribute.
func (s *sync) enter(ctx workflow.Context, phase string) {
	s.phase = phase
	step.Tag(ctx, step.PhaseAttribute.ValueSet(phase))
	s.show(ctx)
}

// show puts the status on the workflow's page.
func (s *sync) show(ctx workflow.Context) {
	status := s.status()
	details := fmt.Sprintf("**%s**: %s of %s", status.Phase, status.Mode, status.Stack)
	if status.Commit != "" {
		details += " at commit `" + status.Commit[:min(12, len(status.Commit))] + "`"
	}
	var rows [][]string
	for _, line := range status.Environments {
		progress := ""
		switch {
		case line.Ticket != nil:
			progress = line.Version + " " + line.Ticket.State
		case line.Total > 0:
			progress = fmt.Sprintf("%d of %d clusters", line.Done, line.Total)
		}
		if len(line.NotCompared) > 0 {
			progress = strings.TrimPrefix(progress+"; "+reasons(line.NotCompared), "; ")
		}
		rows = append(rows, []string{line.Environment, line.State, progress})
	}
	if len(rows) > 0 {
		details += "\n\n" + step.Table([]string{"environment", "state", ""}, rows)
	}
	workflow.SetCurrentDetails(ctx, details)
}

// take shows how an environment ended.
func (l *EnvironmentStatus) take(done Environment) {
	l.State, l.NotCompared = string(done.Verdict), done.Drift.notCompared()
	if done.Outcome != nil {
		l.Version = done.Version
		l.Ticket = &environment.TicketState{Ticket: done.Outcome.Ticket, Version: done.Version, State: environment.Done, Outcome: done.Outcome}
	}
}

// result sums up. The verdict is the worst of the environments.
func (s *sync) result(ctx workflow.Context, environments []Environment) Result {
	result := Result{
		Stack: s.in.Stack, Mode: s.in.Mode, Commit: s.status().Commit,
		Verdict: worst(environments), Environments: environments,
	}
	for i, done := range environments {
		if i < len(s.lines) {
			s.lines[i].take(done)
		}
	}
	s.enter(ctx, string(result.Verdict))
	return result
}

// givenUp is the result of an apply that was cancelled before it asked.
func (s *sync) givenUp(ctx workflow.Context) Result {
	ctx, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	return s.result(ctx, []Environment{{
		Environment: s.in.Environment, Verdict: notStarted,
		Message: "cancelled while " + s.phase + ", before the environment was asked",
	}})
}
