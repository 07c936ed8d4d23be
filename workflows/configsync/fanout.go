package configsync

import (
	"encoding/json"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// leftBehind is how long to wait before a sync of an environment that somebody
	// else has started is looked at again.
	leftBehind = 10 * time.Second
	// maxWaits bounds that waiting to ten minutes. A rollout may take longer, but
	// then the other run has done what this one would.
	maxWaits = 60
)

// fanOut does the work in a child for each environment, a window at a time. What
// fails in one does not keep the others from going on.
func (s *sync) fanOut(ctx workflow.Context) error {
	names := s.state.Source.Environments
	for i, name := range names {
		line := &EnvironmentStatus{Environment: name, State: "waiting"}
		if i < len(s.state.Environments) {
			line.take(s.state.Environments[i])
		}
		s.lines = append(s.lines, line)
	}
	s.enter(ctx, PhaseComparing)
	for done := len(s.state.Environments); done < len(names); done = len(s.state.Environments) {
		s.state.Environments = append(s.state.Environments, s.runWindow(ctx, s.lines[done:min(done+window, len(names))])...)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case len(s.state.Environments) < len(names) && workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return s.handOver(ctx)
		}
	}
	return nil
}

func (s *sync) runWindow(ctx workflow.Context, lines []*EnvironmentStatus) []Environment {
	results := make([]Environment, len(lines))
	group := workflow.NewWaitGroup(ctx)
	for i, line := range lines {
		group.Add(1)
		workflow.GoNamed(ctx, line.Environment, func(ctx workflow.Context) {
			defer group.Done()
			line.State = Running
			s.show(ctx)
			results[i] = s.child(ctx, line)
			line.take(results[i])
			s.show(ctx)
		})
	}
	// Children take back what they have asked for when they are cancelled, and that is waited for.
	waiting, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	group.Wait(waiting)
	return results
}

// child runs one environment. Somebody else's run for it is waited for, but not
// for ever.
func (s *sync) child(ctx workflow.Context, line *EnvironmentStatus) Environment {
	name := line.Environment
	failed := func(err error) Environment {
		return Environment{Environment: name, Verdict: Failed, Why: step.Code(err), Message: step.Reason(err)}
	}
	in := Input{
		Stack: s.in.Stack, Repository: s.in.Repository, Ref: s.state.Source.Commit, Environment: name, Mode: s.in.Mode, By: s.in.By,
	}
	options := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          ID(s.in.Stack, name),
		TaskQueue:           step.Queue,
		ParentClosePolicy:   enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation: true,
		StaticSummary:       string(s.in.Mode) + " of " + name,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			step.StackAttribute.ValueSet(s.in.Stack), step.EnvironmentAttribute.ValueSet(name),
		),
	})
	for waits := 0; ; waits++ {
		var result Result
		err := workflow.ExecuteChildWorkflow(options, Name, in).Get(ctx, &result)
		switch {
		case err == nil && len(result.Environments) == 1:
			return result.Environments[0].brief()
		case err == nil || !temporal.IsWorkflowExecutionAlreadyStartedError(err):
			return failed(err)
		case waits == maxWaits:
			return s.inTheWay(ctx, name)
		case waits == 0:
			line.State = "waiting for " + s.other(ctx, name)
			s.show(ctx)
		}
		pause := workflow.TimerOptions{Summary: "another sync of " + name + " is under way"}
		if err := workflow.NewTimerWithOptions(ctx, leftBehind, pause).Get(ctx, nil); err != nil {
			return failed(err)
		}
	}
}

// inTheWay tells what keeps an environment from being looked at, and the way out.
func (s *sync) inTheWay(ctx workflow.Context, name string) Environment {
	id := ID(s.in.Stack, name)
	return Environment{
		Environment: name, Verdict: Busy,
		Message: fmt.Sprintf("%s is under way as %s, and has not ended in %s: start again when it has, or cancel it",
			s.other(ctx, name), id, maxWaits*leftBehind),
	}
}

// other names what is under way for an environment. Not knowing its mode is no
// reason to fail.
func (s *sync) other(ctx workflow.Context, name string) string {
	var messages *message.Activities
	answer, err := step.Call[json.RawMessage](ctx, step.Read("what is under way for "+name), messages.QueryWorkflow,
		message.QueryWorkflowInput{ID: ID(s.in.Stack, name), Query: StatusQuery})
	var status Status
	if err != nil || json.Unmarshal(answer, &status) != nil || status.Mode == "" {
		return "another sync"
	}
	return "another sync (" + string(status.Mode) + ")"
}
