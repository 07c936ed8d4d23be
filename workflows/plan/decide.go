package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Verdict is one word for what a release would do.
type Verdict string

const (
	// Unchanged means that everything is as the release says already.
	Unchanged Verdict = "unchanged"
	// Changes means that the release would change something, and may.
	Changes Verdict = "changes"
	// Unknown means that a target did not answer.
	Unknown Verdict = "unknown"
	// Refused means that the release would be refused before its first write.
	Refused Verdict = "refused"
)

// severity orders verdicts: a release that is refused on one target is refused on
// all, whatever else is not known.
var severity = []Verdict{Unchanged, Changes, Unknown, Refused}

func worst(targets []Target) Verdict {
	rank := 0
	for _, target := range targets {
		rank = max(rank, slices.Index(severity, target.Verdict))
	}
	return severity[rank]
}

// shownPlans is how many different plans a result carries in words; a history has
// each of them a second time.
const shownPlans = 10

// without parts targets into those to look at and those that are left alone.
func without(targets, exclude []string) (left, excluded []string) {
	for _, target := range targets {
		if slices.Contains(exclude, target) {
			excluded = append(excluded, target)
		} else {
			left = append(left, target)
		}
	}
	return left, excluded
}

// judged gives what was found on a target.
func judged(target string, found workload.TargetPlan) Target {
	verdict := Unchanged
	switch {
	case found.Refused > 0:
		verdict = Refused
	case found.Changed() > 0:
		verdict = Changes
	}
	return Target{Target: target, Verdict: verdict, Plan: &found}
}

// unanswered gives a target of which nothing is known.
func unanswered(target, why string) Target {
	return Target{Target: target, Verdict: Unknown, Message: why}
}

// grouped leaves out what would be said twice, and more than anybody reads. The
// counts and the name of the whole stay.
func grouped(targets []Target) []Target {
	first := map[bundle.Reference]string{}
	short := slices.Clone(targets)
	for i := range short {
		if short[i].Plan == nil || short[i].Plan.Report.IsZero() {
			continue
		}
		counts := workload.TargetPlan{PlanCounts: short[i].Plan.PlanCounts, Report: short[i].Plan.Report}
		switch same, known := first[counts.Report]; {
		case known:
			short[i].SameAs, short[i].Plan = same, &counts
		case len(first) == shownPlans:
			short[i].Plan = &counts
		default:
			first[counts.Report] = short[i].Target
		}
	}
	return short
}

// sentence sums targets up.
func sentence(targets []Target) string {
	var sum workload.PlanCounts
	var silent []string
	for _, target := range targets {
		if target.Plan == nil {
			silent = append(silent, target.Target)
			continue
		}
		sum.Created += target.Plan.Created
		sum.Updated += target.Plan.Updated
		sum.Replaced += target.Plan.Replaced
		sum.Deleted += target.Plan.Deleted
		sum.Refused += target.Plan.Refused
	}
	text := "nothing would change"
	if sum.Changed() > 0 {
		text = sum.ChangesText() + " on " + count(len(targets)-len(silent), "target")
	}
	if sum.Refused > 0 {
		text += "; " + count(sum.Refused, "problem")
	}
	if len(silent) > 0 {
		text += "; nothing is known of " + strings.Join(silent, ", ")
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
