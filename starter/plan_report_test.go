package starter

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	planflow "github.com/slipway-dev/slipway/workflows/plan"
)

func TestVerdictsOfPlansBecomeExitCodes(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[planflow.Verdict]Code{
		planflow.Unchanged: ExitReleased, planflow.Changes: ExitReleased, planflow.Refused: ExitNotStarted,
		planflow.Unknown: ExitNoConnection, "": ExitFailed, "somethingNew": ExitFailed,
	} {
		if got := exitOfPlan(verdict); got != want {
			t.Errorf("verdict %q: got %v, want %v", verdict, got, want)
		}
	}
}

// examplePlan is of six clusters: two alike, one with a problem besides, one that
// did not answer and two without a change.
func examplePlan() planflow.Result {
	ref := func(name string) bundle.Reference {
		return bundle.Reference{Repository: "r/shop.bundle", Digest: "sha256:" + name}
	}
	counts := workload.PlanCounts{Objects: 5, Unchanged: 3, Updated: 1, Created: 1}
	changes := []workload.Change{
		{Service: "cart", Object: "ConfigMap/cart-config-2", Action: workload.Create, Diff: &workload.Diff{
			Replaces: "ConfigMap/cart-config-1", Fields: []workload.FieldChange{{Path: "pool", Old: "10", New: "20"}},
		}},
		{Service: "cart", Object: "Deployment/cart", Action: workload.Update, Diff: &workload.Diff{
			Images: []workload.ImageChange{{Container: "main", Old: "cart:1", New: "cart:2\x1b[31m"}},
		}},
	}
	refused := workload.TargetPlan{PlanCounts: counts, Changes: changes[:1], Report: ref("2")}
	refused.Refused = 2
	refused.Problems = []workload.Problem{{Service: "cart", Object: "Deployment/cart", Reason: "DisruptionBudget", Message: "leaves 2, wants 3"}}
	none := &workload.TargetPlan{PlanCounts: workload.PlanCounts{Objects: 5, Unchanged: 5}}
	return planflow.Result{
		Stack: "shop", Environment: "production", Version: "1.1.0", FromVersion: "1.0.0", From: ref("0"), Verdict: planflow.Refused, Message: "the sum", Excluded: []string{"g"},
		Targets: []planflow.Target{
			{Target: "a", Verdict: planflow.Changes, Plan: &workload.TargetPlan{PlanCounts: counts, Changes: changes, Report: ref("1")}},
			{Target: "b", Verdict: planflow.Unchanged, Plan: none},
			{Target: "c", Verdict: planflow.Changes, SameAs: "a", Plan: &workload.TargetPlan{PlanCounts: counts, Report: ref("1")}},
			{Target: "d", Verdict: planflow.Refused, Plan: &refused},
			{Target: "e", Verdict: planflow.Unknown, Message: "no worker serves it"},
			{Target: "f", Verdict: planflow.Unchanged, Plan: none},
		},
	}
}

func TestAPlanIsReadByCluster(t *testing.T) {
	t.Parallel()
	var report PlanReport
	report.take(examplePlan())
	var out bytes.Buffer
	if err := report.write(&out, false, time.Now()); err != nil {
		t.Fatal(err)
	}
	want := `refused: shop 1.1.0 for production, which runs 1.0.0, after 0.0s
  the sum
  a, c: the same: 1 to create, 1 to update, 3 unchanged
    cart
      create   ConfigMap/cart-config-2  in place of ConfigMap/cart-config-1
        pool: 10 -> 20
      update   Deployment/cart
        image of main: cart:1 -> cart:2[31m
    the whole: r/shop.bundle@sha256:1
  b, f: the same: 5 unchanged
  d: 1 to create, 1 to update, 3 unchanged, 2 refused
    cart
      create   ConfigMap/cart-config-2  in place of ConfigMap/cart-config-1
        pool: 10 -> 20
    and 1 more to change
    refused  cart  Deployment/cart  DisruptionBudget: leaves 2, wants 3
    and 1 more refused
    the whole: r/shop.bundle@sha256:2
  e: unknown: no worker serves it
  g: excluded, it is under maintenance
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if report.code() != ExitNotStarted {
		t.Errorf("exit code %v", report.code())
	}
}

func TestAPlanAsJSONHasItsVerdictBesideTheExitCode(t *testing.T) {
	t.Parallel()
	var report PlanReport
	report.take(examplePlan())
	var out bytes.Buffer
	if err := report.write(&out, true, time.Now()); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Exit             int
		Outcome, Verdict string
		Targets          []struct{ Target, SameAs string }
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil || document.Exit != 6 || document.Outcome != "notStarted" ||
		document.Verdict != "refused" || len(document.Targets) != 6 || document.Targets[2].SameAs != "a" {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestAPlanIsAskedForWithWhatSlipwayYAMLSays(t *testing.T) {
	t.Parallel()
	dir, _ := newRepository(t, stackFile)
	in, err := planWish{repository: dir, environment: "staging", version: "v1.4.0-rc.1", by: "ann"}.input(t.Context())
	if want := (planflow.Input{Stack: "shop", Environment: "staging", Repository: "localhost:5000/shop/shop.bundle", Version: "1.4.0-rc.1", By: "ann"}); err != nil || !reflect.DeepEqual(in, want) {
		t.Errorf("got %+v, %v, want %+v", in, err, want)
	}
	if in, err := (planWish{stack: "shop", environment: "staging", version: "1.4.0"}).input(t.Context()); err != nil || in.Repository != "" {
		t.Errorf("with the stack alone: %+v, %v", in, err)
	}
	for name, c := range map[string]struct {
		wish planWish
		want string
	}{
		"no version at all":                {planWish{repository: dir, environment: "staging", version: "latest"}, "latest"},
		"an environment that is not there": {planWish{repository: dir, environment: "nowhere", version: "1.0.0"}, `no environment "nowhere"`},
		"another stack":                    {planWish{repository: dir, stack: "mall", environment: "staging", version: "1.0.0"}, `describes the stack "shop"`},
		"a repository with a password":     {planWish{repository: "https://me:hunter2@git.example/shop", environment: "staging", version: "1.0.0"}, "--repo"},
	} {
		_, err := c.wish.input(t.Context())
		if err == nil || codeOf(err) != ExitBadInput || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want bad input that says %q", name, err, c.want)
		}
	}
}
