package rollout

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"
)

func (r *rollout) notStarted(ctx workflow.Context, end ending) Result {
	return r.finish(ctx, Result{
		Verdict:  NotStarted,
		Why:      end.why,
		Message:  end.message,
		Problems: end.problems,
	})
}

func (r *rollout) released(ctx workflow.Context) Result {
	return r.finish(ctx, Result{Verdict: Released, Message: r.board.message})
}

// restored reports the end of an undo. A first release that is taken back
// leaves nothing behind, which is what was there before.
func (r *rollout) restored(ctx workflow.Context, cause ending, blockers []ending) Result {
	result := Result{Verdict: Restored, Why: cause.why, Message: cause.message, Problems: cause.problems}
	if len(blockers) > 0 {
		result.Verdict = Stuck
		messages := make([]string, 0, len(blockers))
		problems := cause.problems
		for _, blocker := range blockers {
			messages = append(messages, blocker.message)
			problems = append(problems, blocker.problems...)
		}
		result.Problems = problems
		result.Message = fmt.Sprintf("%s; and not everything could be restored: %s", cause.message, strings.Join(messages, "; "))
	}
	return r.finish(ctx, result)
}

// finish completes a result with what is known by now and shows it.
func (r *rollout) finish(ctx workflow.Context, result Result) Result {
	result.Services, result.Hooks = r.board.services(), slices.Clone(r.board.hooks)
	result.Simulated = r.board.simulated
	result.Began, result.Decided, result.Ended = r.began, r.decided, workflow.Now(ctx)
	r.board.verdict, r.board.message = result.Verdict, result.Message
	r.board.enter(ctx, string(result.Verdict))
	return result
}
