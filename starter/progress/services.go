package progress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// serviceFacts tells of each service of a rollout. A target is named only
// where there are several; the label says which environment, where needed.
func serviceFacts(env, label string, services []rollout.Service) []fact {
	severalTargets := slices.ContainsFunc(services, func(s rollout.Service) bool { return s.Target != services[0].Target })
	all := make([]fact, 0, len(services))
	for _, service := range services {
		key := env + "/" + service.Target + "/" + service.Service
		name := "  " + label + pad(service.Service) + " "
		if severalTargets {
			name += pad(service.Target) + " "
		}
		// A fact of its own: it stays true while the service is restored.
		if failure := service.Failure; failure != nil {
			all = append(all, fact{
				key: "failure/" + key, text: name + "failed: " + failure.Reason, tone: bad, details: FailureLines(*failure),
			})
		}
		text, tone := serviceText(service)
		all = append(all, fact{key: "service/" + key, text: name + text, tone: tone})
	}
	return all
}

func explained(services []rollout.Service) bool {
	return slices.ContainsFunc(services, func(s rollout.Service) bool { return s.Failure != nil })
}

func serviceText(service rollout.Service) (string, tone) {
	ready := fmt.Sprintf("%d/%d ready", service.Ready, service.Wanted)
	switch service.State {
	case rollout.StateWatching:
		if service.Wanted == 0 {
			return "watching", quiet // nothing has been seen yet
		}
		return with(ready, service.Message), plain
	case rollout.StateReleased:
		return ready + ", released", good
	case rollout.StateRestoring:
		return with("restoring, "+ready, service.Message), plain
	case rollout.StateRestored:
		return "restored", good
	case rollout.StateStuck:
		return with("stuck", service.Message), bad
	case rollout.StateFailed:
		if service.Failure != nil {
			return ready, quiet
		}
		return with(ready+", failed", service.Message), bad
	default:
		return service.State, quiet
	}
}

func with(text, message string) string {
	if message == "" {
		return text
	}
	return text + ": " + message
}

// FailureLines says where a failure is and what is known of it.
func FailureLines(failure workload.Failure) []string {
	where := failure.Object
	if failure.Pod != "" {
		where += ", pod " + failure.Pod
	}
	if failure.Container != "" {
		where += ", container " + failure.Container
	}
	lines := []string{where}
	if failure.Message != "" {
		lines = append(lines, strings.Split(strings.TrimSpace(failure.Message), "\n")...)
	}
	return append(lines, logLines(failure.Log)...)
}

func logLines(log string) []string {
	log = strings.TrimSpace(log)
	if log == "" {
		return nil
	}
	lines := []string{"its last words:"}
	for line := range strings.SplitSeq(log, "\n") {
		lines = append(lines, "  | "+line)
	}
	return lines
}

func verdictFact(key, env string, result rollout.Result) fact {
	f := fact{key: key, tone: bad}
	switch result.Verdict {
	case rollout.Released:
		f.text, f.tone = env+": released", good
	case rollout.Restored:
		f.text = env + ": rolled back, everything that was touched is as before"
		if begun(result.Hooks) {
			f.text += ", but for what hooks have done"
		}
	case rollout.Stuck:
		f.text = env + ": stuck, not everything could be restored"
		if result.Held != "" {
			f.text = env + ": stuck, held as it is: not rolled back, because hook " + result.Held + " has begun"
		}
	case rollout.NotStarted:
		f.text = env + ": not started, nothing was touched"
	default:
		f.text = env + ": " + string(result.Verdict)
	}
	if result.Why != "" {
		f.text += " (" + result.Why + ")"
	}
	// What services and problems say in full need not be said again in short.
	if result.Message != "" && len(result.Problems) == 0 && !explained(result.Services) && !toldByHooks(result.Hooks) {
		f.details = append(f.details, result.Message)
	}
	f.details = append(f.details, ProblemLines(result.Problems)...)
	return f
}

// ProblemLines says what stands against a rollout, one line each.
func ProblemLines(problems []workload.Problem) []string {
	lines := make([]string, 0, len(problems))
	for _, problem := range problems {
		where := problem.Object
		if problem.Service != "" {
			where = problem.Service + " " + where
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", strings.TrimSpace(where), problem.Reason, problem.Message))
		lines = append(lines, logLines(problem.Log)...)
	}
	return lines
}
