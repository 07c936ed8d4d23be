package rollout

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// placed is a hook at its place: the targets on which it runs there.
type placed struct {
	bundle.Hook
	targets []string
}

// hooks gives those of a plan that this rollout runs. Going back runs none, and
// putting right what runs already neither: hooks take a release forward. A target
// that catches up with the others has missed only what runs on each.
func (in Input) hooks(plan bundle.Plan) []bundle.Hook {
	switch {
	case in.Rollback || in.To == in.From:
		return nil
	case in.Only != "":
		return slices.DeleteFunc(slices.Clone(plan.Hooks), func(h bundle.Hook) bool { return h.On != stack.OnEach })
	default:
		return plan.Hooks
	}
}

// hooksAt gives the hooks of a plan on one side of a stage, or of the whole rollout
// when there is no stage.
func hooksAt(plan bundle.Plan, when stack.When, at *stage) []placed {
	targets := plan.Targets
	if at != nil {
		targets = at.targets
	}
	var all []placed
	for _, hook := range plan.Hooks {
		around := hook.Service == ""
		if at != nil {
			around = slices.Contains(at.services, hook.Service)
		}
		if !around || hook.When != when {
			continue
		}
		switch first := plan.Targets[:1]; {
		case hook.On == stack.OnEach:
			all = append(all, placed{Hook: hook, targets: targets})
		case slices.Contains(targets, first[0]):
			all = append(all, placed{Hook: hook, targets: first})
		}
	}
	return all
}

// hooksOn names the hooks that run on a target.
func hooksOn(plan bundle.Plan, target string) []string {
	var names []string
	for _, hook := range plan.Hooks {
		if hook.On == stack.OnEach || target == plan.Targets[0] {
			names = append(names, hook.Name)
		}
	}
	return names
}

// runHooks runs the hooks of a place one after the other.
func (r *rollout) runHooks(ctx, forward workflow.Context, when stack.When, at *stage) *ending {
	for _, hook := range hooksAt(r.plan, when, at) {
		if end := r.runHook(ctx, forward, hook); end != nil {
			return end
		}
	}
	return nil
}

// runHook runs the Job of a hook on its targets side by side. When it returns none
// of them is running any more.
func (r *rollout) runHook(ctx, forward workflow.Context, hook placed) *ending {
	r.hold(ctx, forward)
	if err := forward.Err(); err != nil {
		return r.ended(err, "starting hook "+hook.Name)
	}
	if end := r.refuseBanned(forward); end != nil {
		return end
	}
	job := r.hookJob(ctx, hook.Hook)
	var asked []string
	end := r.onTargets(forward, hook.targets, func(ctx workflow.Context, target string) *ending {
		r.board.setHook(hook.Name, target, Hook{State: StateRunning})
		r.board.show(ctx)
		// Before the start: an attempt that nobody hears of any more, because its worker
		// has died or is away, may have made the Job.
		asked = append(asked, target)
		r.begun(hook.Hook)
		seen, err := job.run(ctx, target)
		if err != nil {
			end := r.ended(err, fmt.Sprintf("hook %s on %s", hook.Name, target))
			r.board.setHook(hook.Name, target, Hook{State: StateFailed, Message: end.message})
			return end
		}
		return r.judgeHook(hook.Name, target, seen)
	})
	if end != nil {
		// What still runs must not go on beside the restore.
		r.epoch++
		job.remove(forward, r, asked)
	}
	r.board.show(ctx)
	return end
}

// begun remembers that the Job of a hook may have been made: from now on the
// rollout can't say that nothing was touched, or may not even go back.
func (r *rollout) begun(hook bundle.Hook) {
	r.hooked = true
	if hook.PointOfNoReturn && r.crossed == "" {
		r.crossed = hook.Name
	}
}

// judgeHook shows how a hook ended on a target; nil goes on.
func (r *rollout) judgeHook(name, target string, seen workload.WatchResult) *ending {
	r.board.simulated = r.board.simulated || seen.Simulated
	if seen.Verdict == workload.Healthy {
		r.board.setHook(name, target, Hook{State: StateDone})
		return nil
	}
	end := &ending{why: WhyLate, message: fmt.Sprintf("hook %s on %s: not done at its deadline", name, target)}
	shown := Hook{State: StateFailed, Message: "not done at its deadline"}
	for _, status := range seen.Services {
		if failure := status.Failure; failure != nil {
			shown.Message, shown.Failure = "", failure
			end.message = fmt.Sprintf("hook %s on %s: %s", name, target, describe(*failure))
			if failure.Reason != workload.DeadlineExceeded {
				end.why = WhyFailed
			}
		}
	}
	r.board.setHook(name, target, shown)
	return end
}

func (r *rollout) hookJob(ctx workflow.Context, hook bundle.Hook) jobs {
	run := workflow.GetInfo(ctx).WorkflowExecution.RunID
	patience := time.Duration(r.plan.Deadline)
	if r.untouched() {
		patience = servedPatience
	}
	return jobs{
		what: "run hook " + hook.Name, deadline: time.Duration(hook.Deadline), patience: patience,
		input: func(target string) workload.JobsInput {
			return workload.JobsInput{Subject: r.subject(target, nil), Run: run, Hook: hook.Name}
		},
	}
}

// untouched tells whether neither a service nor a Job of a hook was written.
func (r *rollout) untouched() bool { return len(r.touched) == 0 && !r.hooked }

// held ends a rollout that failed after a point of no return: nothing is taken
// back, because what ran before may not run with what the hook has done.
func (r *rollout) held(ctx workflow.Context, cause ending) Result {
	r.decided = workflow.Now(ctx)
	for _, touched := range r.touched {
		for _, target := range touched.targets {
			r.board.hold(target, touched.services)
		}
	}
	return r.finish(ctx, Result{
		Verdict: Stuck, Why: cause.why, Problems: cause.problems, Held: r.crossed,
		Message: fmt.Sprintf("%s; held as it is: not rolled back, because hook %s, a point of no return, has begun", cause.message, r.crossed),
	})
}
