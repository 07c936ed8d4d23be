package rollout

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/step"
)

// ending says why a rollout can't go on.
type ending struct {
	why      string
	message  string
	problems []workload.Problem
}

// judge decides on what a watch saw: nil goes on.
func judge(target string, seen workload.WatchResult) *ending {
	switch seen.Verdict {
	case workload.Healthy:
		return nil
	case workload.Failed:
		return &ending{why: WhyFailed, message: firstFailure(target, seen.Services)}
	case workload.Late:
		return &ending{why: WhyLate, message: "not ready before the deadline: " + waiting(target, seen.Services)}
	default:
		return &ending{why: WhyError, message: fmt.Sprintf("%s: unexpected verdict %q of a watch", target, seen.Verdict)}
	}
}

func firstFailure(target string, services []workload.ServiceStatus) string {
	for _, service := range services {
		if f := service.Failure; f != nil {
			return fmt.Sprintf("%s on %s: %s", service.Service, target, describe(*f))
		}
	}
	return "a service failed on " + target
}

// describe puts a failure into one line: where, what state, what it said.
func describe(f workload.Failure) string {
	where := f.Object
	if f.Pod != "" {
		where = "pod " + f.Pod
	}
	if f.Container != "" {
		where += ", container " + f.Container
	}
	text := where + ": " + f.Reason
	if f.Message != "" {
		text += ": " + f.Message
	}
	return text
}

// waiting lists the services that are not ready, and what they wait for.
func waiting(target string, services []workload.ServiceStatus) string {
	var parts []string
	for _, s := range services {
		if s.Ready >= s.Wanted && s.Message == "" {
			continue
		}
		part := fmt.Sprintf("%s on %s %d/%d", s.Service, target, s.Ready, s.Wanted)
		if s.Message != "" {
			part += " (" + s.Message + ")"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return target
	}
	return strings.Join(parts, ", ")
}

// refusal sums up the problems that a check found.
func refusal(problems []workload.Problem) string {
	text := fmt.Sprintf("%s: %s: %s", problems[0].Object, problems[0].Reason, problems[0].Message)
	if more := len(problems) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// ended says why a step ended with an error: because somebody asked to stop, or
// because it could not be done.
func (r *rollout) ended(err error, doing string) *ending {
	switch {
	case r.stopped != nil:
		return r.stopped.ending()
	case temporal.IsCanceledError(err):
		return &ending{why: WhyAborted, message: "cancelled"}
	default:
		return &ending{why: WhyError, message: doing + ": " + step.Reason(err)}
	}
}

func list(services []string) string { return strings.Join(services, ", ") }
