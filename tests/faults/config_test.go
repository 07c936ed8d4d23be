package faults

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

// configured writes a stack whose cart mounts config of a size, of which one old
// one stays. Without old ReplicaSets nothing else holds on to them.
func configured(repo *rig.Repo, stack *rig.Stack, size int) {
	stack.Services[1].Spec = "  revisionHistoryLimit: 0\n"
	files := stack.Files()
	files["cart/k8s.yaml"] += "          volumeMounts: [{name: config, mountPath: /config}]\n" +
		"      volumes: [{name: config, configMap: {name: cart-config}}]\n"
	files["slipway.yaml"] += "config: {keep: 1}\n"
	files["config/cart.conf"] = fmt.Sprintf("pool.size = %d\n", size)
	repo.Write(files)
	repo.Commit(fmt.Sprintf("size %d", size))
}

// configs lists the ConfigMaps of cart.
func configs(t *testing.T, r *rig.Rig, namespace string) []string {
	t.Helper()
	list, err := r.Platform.Client(t, "local-1").CoreV1().ConfigMaps(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "slipway.dev/config=cart"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, found := range list.Items {
		names = append(names, found.Name)
	}
	return names
}

func TestAWorkerKilledBetweenApplyAndPruneIsFollowedByOneThatPrunesOnce(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"before the delete arrived": "request", "after the delete was done": "response"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t, platformtest.Load(t))
			worker := r.Worker()
			sync := func() *rig.Process {
				return r.Background("sync", "--repo", repo.Dir, "--env", "staging", "--apply")
			}
			configured(repo, stack, 1)
			repo.Tag("v1.1.0-rc.1")
			r.Release(repo, "v1.1.0-rc.1", exitReleased)
			oldest := configs(t, r, stack.Name)
			configured(repo, stack, 2)
			sync().WantExit(exitReleased)
			before := configs(t, r, stack.Name)
			if len(oldest) != 1 || len(before) != 2 {
				t.Fatalf("configs %q, then %q; want one, then two", oldest, before)
			}

			configured(repo, stack, 3)
			held := r.Fault(t, cluster, "hold", platformtest.Rule{
				Verbs: []string{"delete"}, UserAgent: "^slipway/", At: at,
				Path: "/namespaces/" + stack.Name + "/configmaps/" + oldest[0] + `(\?|$)`,
			})
			starter := sync()
			r.Await(t, cluster, held)
			worker.Kill()
			r.Platform.Release(t, cluster, held, true)
			r.Worker()
			starter.WantExit(exitReleased)

			left := configs(t, r, stack.Name)
			if len(left) != 2 || slices.Contains(left, oldest[0]) {
				t.Errorf("configs %q are left, want two without %s", left, oldest[0])
			}
			deleted := 0
			for _, effect := range rig.Effects(t, r.Platform, "local-1", stack.Name) {
				if strings.HasPrefix(effect, "delete configmaps/") {
					deleted++
				}
			}
			if deleted != 1 {
				t.Errorf("%d ConfigMaps were deleted, want one", deleted)
			}
		})
	}
}
