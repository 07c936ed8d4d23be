package workload_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/workload"
)

func TestDiffLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after, want string }{
		"nothing":               {"", "", ""},
		"the same":              {"a\nb\n", "a\nb\n", ""},
		"the last end of line":  {"a\nb\n", "a\nb", ""},
		"one line":              {"a\nb\nc", "a\nx\nc", "- b|+ x"},
		"added at the end":      {"a", "a\nb\nc", "+ b|+ c"},
		"all new":               {"", "a\nb", "+ a|+ b"},
		"all gone":              {"a\nb", "", "- a|- b"},
		"moved":                 {"a\nb\nc", "c\na\nb", "+ c|  …|- c"},
		"far from each other":   {"a\nb\nc\nd\ne", "A\nb\nc\nd\nE", "- a|+ A|  …|- e|+ E"},
		"a line that is twice":  {"a\na\nb", "a\nb", "- a"},
		"lines beside the same": {"x\na\ny", "a", "- x|  …|- y"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(workload.DiffLines(c.before, c.after), "|"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLongTextsAreNotComparedLineByLine(t *testing.T) {
	t.Parallel()
	before, after := strings.Repeat("a\nb\n", 2000), strings.Repeat("b\nc\n", 2000)
	if lines := workload.DiffLines(before, after); len(lines) != 8000 {
		t.Errorf("%d lines, want all 8000", len(lines))
	}
}

func TestChangesAreReadByServiceAndObject(t *testing.T) {
	t.Parallel()
	got := workload.ChangeLines([]workload.Change{
		{Service: "cart", Object: "ConfigMap/cart-config-2", Action: workload.Create, Diff: &workload.Diff{
			Replaces: "ConfigMap/cart-config-1", Fields: []workload.FieldChange{{Path: "pool", Old: "10", New: "20"}},
		}},
		{Service: "cart", Object: "Deployment/cart", Action: workload.Update, Diff: &workload.Diff{
			Images: []workload.ImageChange{{Container: "main", Old: "a", New: "b"}, {Container: "side", New: "c"}},
			Fields: []workload.FieldChange{{Path: ".spec.replicas", Old: "3"}, {Path: ".data.motd", Lines: []string{"- a", "+ b"}}},
			More:   2,
		}},
		{Service: "store", Object: "Service/store", Action: workload.Update, Diff: &workload.Diff{}},
		{Service: "store", Object: "Job/old", Action: workload.Delete},
	})
	want := `cart
  create   ConfigMap/cart-config-2  in place of ConfigMap/cart-config-1
    pool: 10 -> 20
  update   Deployment/cart
    image of main: a -> b
    image of side: + c
    .spec.replicas: - 3
    .data.motd:
      - a
      + b
    and 2 more
store
  update   Service/store
    no value, only who owns the fields
  delete   Job/old`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	problems := workload.ProblemLines([]workload.Problem{{Object: "Namespace/x", Reason: "Missing", Message: "make it"}, {Service: "cart", Object: "Deployment/cart", Reason: "Conflict", Message: "ann owns it"}})
	if !slices.Equal(problems, []string{"refused  Namespace/x  Missing: make it", "refused  cart  Deployment/cart  Conflict: ann owns it"}) {
		t.Errorf("problems %q", problems)
	}
}
