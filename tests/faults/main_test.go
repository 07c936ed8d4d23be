// Package faults kills, stops and cuts things in the middle of releases, and
// counts at the proxies that every effect happened once.
package faults

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

const (
	exitReleased   = 0
	exitRolledBack = 3
	exitNotStarted = 6
)

const cluster = "clusters/local-1"

// setup gives a stack of two waves, with its first release running.
func setup(t *testing.T, platform *platformtest.Platform) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	r := rig.New(t, platform)
	namespace := platform.Namespace(t, "local-1")
	stack := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "2m"},
		},
		Services: []rig.Service{
			{Name: "store", Image: rig.Image("1")},
			{Name: "cart", Needs: []string{"store"}, Image: rig.Image("1")},
		},
	}
	repo := rig.NewRepo(t)
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	worker := r.Worker()
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	worker.Signal(syscall.SIGTERM)
	worker.Wait()
	return r, repo, stack
}

// next tags a second revision; with a crash loop in cart, if wanted.
func next(repo *rig.Repo, stack *rig.Stack, annotations map[string]string) {
	stack.Revise("2")
	stack.Services[1].Annotations = annotations
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
}

func crashLoop() map[string]string {
	return map[string]string{"slipway.dev/simulate": "crash-loop"}
}

// neverReady keeps a rollout waiting for as long as a test wants: until it calls LetReady.
func neverReady() map[string]string {
	return map[string]string{"slipway.dev/simulate": "never-ready"}
}

// release starts a worker, and the release of the second revision beside the test.
func release(r *rig.Rig, repo *rig.Repo) (worker, starter *rig.Process) {
	return r.Worker(), r.Releasing(repo, "v1.1.0-rc.1")
}

// releaseHeld does so, and waits until a request of the release is held at "registry"
// or a cluster.
func releaseHeld(t *testing.T, r *rig.Rig, repo *rig.Repo, where string, rule platformtest.Rule) (held string, worker, starter *rig.Process) {
	t.Helper()
	held = r.Fault(t, where, "hold", rule)
	worker, starter = release(r, repo)
	r.Await(t, where, held)
	return held, worker, starter
}

// write matches the next write of Slipway to an object, before or after the
// server has done it.
func write(namespace, object, at string) platformtest.Rule {
	return platformtest.Rule{
		Verbs: []string{"write"}, UserAgent: "^slipway/", Path: "/namespaces/" + namespace + "/" + object + `(\?|$)`, At: at,
	}
}

// restoring matches the next write by which a restore fences an object off,
// which is its first to any object, and which no release makes.
func restoring(namespace, object, at string) platformtest.Rule {
	rule := write(namespace, object, at)
	rule.Path = "/namespaces/" + namespace + "/" + object + `\?(.*&)?fieldManager=slipway-fence(&|$)`
	return rule
}

// wantImages fails unless both services run the image.
func wantImages(r *rig.Rig, stack *rig.Stack, revision string) {
	r.T().Helper()
	r.WantImages("local-1", stack.Name, rig.Image(revision), 2)
}

// wantOnce fails if an effect on a workload since the mark happened more than
// the given number of times.
func wantOnce(t *testing.T, r *rig.Rig, namespace string, mark, times int) {
	t.Helper()
	effects := rig.Effects(t, r.Platform, "local-1", namespace)[mark:]
	counts := map[string]int{}
	for _, effect := range effects {
		counts[effect]++
	}
	for effect, n := range counts {
		if n > times {
			t.Errorf("%s happened %d times, want at most %d; all effects:\n%s", effect, n, times, strings.Join(effects, "\n"))
		}
	}
	if !slices.ContainsFunc(effects, func(e string) bool { return strings.HasSuffix(e, "deployments.apps/cart") }) {
		t.Errorf("cart was never written: %v", effects)
	}
}

// wantPushedOnce fails if a manifest or a blob of cart was pushed twice, or none was.
func wantPushedOnce(t *testing.T, r *rig.Rig, stack *rig.Stack) {
	t.Helper()
	pushes := r.RegistryCounts(t, stack.Name+"/cart")
	manifests, blobs := map[string]int{}, map[string]int{}
	for _, push := range pushes.Manifests {
		if push.Created {
			manifests[push.Digest]++
		}
	}
	for _, push := range pushes.Blobs {
		blobs[push.Digest]++
	}
	for what, counts := range map[string]map[string]int{"manifest": manifests, "blob": blobs} {
		if len(counts) == 0 {
			t.Errorf("no %s of cart was pushed", what)
		}
		for digest, n := range counts {
			if n > 1 {
				t.Errorf("%s %s was pushed %d times", what, digest, n)
			}
		}
	}
}

// mark counts the effects so far.
func mark(t *testing.T, r *rig.Rig, namespace string) int {
	t.Helper()
	return len(rig.Effects(t, r.Platform, "local-1", namespace))
}
