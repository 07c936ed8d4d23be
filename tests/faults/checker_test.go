package faults

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

func TestAWorkerKilledAtAnyWriteOfACheckerIsFollowedByOneThatRunsItOnce(t *testing.T) {
	t.Parallel()
	jobs := "/jobs/check-cart-[0-9a-f]+"
	for name, rule := range map[string]platformtest.Rule{
		"before the copy of config": {Verbs: []string{"apply"}, Path: "/configmaps/check-cart-[^/]+", At: "request"},
		"before the Job":            {Verbs: []string{"apply"}, Path: jobs, At: "request"},
		"after the Job was made":    {Verbs: []string{"apply"}, Path: jobs, At: "response"},
		"before the Job is removed": {Verbs: []string{"delete"}, Path: jobs, At: "request"},
		"after the Job was removed": {Verbs: []string{"delete"}, Path: jobs, At: "response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t, platformtest.Load(t))
			stack.Revise("2")
			files := stack.Files()
			files["cart/k8s.yaml"] += "          volumeMounts: [{name: config, mountPath: /config}]\n" +
				"      volumes: [{name: config, configMap: {name: cart-config}}]\n"
			files["config/cart.conf"] = "pool.size = 10\n"
			repo.Write(files)
			repo.Replace("slipway.yaml", "    manifests: cart/k8s.yaml\n",
				"    manifests: cart/k8s.yaml\n    config: {checker: {image: \"registry.example/check:1\"}}\n")
			repo.Tag("v1.1.0-rc.1")

			rule.UserAgent, rule.Path = "^slipway/", "/namespaces/"+stack.Name+rule.Path
			held, worker, starter := releaseHeld(t, r, repo, cluster, rule)
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			starter.WantExit(exitReleased)

			effects := rig.Effects(t, r.Platform, "local-1", stack.Name)
			made := slices.DeleteFunc(slices.Clone(effects), func(e string) bool {
				return !strings.Contains(e, " jobs.batch/check-cart-") || strings.HasPrefix(e, "delete ")
			})
			if len(made) != 1 {
				t.Errorf("%d Jobs were made, want one; effects:\n%s", len(made), strings.Join(effects, "\n"))
			}
			wantNothingLeft(t, r, stack.Name)
		})
	}
}

// wantNothingLeft fails unless all is gone that was made for Jobs.
func wantNothingLeft(t *testing.T, r *rig.Rig, namespace string) {
	t.Helper()
	client := r.Platform.Client(t, "local-1")
	options := metav1.ListOptions{LabelSelector: "slipway.dev/job"}
	r.Eventually("no Job and no copy of config is left", func() bool {
		jobs, err := client.BatchV1().Jobs(namespace).List(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		configs, err := client.CoreV1().ConfigMaps(namespace).List(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		return len(jobs.Items)+len(configs.Items) == 0
	})
}
