// Package replay runs the workflows of today over histories that were recorded
// earlier. A history that no longer replays is a workflow that would get stuck
// at the next deploy.
//
// `make record` writes the histories anew, which is right only before the first
// tagged version of Slipway.
package replay

import (
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/worker"

	"github.com/slipway-dev/slipway/workers"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// wanted are the histories that there must be: every workflow, and every way in
// which it ends.
var wanted = map[string][]string{
	release.Name:     {"released", "restored", "build-failed", "refused"},
	image.Name:       {"built", "failed"},
	environment.Name: {"open", "rolled-back"},
	rollout.Name:     {"released", "restored", "aborted", "refused", "first-removed"},
}

func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	for workflow, cases := range wanted {
		for _, name := range cases {
			t.Run(workflow+" "+name, func(t *testing.T) {
				t.Parallel()
				replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				workers.RegisterWorkflows(replayer)
				if err := replayer.ReplayWorkflowHistoryFromJSONFile(nil, filepath.Join("testdata", workflow, name+".json")); err != nil {
					t.Error(err)
				}
			})
		}
	}
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
