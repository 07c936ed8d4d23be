//go:build record

package replay

import (
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/plan"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// TestRecord plays every case of wanted and writes down the histories.
func TestRecord(t *testing.T) {
	p := newPlay(t)
	p.releases()
	p.aborts()
	p.cancels()
	p.supersedes()
	p.syncs()
	p.getsStuck()
}

// play is a stack whose workflows are recorded.
type play struct {
	*rig.Rig
	t     *testing.T
	repo  *rig.Repo
	stack rig.Stack
	scrub scrubber
}

func newPlay(t *testing.T) *play {
	platform := platformtest.Load(t)
	p := &play{Rig: rig.New(t, platform), t: t, repo: rig.NewRepo(t)}
	namespace := platform.Namespace(t, "local-1")
	p.stack = rig.Stack{
		Name: "shop", Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "1m"},
		},
		Services: []rig.Service{
			{Name: "store", Kind: "StatefulSet", Image: rig.Image("1")},
			{Name: "cart", Built: true, Needs: []string{"store"}},
		},
	}
	p.scrub = scrubber{strings.NewReplacer(
		p.repo.URL(), "https://git.example/shop.git", platform.Registry, "registry.example:5000", namespace, "shop")}
	p.Worker()
	return p
}

var (
	roll    = rollout.ID("shop", "staging")
	staging = environment.ID("shop", "staging")
	sync    = configsync.ID("shop", "staging")
)

// namespace is where the stack runs.
func (p *play) namespace() string { return p.stack.Environments["staging"].Namespace }

// write writes the stack, whose cart mounts config. Its store behaves as the
// annotation says.
func (p *play) write(simulate string) {
	p.stack.Services[0].Annotations = nil
	if simulate != "" {
		p.stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": simulate}
	}
	files := p.stack.Files()
	files["cart/k8s.yaml"] += "          volumeMounts: [{name: config, mountPath: /config}]\n" +
		"      volumes: [{name: config, configMap: {name: cart-config}}]\n"
	files["slipway.yaml"] += "    drift: reconcile\n"
	files["config/cart.conf"] = "pool.size = 10\n"
	p.repo.Write(files)
}

// release tags the work tree and releases it.
func (p *play) release(version string, want int) {
	p.t.Helper()
	p.repo.Tag("v" + version)
	p.Release(p.repo, "v"+version, want)
}

func (p *play) save(workflow, id, name string) {
	p.t.Helper()
	record(p.t, p.Rig, p.scrub, id, filepath.Join("testdata", workflow, name+".json"))
}

// plan plans a version for staging and records that.
func (p *play) plan(version string, want int, name string) {
	p.t.Helper()
	p.starter(want, "plan", version, "--env", "staging", "--repo", p.repo.Dir, "--by", "ann")
	p.save(plan.Name, plan.ID("shop", "staging", version), name)
}

// starter runs the starter and checks its exit code.
func (p *play) starter(want int, arguments ...string) {
	p.t.Helper()
	if code, out, text := p.Starter(arguments...); code != want {
		p.t.Fatalf("starter %s: exit code %d, want %d\n%s%s", strings.Join(arguments, " "), code, want, out, text)
	}
}

func (p *play) releases() {
	p.write("crash-loop")
	p.release("0.9.0-rc.1", 3)
	p.save(rollout.Name, roll, "first-removed")

	p.write("")
	p.release("1.0.0-rc.1", 0)
	p.save(release.Name, release.ID("shop", "1.0.0-rc.1"), "released")
	p.save(image.Name, image.ID(release.ID("shop", "1.0.0-rc.1"), "cart"), "built")
	p.save(rollout.Name, roll, "released")
	p.plan("1.0.0-rc.1", 0, "unchanged")
	p.plan("9.9.9-rc.1", 2, "unassembled")

	p.repo.Replace("cart/main.go", "println(", "prinln(")
	p.release("1.1.0-rc.1", 1)
	p.save(release.Name, release.ID("shop", "1.1.0-rc.1"), "build-failed")
	p.save(image.Name, image.ID(release.ID("shop", "1.1.0-rc.1"), "cart"), "failed")

	p.repo.Replace("cart/main.go", "prinln(", "println(1, ")
	p.repo.Replace("cart/k8s.yaml", "replicas: 2", "replicas: -2")
	p.release("1.2.0-rc.1", 6)
	p.save(rollout.Name, roll, "refused")
	p.plan("1.2.0-rc.1", 6, "refused")
	// A released version whose tag is moved.
	p.release("1.0.0-rc.1", 2)
	p.save(release.Name, release.ID("shop", "1.0.0-rc.1"), "refused")

	p.write("crash-loop")
	p.release("1.4.0-rc.1", 3)
	p.save(release.Name, release.ID("shop", "1.4.0-rc.1"), "restored")
	p.save(rollout.Name, roll, "restored")
	p.plan("1.4.0-rc.1", 0, "changes")

	short := p.stack.Environments["staging"]
	short.Deadline = "5s"
	p.stack.Environments["staging"], short = short, p.stack.Environments["staging"]
	p.write("never-ready")
	p.release("1.4.0-rc.2", 3)
	p.save(rollout.Name, roll, "late")
	p.stack.Environments["staging"] = short
}

func (p *play) aborts() {
	p.write("never-ready")
	p.repo.Tag("v1.5.0-rc.1")
	starter := p.Releasing(p.repo, "v1.5.0-rc.1")
	p.AwaitState("shop", "store", rollout.StateWatching)
	p.starter(0, "abort", "--stack", "shop", "--env", "staging", "--version", "1.5.0-rc.1", "--by", "ann", "--reason", "recording")
	starter.WantExit(3)
	p.save(rollout.Name, roll, "aborted")
	p.save(environment.Name, staging, "open")

	p.stack.Services[0].Image = rig.Image("2")
	p.write("")
	p.release("1.6.0-rc.1", 0)
	p.starter(0, "rollback", "--stack", "shop", "--env", "staging", "--from", "1.6.0-rc.1", "--by", "ann", "--reason", "recording")
	p.starter(0, "thaw", "--stack", "shop", "--env", "staging", "--by", "ann", "--reason", "recording")
	p.save(environment.Name, staging, "rolled-back")
}

// cancels gives a release up while its image is being pushed.
func (p *play) cancels() {
	p.repo.Replace("cart/main.go", "println(", "println(2, ")
	p.repo.Tag("v1.7.0-rc.1")
	held := p.Fault(p.t, "registry", "hold", platformtest.Rule{
		Verbs: []string{"write"}, Path: "/v2/" + p.namespace() + "/cart/manifests/",
	})
	starter := p.Releasing(p.repo, "v1.7.0-rc.1")
	p.Await(p.t, "registry", held)
	id := release.ID("shop", "1.7.0-rc.1")
	if err := p.Client.CancelWorkflow(p.t.Context(), id, ""); err != nil {
		p.t.Fatal(err)
	}
	starter.WantExit(6)
	p.Platform.Release(p.t, "registry", held, true)
	p.save(release.Name, id, "cancelled")
	p.save(image.Name, image.ID(id, "cart"), "cancelled")
}

// supersedes queues two releases behind one that is held in its first write.
func (p *play) supersedes() {
	p.stack.Services[0].Image = rig.Image("3")
	p.write("")
	for _, version := range []string{"1.8.0-rc.1", "1.8.0-rc.2", "1.8.0-rc.3"} {
		p.repo.Tag("v" + version)
	}
	held := p.Fault(p.t, "clusters/local-1", "hold", platformtest.Rule{
		Verbs: []string{"write"}, UserAgent: "^slipway/", Path: "/namespaces/" + p.namespace() + "/statefulsets/store",
	})
	first := p.Releasing(p.repo, "v1.8.0-rc.1")
	p.Await(p.t, "clusters/local-1", held)
	second := p.Releasing(p.repo, "v1.8.0-rc.2")
	p.AwaitEnvironment("shop", "the second release is queued", func(s environment.Status) bool { return len(s.Queue) == 1 })
	third := p.Releasing(p.repo, "v1.8.0-rc.3")
	second.WantExit(6)
	p.Platform.Release(p.t, "clusters/local-1", held, false)
	first.WantExit(0)
	third.WantExit(0)
	p.save(environment.Name, staging, "superseded")
}

func (p *play) syncs() {
	where := []string{"--repo", p.repo.Dir, "--env", "staging", "--by", "ann"}
	p.repo.Replace("config/cart.conf", "10", "20")
	p.repo.Commit("a larger pool")
	p.starter(0, append([]string{"sync"}, where...)...)
	p.save(configsync.Name, sync, "planned")
	p.starter(0, append([]string{"sync", "--apply"}, where...)...)
	p.save(configsync.Name, sync, "applied")
	p.starter(0, append([]string{"sync", "--apply"}, where...)...)
	p.save(configsync.Name, sync, "unchanged")

	p.starter(0, append([]string{"drift"}, where...)...)
	p.save(configsync.Name, sync, "in-sync")
	maps := p.Platform.Client(p.t, "local-1").CoreV1().ConfigMaps(p.namespace())
	if err := maps.DeleteCollection(p.t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "slipway.dev/config=cart"}); err != nil {
		p.t.Fatal(err)
	}
	p.starter(0, append([]string{"drift"}, where...)...)
	p.save(configsync.Name, sync, "reconciled")
	p.save(environment.Name, staging, "reconciled")
	p.starter(0, "drift", "--repo", p.repo.Dir, "--by", "ann")
	p.save(configsync.Name, configsync.ID("shop", ""), "all-environments")

	p.repo.Replace("config/cart.conf", "20", "{")
	p.repo.Commit("half a brace")
	p.starter(2, append([]string{"sync", "--apply"}, where...)...)
	p.save(configsync.Name, sync, "refused")
	p.repo.Replace("config/cart.conf", "{", "20")
}

// getsStuck has somebody take a field over between the failure and the restore.
func (p *play) getsStuck() {
	p.stack.Services[0].Image = rig.Image("4")
	p.write("crash-loop")
	p.repo.Tag("v1.9.0-rc.1")
	held := p.Fault(p.t, "clusters/local-1", "hold", platformtest.Rule{
		Verbs: []string{"write"}, UserAgent: "^slipway/",
		Path: "/namespaces/" + p.namespace() + `/statefulsets/store\?.*fieldManager=slipway-fence`,
	})
	starter := p.Releasing(p.repo, "v1.9.0-rc.1")
	p.Await(p.t, "clusters/local-1", held)
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"hotfix"}]}}}}`)
	if _, err := p.Platform.Client(p.t, "local-1").AppsV1().StatefulSets(p.namespace()).Patch(p.t.Context(), "store",
		types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "ann"}); err != nil {
		p.t.Fatal(err)
	}
	p.Platform.Release(p.t, "clusters/local-1", held, false)
	starter.WantExit(7)
	p.save(rollout.Name, roll, "stuck")
}
