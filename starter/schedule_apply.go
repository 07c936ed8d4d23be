package starter

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/step"
)

// scheduleNote is the note of schedules whose file has none; lists show it.
const scheduleNote = "applied by starter"

// applySchedule creates a schedule, or makes one of the same ID as the file
// says, and tells which it was. Runs that are under way are left alone.
func applySchedule(ctx context.Context, c client.Client, s schedule) (created bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	doing := "applying schedule " + s.id
	_, err = c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: s.id, Spec: s.spec(), Action: s.action(),
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: s.catchUp,
		Note: s.remark(), Paused: s.paused != nil && *s.paused,
	})
	switch {
	case err == nil:
		return true, nil
	case !errors.Is(err, temporal.ErrScheduleAlreadyRunning):
		return false, callError(doing, err)
	}
	err = c.ScheduleClient().GetHandle(ctx, s.id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(live client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			updated := live.Description.Schedule
			spec := s.spec()
			updated.Spec, updated.Action = &spec, s.action()
			updated.Policy = &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: s.catchUp}
			if updated.State == nil {
				updated.State = &client.ScheduleState{}
			}
			updated.State.Note = s.remark()
			if s.paused != nil {
				updated.State.Paused = *s.paused
			}
			return &client.ScheduleUpdate{Schedule: &updated}, nil
		},
	})
	if err != nil {
		return false, callError(doing, err)
	}
	return false, nil
}

func (s schedule) spec() client.ScheduleSpec {
	if s.every > 0 {
		return client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: s.every}}}
	}
	return client.ScheduleSpec{CronExpressions: s.cron, TimeZoneName: s.timeZone}
}

func (s schedule) action() *client.ScheduleWorkflowAction {
	attributes := []temporal.SearchAttributeUpdate{step.StackAttribute.ValueSet(s.input.Stack)}
	if s.input.Environment != "" {
		attributes = append(attributes, step.EnvironmentAttribute.ValueSet(s.input.Environment))
	}
	in := s.input
	if in.By == "" {
		in.By = "schedule " + s.id
	}
	return &client.ScheduleWorkflowAction{
		ID: configsync.ID(in.Stack, in.Environment), Workflow: s.workflow, Args: []any{in}, TaskQueue: step.Queue,
		TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
		StaticSummary:         string(in.Mode) + " by schedule " + s.id,
	}
}

func (s schedule) remark() string {
	if s.note == "" {
		return scheduleNote
	}
	return s.note
}
