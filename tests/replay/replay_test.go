// Package replay runs the workflows of today over histories that were recorded
// earlier. A history that no longer replays is a workflow that would get stuck
// at the next deploy.
//
// `make record` writes the histories anew, which is right only before the first
// tagged version of Slipway.
package replay

import (
	"os"
	"path/filepath"
	"testing"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workers"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// wanted are the histories that there must be: every workflow, and every way in
// which it ends.
var wanted = map[string][]string{
	release.Name:     {"released", "restored", "build-failed", "refused", "cancelled"},
	image.Name:       {"built", "failed", "cancelled"},
	environment.Name: {"open", "rolled-back", "superseded", "reconciled"},
	plan.Name:        {"unchanged", "changes", "refused", "unassembled"},
	rollout.Name:     {"released", "restored", "late", "aborted", "refused", "first-removed", "stuck"},
	configsync.Name:  {"planned", "applied", "unchanged", "in-sync", "reconciled", "all-environments", "refused"},
}

func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	for kind, cases := range wanted {
		for _, name := range cases {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				workers.RegisterWorkflows(replayer)
				history, origin := load(t, filepath.Join("testdata", kind, name+".json"))
				err = replayer.ReplayWorkflowHistoryWithOptions(nil, history, worker.ReplayWorkflowHistoryOptions{OriginalExecution: origin})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// load reads a history and the identity of the run that wrote it, which a
// Release looks at.
func load(t *testing.T, path string) (*historypb.History, workflow.Execution) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	return history, workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()}
}

// TestNoHistoryIsForgotten fails for a file that no case above names.
func TestNoHistoryIsForgotten(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, cases := range wanted {
		total += len(cases)
	}
	if len(files) != total {
		t.Errorf("%d histories, %d cases: %v", len(files), total, files)
	}
}
