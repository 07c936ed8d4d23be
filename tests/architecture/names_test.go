package architecture

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workers"
)

var update = flag.Bool("update", false, "write the golden list of names")

const golden = "testdata/names.txt"

// TestNamesInHistories compares what is registered with the golden list: a
// rename breaks every workflow that is running.
func TestNamesInHistories(t *testing.T) {
	t.Parallel()
	names := &recorder{}
	workers.RegisterWorkflows(names)
	workers.Activities{}.Register(names)
	slices.Sort(names.list)
	got := strings.Join(names.list, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("registered names differ from %s (run with -update if no workflow of the old names runs any more):\ngot:\n%s\nwant:\n%s", golden, got, want)
	}
	if unique := slices.Compact(slices.Clone(names.list)); len(unique) != len(names.list) {
		t.Errorf("two activities have one name: %v", names.list)
	}
}

// recorder is a registry that writes down names as the SDK would make them.
type recorder struct {
	worker.Registry
	list []string
}

func (r *recorder) RegisterWorkflowWithOptions(_ any, options workflow.RegisterOptions) {
	r.list = append(r.list, "workflow "+options.Name)
}

func (r *recorder) RegisterActivity(activities any) {
	kind := reflect.TypeOf(activities)
	for i := range kind.NumMethod() {
		r.list = append(r.list, "activity "+kind.Method(i).Name)
	}
}

func (r *recorder) RegisterActivityWithOptions(any, activity.RegisterOptions) {
	r.list = append(r.list, "an activity with a name of its own: register methods instead")
}
