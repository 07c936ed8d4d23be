package workload_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
)

// manyChanges gives updates whose diffs have more text than a history should bear.
func manyChanges(count int) []workload.Change {
	var changes []workload.Change
	for i := range count {
		changes = append(changes, workload.Change{
			Service: "web", Object: fmt.Sprintf("ConfigMap/%d", i), Action: workload.Update,
			Diff: &workload.Diff{Fields: []workload.FieldChange{{Path: ".data.text", Lines: []string{"- " + strings.Repeat("a", 300), "+ b"}}}},
		})
	}
	return changes
}

func (s *scene) planOf(found workload.CheckResult, target string) workload.TargetPlan {
	s.t.Helper()
	s.target.found = &found
	base, next := s.release("1.0.0-rc.1"), s.release("1.1.0-rc.1")
	subject := s.subject(next)
	subject.Target = target
	plan, err := run[workload.TargetPlan](s, s.activities.PlanTarget, workload.PlanTargetInput{Subject: subject, Base: base})
	if err != nil {
		s.t.Fatal(err)
	}
	return plan
}

func TestAPlanIsStoredWholeAndAHistoryCarriesLittle(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	found := workload.CheckResult{
		Objects: 510, Unchanged: 9, Changes: append(manyChanges(500), workload.Change{Service: "web", Object: "Job/old", Action: workload.Delete}),
		Problems: []workload.Problem{{Service: "web", Object: "Deployment/web", Reason: "Conflict", Message: "ann owns it"}},
	}
	plan := s.planOf(found, "local")
	if want := (workload.PlanCounts{Objects: 510, Unchanged: 9, Updated: 500, Deleted: 1, Refused: 1}); plan.PlanCounts != want || plan.Changed() != 501 {
		t.Errorf("counts %+v, want %+v", plan.PlanCounts, want)
	}
	carried, err := json.Marshal(plan)
	if err != nil || len(carried) > 32<<10 || len(plan.Changes) != 100 || len(plan.Problems) != 1 {
		t.Errorf("%d bytes, %d changes, %d problems, %v", len(carried), len(plan.Changes), len(plan.Problems), err)
	}
	if first, last := plan.Changes[0].Diff, plan.Changes[99].Diff; first.More != 0 || len(first.Fields) != 1 || last.More != 1 || len(last.Fields) != 0 {
		t.Errorf("first diff %+v, last diff %+v", first, last)
	}

	artifact, err := s.store.Get(t.Context(), plan.Report)
	if err != nil || artifact.Type != workload.PlanType {
		t.Fatalf("type %q, %v", artifact.Type, err)
	}
	var whole workload.PlanReport
	if err := json.Unmarshal(artifact.Files[0].Content, &whole); err != nil || len(whole.Changes) != 501 || whole.Version != "1.1.0-rc.1" {
		t.Errorf("the whole has %d changes of %s, %v", len(whole.Changes), whole.Version, err)
	}
	text := string(artifact.Files[1].Content)
	for _, want := range []string{"update   ConfigMap/499", "delete   Job/old", "refused  web  Deployment/web  Conflict: ann owns it", strings.Repeat("a", 300)} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	if _, err := s.store.Resolve(t.Context(), s.repository, "plan-staging-"+strings.TrimPrefix(plan.Report.Digest, "sha256:")[:12]); err != nil {
		t.Errorf("nothing keeps registries from collecting the plan: %v", err)
	}
}

func TestTargetsThatAreAlikeShareAReport(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	one := s.planOf(workload.CheckResult{Objects: 3, Changes: manyChanges(3)}, "local")
	s.attempt()
	same := s.planOf(workload.CheckResult{Objects: 3, Changes: manyChanges(3)}, "local-2")
	s.attempt()
	other := s.planOf(workload.CheckResult{Objects: 3, Changes: manyChanges(2)}, "local")
	if one.Report != same.Report || one.Report == other.Report {
		t.Errorf("reports %s, %s and %s, want the first two alike", one.Report, same.Report, other.Report)
	}
	s.attempt()
	if none := s.planOf(workload.CheckResult{Objects: 3, Unchanged: 3}, "local"); none.Report != (bundle.Reference{}) || none.Changed() != 0 {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestACheckCarriesNoDiffs(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.target.found = &workload.CheckResult{Changes: manyChanges(150)}
	result, err := run[workload.CheckResult](s, s.activities.CheckTarget, workload.CheckTargetInput{Subject: s.subject(s.release("1.0.0-rc.1", "store", "web"))})
	if err != nil || result.Changed != 150 || len(result.Changes) != 100 || result.Changes[0].Diff != nil {
		t.Errorf("%d changes of %d, the first %+v, %v", len(result.Changes), result.Changed, result.Changes[0], err)
	}
}
