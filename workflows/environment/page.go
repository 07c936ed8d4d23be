package environment

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/workflows/rollout"
	"github.com/slipway-dev/slipway/workflows/step"
)

// stuckPage is what a person is woken with when not even a restore could finish.
func (e *environment) stuckPage(wish Wish, result rollout.Result) notify.Page {
	details := map[string]string{
		"stack": e.in.Stack, "environment": e.in.Environment, "version": wish.Version, "ticket": wish.Ticket,
		"message": result.Message,
		"way out": "starter status --stack " + e.in.Stack + " --env " + e.in.Environment +
			" names what blocks it; mend that, then starter retry or starter accept, or deploy another version",
	}
	if result.Held != "" {
		details["way out"] = "hook " + result.Held + " can't be taken back: deploy a mended version; " +
			"starter retry and starter rollback bring old services back to what the hook has changed, so make sure that they can run with it"
	}
	var blockers []string
	for _, problem := range result.Problems {
		blockers = append(blockers, problem.Object+": "+problem.Message)
	}
	if len(blockers) > 0 {
		details["blockers"] = strings.Join(blockers, "\n")
	}
	return notify.Page{
		Key:     ID(e.in.Stack, e.in.Environment) + "/stuck/" + wish.Ticket,
		Summary: "the rollout of " + e.in.Stack + " " + wish.Version + " to " + e.in.Environment + " is stuck: it could be neither finished nor undone",
		Source:  ID(e.in.Stack, e.in.Environment),
		Details: details,
	}
}

// page sends pages until they are taken. A service that is away keeps nothing
// waiting; pages that are left are handed over to the next run.
func (e *environment) page(ctx workflow.Context) {
	var activities *notify.Activities
	for {
		if err := workflow.Await(ctx, func() bool { return len(e.state.Pages) > 0 }); err != nil {
			return
		}
		next := e.state.Pages[0]
		_, err := step.Call[notify.Sent](ctx, step.Insist("page: "+next.Summary), activities.SendPage, next)
		switch code := step.Code(err); {
		case err == nil, code == "InvalidInput", code == "Unauthorized":
			// What the service refuses it will refuse again; that is for its operator,
			// whom the failed step tells why.
			e.state.Pages = e.state.Pages[1:]
		default:
			why := workflow.TimerOptions{Summary: "paging: " + step.Reason(err)}
			if err := workflow.NewTimerWithOptions(ctx, longRetry, why).Get(ctx, nil); err != nil {
				return
			}
		}
	}
}
