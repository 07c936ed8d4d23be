package faults

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

func TestAWorkerKilledAroundTheStartOfAHookIsFollowedByOneThatFindsItsJob(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"before the Job": "request", "after the Job was made": "response"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t, platformtest.Load(t))
			stack.Revise("2")
			files := stack.Files()
			files["slipway.yaml"] += "hooks: {migrate: {job: migrate.yaml, when: before}}\n"
			files["migrate.yaml"] = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\n" +
				"spec: {template: {spec: {containers: [{name: main, image: \"registry.example/migrate:1\"}]}}}\n"
			repo.Write(files)
			repo.Tag("v1.1.0-rc.1")
			held, worker, starter := releaseHeld(t, r, repo, cluster, platformtest.Rule{
				Verbs: []string{"apply"}, UserAgent: "^slipway/", At: at,
				// A dry run, as the check makes it, is no match.
				Path: "/namespaces/" + stack.Name + `/jobs/migrate-[0-9a-f]+\?(.*&)?fieldManager=slipway(&|$)`,
			})
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			starter.WantExit(exitReleased)
			wantImages(r, stack, "2")

			made := 0
			effects := rig.Effects(t, r.Platform, "local-1", stack.Name)
			for _, effect := range effects {
				if strings.Contains(effect, " jobs.batch/migrate-") {
					made++
				}
			}
			if made != 1 {
				t.Errorf("the Job had %d effects, want the one that made it:\n%s", made, strings.Join(effects, "\n"))
			}
		})
	}
}
