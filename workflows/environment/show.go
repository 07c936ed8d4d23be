package environment

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/step"
)

// shown is how many ended rollouts the workflow's page lists.
const shown = 10

func (e *environment) status() (Status, error) {
	return Status{
		Stack:       e.in.Stack,
		Environment: e.in.Environment,
		Current:     e.state.Current,
		Unknown:     e.state.Unknown,
		Running:     e.running,
		Queue:       e.state.Queue,
		History:     e.state.History,
		Trouble:     e.waiting(),
	}, nil
}

// current is an error until it is known what runs: no bundle would mean that
// nothing has been released.
func (e *environment) current() (Current, error) {
	if !e.state.Recovered {
		return Current{}, errors.New("what runs here is still being read from the registry; ask again")
	}
	answer := Current{Unknown: e.state.Unknown}
	if current := e.state.Current; current != nil {
		answer.Bundle, answer.Version, answer.Commit = current.Bundle, current.Version, current.Commit
	}
	if e.running != nil {
		answer.Running = e.running.Version
	}
	return answer, nil
}

// waiting says what the Environment itself waits for; empty if for nothing.
func (e *environment) waiting() string {
	if e.trouble == "" && e.unrecorded() {
		return "the registry has yet to be told that " + e.state.Current.Version + " runs here"
	}
	return e.trouble
}

// show puts the state on the workflow's page.
func (e *environment) show(ctx workflow.Context) {
	details := fmt.Sprintf("**%s** of %s runs ", e.in.Environment, e.in.Stack)
	if e.state.Current == nil {
		details += "nothing yet"
	} else {
		details += "**" + e.state.Current.Version + "**"
	}
	if e.state.Unknown {
		details += ", or what a stuck rollout left: deploy or roll back to make it known"
	}
	if e.running != nil {
		details += fmt.Sprintf(", is going to %s", e.running.Version)
	}
	if trouble := e.waiting(); trouble != "" {
		details += "\n\nWaiting: " + trouble
	}
	if len(e.state.Queue) > 0 {
		var rows [][]string
		for _, wish := range e.state.Queue {
			rows = append(rows, []string{wish.Version, wish.By, wish.Reason})
		}
		details += "\n\nQueue\n\n" + step.Table([]string{"version", "by", "reason"}, rows)
	}
	if len(e.state.History) > 0 {
		var rows [][]string
		for _, record := range slices.Backward(e.state.History) {
			rows = append(rows, []string{record.Version, string(record.Verdict), record.By, record.Ended.UTC().Format(time.RFC3339), record.Message})
			if len(rows) == shown {
				break
			}
		}
		details += "\n\nHistory\n\n" + step.Table([]string{"version", "verdict", "by", "ended", ""}, rows)
	}
	workflow.SetCurrentDetails(ctx, details)
}
