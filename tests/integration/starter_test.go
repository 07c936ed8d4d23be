package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestACommitIsReleasedAsASnapshot(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	stack.Environments["staging"] = rig.Environment{Channel: "snapshot", Clusters: []string{"local-1"}, Namespace: stack.Name, Deadline: "1m"}
	repo.Write(stack.Files())
	repo.Tag("v1.3.9")
	next(repo, stack, "2")
	commit := repo.Commit("second")
	code, stdout, stderr := r.Starter("release", "--repo", repo.Dir, "--commit", "HEAD", "--by", "ann")
	if code != exitReleased {
		t.Fatalf("exit code %d\n%s%s", code, stderr, stdout)
	}
	// The patch of the last stable tag is raised.
	wantText(t, stdout, "1.3.10-SNAPSHOT."+commit[:12])
	wantImages(r, stack, "2")
}

func TestADaemonSetIsReleasedAndRestored(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	stack.Services = []rig.Service{{Name: "agent", Kind: "DaemonSet", Image: rig.Image("1")}}
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	next(repo, stack, "2")
	stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "agent", "CrashLoopBackOff")
	got, err := r.Platform.Client(t, "local-1").AppsV1().DaemonSets(stack.Name).Get(t.Context(), "agent", metav1.GetOptions{})
	if err != nil || got.Spec.Template.Spec.Containers[0].Image != rig.Image("1") {
		t.Errorf("the DaemonSet: %v, %v; want %s", got.Spec.Template.Spec.Containers, err, rig.Image("1"))
	}
}

func TestARestoreThatSomebodyStandsAgainstEndsStuckAndNamesThem(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	pages := oncall(t, r)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	next(repo, stack, "2")
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	repo.Write(stack.Files())
	repo.Tag("v1.1.0-rc.1")
	// Between the failure and the restore of cart somebody takes its image over.
	held := r.Fault(t, "clusters/local-1", "hold", platformtest.Rule{
		Verbs: []string{"write"}, UserAgent: "^slipway/", Path: "/namespaces/" + stack.Name + `/deployments/cart\?.*fieldManager=slipway-fence`,
	})
	starter := r.Releasing(repo, "v1.1.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	hotfix(t, r, stack.Name)
	r.Platform.Release(t, "clusters/local-1", held, false)
	starter.WantExit(exitStuck)
	wantText(t, starter.Log(), "stuck", "cart", "ann")
	if got := r.Images("local-1", stack.Name)["Deployment/cart"]; got != "hotfix" {
		t.Errorf("cart runs %s: the fix that somebody made was taken away", got)
	}
	r.Eventually("somebody is paged", func() bool { return len(pages()) > 0 })
	wantText(t, pages()[0], stack.Name+" 1.1.0-rc.1 to staging is stuck", "cart", "ann")
}

// oncall stands in for an on-call service; it speaks as much of PagerDuty's
// Events API v2 as a trigger needs. It gives the bodies of the events.
func oncall(t *testing.T, r *rig.Rig) (events func() []string) {
	t.Helper()
	var mu sync.Mutex
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		bodies = append(bodies, string(body))
		mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	r.Env = append(r.Env, "SLIPWAY_PAGER_URL="+server.URL, "SLIPWAY_PAGER_KEY=test")
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(bodies)
	}
}

func TestTheStarterStopsWaitingAndTheReleaseGoesOn(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, "deployments/cart"))
	starter := r.Releasing(repo, "v1.0.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	starter.Signal(syscall.SIGINT)
	starter.WantExit(exitStoppedWaiting)
	r.Platform.Release(t, "clusters/local-1", held, false)
	// The same command joins what goes on.
	stdout, stderr := r.Release(repo, "v1.0.0-rc.1", exitReleased)
	wantText(t, stdout+stderr, "released")
}

func TestAnInterruptCancelsWhenAskedTo(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	stack.Services[1].Annotations = map[string]string{"slipway.dev/simulate": "never-ready"}
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	starter := r.Releasing(repo, "v1.0.0-rc.1", "--cancel-on-interrupt")
	r.AwaitState(stack.Name, "cart", rollout.StateWatching)
	starter.Signal(syscall.SIGTERM)
	starter.WantExit(exitRolledBack)
	r.WantImages("local-1", stack.Name, "", 0)
}

func TestWithoutAServerTheStarterSaysWhere(t *testing.T) {
	t.Parallel()
	repo := rig.NewRepo(t)
	repo.Write(rig.Stack{
		Name: "shop", Registry: "localhost:1/shop",
		Environments: map[string]rig.Environment{"staging": {Channel: "rc", Clusters: []string{"nowhere"}, Namespace: "shop", Deadline: "1m"}},
		Services:     []rig.Service{{Name: "cart"}},
	}.Files())
	repo.Tag("v1.0.0-rc.1")
	env := append(os.Environ(), "TEMPORAL_ADDRESS=127.0.0.1:1")
	code, stdout, stderr := rig.Run(t.Context(), t, env, platformtest.Bin(t)+"/starter", "release", "--repo", repo.Dir, "--tag", "v1.0.0-rc.1")
	if code != exitNoConnection {
		t.Fatalf("exit code %d, want %d\n%s%s", code, exitNoConnection, stderr, stdout)
	}
	wantText(t, stdout+stderr, "127.0.0.1:1")
}

func TestTheResultIsOneJSONDocument(t *testing.T) {
	t.Parallel()
	r, repo, _ := setup(t)
	r.Worker()
	repo.Tag("v1.0.0-rc.1")
	code, stdout, stderr := r.Starter("release", "--repo", repo.Dir, "--tag", "v1.0.0-rc.1", "--output", "json")
	var document map[string]any
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitReleased || document["outcome"] != "released" {
		t.Fatalf("exit code %d, %v\n%s\n%s", code, err, stdout, stderr)
	}
}

func TestAWorkerAnswersHealthChecksAndStopsInGrace(t *testing.T) {
	t.Parallel()
	r, _, _ := setup(t)
	worker := r.Worker()
	address := regexp.MustCompile(`health checks" address=(\S+)`)
	r.Eventually("the worker tells where it answers", func() bool { return address.MatchString(worker.Log()) })
	base := "http://" + address.FindStringSubmatch(worker.Log())[1]
	get := func(path string) int {
		response, err := http.Get(base + path)
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	r.Eventually("the worker is ready", func() bool { return get("/readyz") == http.StatusOK })
	if got := get("/healthz"); got != http.StatusOK {
		t.Errorf("/healthz: %d", got)
	}
	worker.Signal(syscall.SIGTERM)
	if code := worker.Wait(); code != 0 {
		t.Errorf("a stopped worker ended with %d:\n%s", code, worker.Log())
	}
}

func TestANamespaceWithoutSearchAttributesIsRefused(t *testing.T) {
	t.Parallel()
	platform := platformtest.Load(t)
	env := append(os.Environ(), "TEMPORAL_ADDRESS="+platform.Temporal.Address, "TEMPORAL_NAMESPACE=temporal-system", "KUBECONFIG="+platform.Kubeconfig)
	code, _, stderr := rig.Run(t.Context(), t, env, platformtest.Bin(t)+"/worker", "--cache", t.TempDir())
	if code != exitFailed || !strings.Contains(stderr, "temporal operator search-attribute create --namespace temporal-system") {
		t.Fatalf("exit code %d, want %d and the command that adds them\n%s", code, exitFailed, stderr)
	}
}
