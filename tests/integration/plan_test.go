package integration

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	planflow "github.com/slipway-dev/slipway/workflows/plan"
)

// runPlan plans a version for staging and checks how that ends.
func runPlan(t *testing.T, r *rig.Rig, want int, arguments ...string) (text string) {
	t.Helper()
	code, stdout, stderr := r.Starter(append([]string{"plan", "--env", "staging", "--by", "ann"}, arguments...)...)
	if code != want {
		t.Fatalf("starter plan %s: exit code %d, want %d\n%s\n%s", strings.Join(arguments, " "), code, want, stderr, stdout)
	}
	return stdout + stderr
}

// effectsOn counts what was written to clusters.
func effectsOn(t *testing.T, r *rig.Rig, namespace string, clusters ...string) int {
	t.Helper()
	count := 0
	for _, cluster := range clusters {
		count += len(rig.Effects(t, r.Platform, cluster, namespace))
	}
	return count
}

func TestAPlanShowsWhatEachClusterWouldChange(t *testing.T) {
	t.Parallel()
	clusters := []string{"local-1", "local-2"}
	r, repo, s := setup(t, clusters...)
	r.Worker()
	configured(repo, s, "")
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	old := mounted(t, r, s.Name, "cart")

	// A release that is rolled back stays recorded.
	s.Revise("2")
	configured(repo, s, "")
	repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
	repo.Replace("catalog/k8s.yaml", "replicas: 2", "replicas: 3")
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	next := mounted(t, r, s.Name, "cart")
	if code, stdout, stderr := r.Starter("rollback", "--stack", s.Name, "--env", "staging", "--from", "1.1.0-rc.1", "--reason", "back", "--by", "ann"); code != exitReleased {
		t.Fatalf("rollback: exit code %d\n%s%s", code, stdout, stderr)
	}
	for _, cluster := range clusters {
		if err := r.Platform.Client(t, cluster).CoreV1().ConfigMaps(s.Name).Delete(t.Context(), next, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	before := effectsOn(t, r, s.Name, clusters...)

	text := runPlan(t, r, exitReleased, "v1.1.0-rc.1", "--repo", repo.Dir)
	wantText(t, text, "changes: "+s.Name+" 1.1.0-rc.1 for staging, which runs 1.0.0-rc.1",
		"local-1, local-2: the same: 1 to create, 3 to update",
		"create   ConfigMap/"+next+"  in place of ConfigMap/"+old, "pool.size: 10 -> 20",
		"update   Deployment/catalog", ".spec.replicas: 2 -> 3",
		"image of main: "+rig.Image("1")+" -> "+rig.Image("2"), ".bundle@sha256:")
	if strings.Contains(text, "Service/cart") {
		t.Errorf("what stays as it is was told:\n%s", text)
	}

	// Somebody deletes a Service on one of the clusters.
	if err := r.Platform.Client(t, "local-2").CoreV1().Services(s.Name).Delete(t.Context(), "cart", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	text = runPlan(t, r, exitReleased, "1.1.0-rc.1", "--stack", s.Name)
	wantText(t, text, "local-1: 1 to create, 3 to update", "local-2: 2 to create, 3 to update", "create   Service/cart")
	text = runPlan(t, r, exitReleased, "1.0.0-rc.1", "--repo", repo.Dir)
	wantText(t, text, "1 to create on 2 targets", "local-1: 8 unchanged", "local-2: 1 to create, 7 unchanged", "create   Service/cart")
	if after := effectsOn(t, r, s.Name, clusters...); after != before {
		t.Errorf("plans wrote %d objects", after-before)
	}

	var result planflow.Result
	code, stdout, _ := r.Starter("plan", "1.1.0-rc.1", "--env", "staging", "--repo", repo.Dir, "--output", "json")
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || code != exitReleased || result.Verdict != planflow.Changes ||
		len(result.Targets) != 2 || result.Targets[0].Plan.Updated != 3 || result.Targets[1].Plan.Created != 2 {
		t.Errorf("exit code %d, %v\n%s", code, err, stdout)
	}
}

func TestAPlanOfWhatCannotBePlannedSaysTheWayOut(t *testing.T) {
	t.Parallel()
	r, repo, s := released(t)
	wantText(t, runPlan(t, r, exitBadInput, "9.9.9-rc.1", "--repo", repo.Dir), "was never assembled", "starter release --tag")
	wantText(t, runPlan(t, r, exitBadInput, "next", "--repo", repo.Dir), "next")
	wantText(t, runPlan(t, r, exitBadInput, "1.0.0-rc.1", "--stack", "nowhere-"+s.Name), "--repo")
}

func TestAPlanNamesTheClusterThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	r, repo, s := released(t, "local-1", "local-2")
	r.Fault(t, "clusters/local-2", "fail", platformtest.Rule{
		UserAgent: "^slipway/", Status: http.StatusServiceUnavailable, Times: -1, Path: "/namespaces/" + s.Name,
	})
	text := runPlan(t, r, exitNoConnection, "1.0.0-rc.1", "--repo", repo.Dir)
	wantText(t, text, "nothing is known of local-2", "local-1: 6 unchanged", "local-2: unknown: ")
}

func TestAStrategyBeyondItsDisruptionBudgetIsRefusedBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	r, repo, s := released(t)
	for i := range s.Services {
		if s.Services[i].Name == "cart" {
			s.Services[i].Spec = "  strategy: {rollingUpdate: {maxUnavailable: 100%}}\n"
		}
	}
	next(repo, s, "2")
	budget := "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: cart}\nspec: {minAvailable: 1, selector: {matchLabels: {app: cart}}}\n"
	files := s.Files()
	repo.Write(map[string]string{"cart/k8s.yaml": files["cart/k8s.yaml"] + budget})
	repo.Tag("v1.1.0-rc.1")
	before := effectsOn(t, r, s.Name, "local-1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitNotStarted)
	says := []string{"DisruptionBudget", "may take 2 of 2 pods down at once and leave 0, but PodDisruptionBudget cart (minAvailable 1) wants 1 available", "maxUnavailable: 1"}
	wantText(t, stdout+stderr, says...)
	if after := effectsOn(t, r, s.Name, "local-1"); after != before {
		t.Errorf("a release that is refused wrote %d objects", after-before)
	}
	wantImages(r, s, "1")
	text := runPlan(t, r, exitNotStarted, "1.1.0-rc.1", "--repo", repo.Dir)
	wantText(t, text, append(says, "refused: "+s.Name, "update   Deployment/cart")...)

	repo.Write(map[string]string{"cart/k8s.yaml": strings.Replace(files["cart/k8s.yaml"]+budget, "maxUnavailable: 100%", "maxUnavailable: 1", 1)})
	repo.Tag("v1.2.0-rc.1")
	r.Release(repo, "v1.2.0-rc.1", exitReleased)
}
