package matrix

import (
	"fmt"
	"slices"
	"testing"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

var clusters = []string{"local-1", "local-2"}

// waves of the stack, which are also its services. cart has config.
var waves = [][]string{{"store"}, {"cart", "web"}}

const (
	// fragile is the service that fails in a failing release, in the last wave.
	fragile = "cart"
	// workloads is how many the services have on a cluster.
	workloads = 3
)

// scene is one environment on two clusters. Releases follow one another in it,
// from one revision of the stack to the next.
type scene struct {
	*rig.Rig
	t         testing.TB
	repo      *rig.Repo
	front     *front
	namespace string
	worker    *rig.Process
	// before runs, and after is what is being released; last is the newest there is.
	before, after, last int
	// configs are the names of cart's config, by revision.
	configs map[int]string
	// marks count the effects before the release, by cluster.
	marks map[string]int
	// rules are what the platform's proxies were told for this release.
	rules []placed
}

// placed is a rule of a proxy.
type placed struct{ where, id string }

// newScene sets a scene, with its first release running.
func newScene(t testing.TB) *scene {
	t.Helper()
	platform := platformtest.Load(t)
	s := &scene{
		Rig: rig.New(t, platform), t: t, front: newFront(t, platform.Temporal.Address),
		configs: map[int]string{}, marks: map[string]int{},
	}
	s.Env = append(s.Env, "TEMPORAL_ADDRESS="+s.front.address)
	s.namespace = platform.Namespace(t, clusters...)
	s.repo = rig.NewRepo(t)
	s.worker = s.Worker()
	s.prepare(false)
	s.Release(s.repo, "v"+version(s.after), exitReleased)
	s.before = s.after
	return s
}

func version(revision int) string { return fmt.Sprintf("1.%d.0-rc.1", revision) }

func image(revision int) string { return rig.Image(fmt.Sprint(revision)) }

// configOf is the config that cart has in a revision.
func configOf(revision int) string { return fmt.Sprintf("revision = %d\n", revision) }

// prepare makes the next revision, and forgets what happened before. In a failing
// one the pods of the fragile service are never ready, until somebody breaks them.
func (s *scene) prepare(failing bool) {
	s.t.Helper()
	s.last++
	s.after = s.last
	s.write(s.after, failing)
	s.repo.Tag("v" + version(s.after))
	s.configs[s.after] = s.configName()
	for _, placed := range s.rules {
		s.Platform.Release(s.t, placed.where, placed.id, true)
	}
	s.rules = nil
	for _, cluster := range clusters {
		s.marks[cluster] = len(s.Counts(s.t, cluster, s.namespace).Effects)
	}
	s.front.begin()
}

// write writes a revision of the stack: every service has another image, cart
// other config too, and web an object that no other revision has.
func (s *scene) write(revision int, failing bool) {
	var simulated map[string]string
	if failing {
		simulated = map[string]string{"slipway.dev/simulate": "never-ready"}
	}
	written := rig.Stack{
		Name: s.namespace, Registry: s.Registry + "/" + s.namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: clusters, Namespace: s.namespace, Deadline: "3m"},
		},
		Services: []rig.Service{
			{Name: "store", Kind: "StatefulSet"},
			{Name: fragile, Needs: []string{"store"}, Annotations: simulated},
			{Name: "web", Needs: []string{"store"}},
		},
	}
	written.Revise(fmt.Sprint(revision))
	files := written.Files()
	files["cart/k8s.yaml"] += "          volumeMounts: [{name: config, mountPath: /config}]\n" +
		"      volumes: [{name: config, configMap: {name: cart-config}}]\n"
	files["config/cart.conf"] = configOf(revision)
	// Old config is for rollbacks. Here it would be pruned in some releases only.
	files["slipway.yaml"] += "config: {keep: 100}\n"
	files["web/k8s.yaml"] += fmt.Sprintf("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-%d}\ndata: {revision: \"%[1]d\"}\n", revision)
	s.repo.Write(files)
}

// configName gives the name of the ConfigMap that cart has at the work tree.
func (s *scene) configName() string {
	s.t.Helper()
	loaded, err := stack.Load(s.repo.Dir)
	if err != nil {
		s.t.Fatal(err)
	}
	staging, _ := loaded.Environment("staging")
	configs, err := stack.RenderConfigs(s.repo.Dir, loaded, staging)
	if err != nil {
		s.t.Fatal(err)
	}
	rendered, has := configs.Of(clusters[0], "cart")
	if !has {
		s.t.Fatal("cart has no config")
	}
	return rendered.Name()
}

// release releases the next revision beside the test.
func (s *scene) release() *rig.Process {
	s.t.Helper()
	return s.Releasing(s.repo, "v"+version(s.after), "--by", "ann")
}

// awaitLastWatch waits until every service of every cluster has been written and
// is being watched.
func (s *scene) awaitLastWatch() {
	s.t.Helper()
	s.Eventually("all clusters are watched in the last wave", func() bool {
		seen := s.front.seen()
		return !slices.ContainsFunc(clusters, func(cluster string) bool {
			return !slices.Contains(seen, activity{name: "WatchWave", target: cluster, n: len(waves) - 1})
		})
	})
}

// fail makes a failing release fail, on one cluster.
func (s *scene) fail() {
	s.t.Helper()
	s.crash(clusters[1], fragile)
}

// end waits for the end of a release, and gives how its rollout ended.
func (s *scene) end(starter *rig.Process) (code int, result rollout.Result) {
	s.t.Helper()
	code = starter.Wait()
	if err := s.Result(rollout.ID(s.namespace, "staging"), &result); err != nil {
		s.t.Fatalf("the rollout has no result: %v", err)
	}
	if result.Verdict == rollout.Released {
		s.before = s.after
	}
	return code, result
}

// play plays a fault on a proxy for the time of this release.
func (s *scene) play(where, fault string, rule platformtest.Rule) (id string) {
	s.t.Helper()
	id = s.Fault(s.t, where, fault, rule)
	s.rules = append(s.rules, placed{where, id})
	return id
}
