package rollout

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/workload"
)

// Reasons of the problems with a config. The words are stable.
const (
	// ConfigRefused means that the checker ended with an exit code other than 0.
	ConfigRefused = "ConfigRefused"
	// CheckerFailed means that the checker did not come to an end of its own.
	CheckerFailed = "CheckerFailed"
)

// checkConfig lets the checkers judge the new config on every target, each through
// the eyes of that target's pods. It comes before the first write of the release;
// their Jobs are gone when it returns.
func (r *rollout) checkConfig(ctx, forward workflow.Context) *ending {
	if len(r.plan.Checkers) == 0 {
		return nil
	}
	r.hold(ctx, forward)
	if err := forward.Err(); err != nil {
		return r.ended(err, "checking the config")
	}
	if end := r.refuseBanned(forward); end != nil {
		return end
	}
	checkers := r.checkers(forward)
	var problems []workload.Problem
	var asked []string
	end := r.onTargets(forward, r.plan.Targets, func(ctx workflow.Context, target string) *ending {
		// Before the start: an attempt that nobody hears of any more may have made Jobs.
		asked = append(asked, target)
		seen, err := checkers.run(ctx, target)
		if err != nil {
			return r.ended(err, "checking the config on "+target)
		}
		r.board.simulated = r.board.simulated || seen.Simulated
		problems = append(problems, configProblems(target, seen)...)
		return nil
	})
	r.epoch++
	checkers.remove(forward, r, asked)
	if end == nil && len(problems) > 0 {
		end = &ending{why: WhyRefused, message: refusal(problems), problems: problems}
	}
	return end
}

// checkers run side by side, so that the slowest one's deadline is that of all.
func (r *rollout) checkers(ctx workflow.Context) jobs {
	longest := time.Duration(0)
	for _, checker := range r.plan.Checkers {
		longest = max(longest, time.Duration(checker.Deadline))
	}
	run := workflow.GetInfo(ctx).WorkflowExecution.RunID
	return jobs{
		what: "check the config", deadline: longest, patience: servedPatience,
		input: func(target string) workload.JobsInput {
			return workload.JobsInput{Subject: r.subject(target, nil), Base: r.in.From, Run: run}
		},
	}
}

// configProblems tells what the checkers of a target had against the config.
func configProblems(target string, seen workload.WatchResult) []workload.Problem {
	var problems []workload.Problem
	for _, service := range seen.Services {
		problem := workload.Problem{Service: service.Service, Object: target + ": config", Reason: CheckerFailed}
		switch failure := service.Failure; {
		case failure == nil && seen.Verdict == workload.Late:
			problem.Message = "the checker is not done at its deadline: " + service.Message
		case failure == nil:
			continue
		case failure.ExitCode != 0 && !slices.Contains(killed, failure.Reason):
			problem.Reason, problem.Message, problem.Log = ConfigRefused, "the checker "+failure.Message, failure.Log
		default:
			problem.Message, problem.Log = describe(*failure), failure.Log
		}
		problems = append(problems, problem)
	}
	return problems
}

// killed are the reasons of an exit code that is not the program's own.
var killed = []string{"OOMKilled", "ContainerCannotRun", "StartError", "ContainerStatusUnknown"}
