package integration

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/configsync"
)

// configured writes a stack whose cart and catalog mount config, with what
// slipway.yaml says of staging besides.
func configured(repo *rig.Repo, s *rig.Stack, staging string) {
	files := s.Files()
	for _, service := range []string{"cart", "catalog"} {
		files[service+"/k8s.yaml"] += "          volumeMounts: [{name: config, mountPath: /config}]\n" +
			"      volumes: [{name: config, configMap: {name: " + service + "-config}}]\n"
		files["config/"+service+".conf"] = "include required(\"base.conf\")\npool.size = 10\n"
	}
	files["config/base.conf"] = "log.level = info\n"
	files["slipway.yaml"] += staging
	repo.Write(files)
}

// configuredRelease gives such a stack with its first release running, and a worker.
func configuredRelease(t *testing.T, staging string) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	r, repo, s := setup(t)
	r.Worker()
	configured(repo, s, staging)
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	return r, repo, s
}

// runSync runs sync or drift on staging and checks how it ends.
func runSync(t *testing.T, r *rig.Rig, repo *rig.Repo, want int, command string, flags ...string) (report configsync.Environment, text string) {
	t.Helper()
	arguments := append([]string{command, "--repo", repo.Dir, "--env", "staging", "--by", "ann", "--output", "json"}, flags...)
	code, stdout, stderr := r.Starter(arguments...)
	var document struct{ Environments []configsync.Environment }
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != want {
		t.Fatalf("starter %s: exit code %d, want %d; %v\n%s\n%s", strings.Join(arguments, " "), code, want, err, stderr, stdout)
	}
	if len(document.Environments) > 0 {
		report = document.Environments[0]
	}
	return report, stdout + stderr
}

// configName gives the name of the ConfigMap that a service has at the work tree.
func configName(t *testing.T, repo *rig.Repo, service string) string {
	t.Helper()
	loaded, err := stack.Load(repo.Dir)
	if err != nil {
		t.Fatal(err)
	}
	staging, _ := loaded.Environment("staging")
	configs, err := stack.RenderConfigs(repo.Dir, loaded, staging)
	if err != nil {
		t.Fatal(err)
	}
	rendered, has := configs.Of("local-1", service)
	if !has {
		t.Fatalf("%s has no config", service)
	}
	return rendered.Name()
}

// mounted gives the name of the ConfigMap that a service's pods mount.
func mounted(t *testing.T, r *rig.Rig, namespace, service string) string {
	t.Helper()
	deployment, err := r.Platform.Client(t, "local-1").AppsV1().Deployments(namespace).Get(t.Context(), service, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return deployment.Spec.Template.Spec.Volumes[0].ConfigMap.Name
}

// configData gives what a ConfigMap holds; empty when there is none.
func configData(t *testing.T, r *rig.Rig, namespace, name string) string {
	t.Helper()
	list, err := r.Platform.Client(t, "local-1").CoreV1().ConfigMaps(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range list.Items {
		if found.Name == name {
			return found.Data["application.conf"]
		}
	}
	return ""
}

func TestAConfigChangeMovesItsServiceAloneAndARollbackBringsTheOldConfigBack(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	old, catalog := configName(t, repo, "cart"), mounted(t, r, s.Name, "catalog")
	if got := mounted(t, r, s.Name, "cart"); got != old {
		t.Fatalf("cart mounts %s, want %s", got, old)
	}
	repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
	commit := repo.Commit("a larger pool")
	now := configName(t, repo, "cart")
	before := len(rig.Effects(t, r.Platform, "local-1", s.Name))

	plan, text := runSync(t, r, repo, exitReleased, "sync")
	if plan.Verdict != configsync.Planned || plan.Plan.Services != 1 || len(plan.Plan.Changes) != 1 {
		t.Errorf("plan = %+v, want one change of one service", plan)
	}
	wantText(t, text, "pool.size", `"old": "10"`, `"new": "20"`, "config/cart.conf:2", "local-1")
	if after := len(rig.Effects(t, r.Platform, "local-1", s.Name)); after != before {
		t.Errorf("a plan wrote %d objects", after-before)
	}

	applied, _ := runSync(t, r, repo, exitReleased, "sync", "--apply")
	if want := "1.0.0-rc.1+config." + commit[:12]; applied.Version != want || applied.Outcome == nil {
		t.Errorf("applied = %+v, want %s with its outcome", applied, want)
	}
	if got := mounted(t, r, s.Name, "cart"); got != now {
		t.Errorf("cart mounts %s, want %s", got, now)
	}
	for _, effect := range rig.Effects(t, r.Platform, "local-1", s.Name)[before:] {
		if strings.Contains(effect, "catalog") || strings.Contains(effect, "store") {
			t.Errorf("only cart has other config, but: %s", effect)
		}
	}
	wantImages(r, s, "1")
	if again, _ := runSync(t, r, repo, exitReleased, "sync", "--apply"); again.Verdict != configsync.Unchanged {
		t.Errorf("applied again: %+v, want unchanged", again)
	}

	code, stdout, stderr := r.Starter("rollback", "--stack", s.Name, "--env", "staging", "--from", applied.Version, "--reason", "too large", "--by", "ann")
	if code != exitReleased {
		t.Fatalf("rollback: exit code %d\n%s%s", code, stdout, stderr)
	}
	if got := mounted(t, r, s.Name, "cart"); got != old {
		t.Errorf("after the rollback cart mounts %s, want %s", got, old)
	}
	wantText(t, configData(t, r, s.Name, old), "10")
	if got := mounted(t, r, s.Name, "catalog"); got != catalog {
		t.Errorf("catalog mounts %s, want %s all the time", got, catalog)
	}
}

func TestACommitThatChangesMoreThanConfigTakesARelease(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
	repo.Replace("cart/k8s.yaml", "replicas: 2", "replicas: 3")
	repo.Commit("more than config")
	plan, _ := runSync(t, r, repo, exitReleased, "sync")
	wantText(t, plan.Message, "cart/k8s.yaml", "takes a release")
	_, text := runSync(t, r, repo, exitBadInput, "sync", "--apply")
	wantText(t, text, "cart/k8s.yaml")
	r.WantCurrent(s.Name, "1.0.0-rc.1")
}

func TestConfigThatIsWrongIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	repo.Replace("config/base.conf", "info", "{")
	repo.Commit("half a brace")
	_, text := runSync(t, r, repo, exitBadInput, "sync", "--apply")
	wantText(t, text, "config/base.conf:")
	r.WantCurrent(s.Name, "1.0.0-rc.1")
}

func TestANameThatSomebodyElseHasTakenIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
	repo.Commit("a larger pool")
	taken := configName(t, repo, "cart")
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: taken}, Data: map[string]string{"application.conf": "mine"}}
	if _, err := r.Platform.Client(t, "local-1").CoreV1().ConfigMaps(s.Name).Create(t.Context(), foreign, metav1.CreateOptions{FieldManager: "bob"}); err != nil {
		t.Fatal(err)
	}
	_, text := runSync(t, r, repo, exitNotStarted, "sync", "--apply")
	wantText(t, text, taken, "bob")
	if got := configData(t, r, s.Name, taken); got != "mine" {
		t.Errorf("the ConfigMap of somebody else holds %q", got)
	}
	r.WantCurrent(s.Name, "1.0.0-rc.1")
}

func TestOneRefusedObjectAmongManyTakesAllBack(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	old := map[string]string{"cart": mounted(t, r, s.Name, "cart"), "catalog": mounted(t, r, s.Name, "catalog")}
	repo.Replace("config/base.conf", "info", "debug")
	repo.Commit("talk more")
	refused, written := configName(t, repo, "catalog"), configName(t, repo, "cart")
	r.Fault(t, "clusters/local-1", "fail", platformtest.Rule{
		Verbs: []string{"write"}, UserAgent: "^slipway/", Status: http.StatusForbidden, Times: -1,
		Path: "/namespaces/" + s.Name + "/configmaps/" + refused + `(\?|$)`,
	})
	found, text := runSync(t, r, repo, exitRolledBack, "sync", "--apply")
	wantText(t, text, refused)
	if found.Plan.Services != 2 {
		t.Errorf("plan = %+v, want a change of both services", found.Plan)
	}
	for service, want := range old {
		if got := mounted(t, r, s.Name, service); got != want {
			t.Errorf("%s mounts %s, want %s", service, got, want)
		}
	}
	if got := configData(t, r, s.Name, written); got != "" {
		t.Errorf("%s was left behind with %q", written, got)
	}
	r.WantCurrent(s.Name, "1.0.0-rc.1")
}

func TestTheExampleInputOfAConfigSyncRunsByHand(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	document, err := os.ReadFile("../../workflows/configsync/example_input.json")
	if err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("https://github.com/example/shop.git", repo.URL(), `"shop"`, `"`+s.Name+`"`, `"production"`, `"staging"`)
	run, err := r.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "by-hand", TaskQueue: "slipway"},
		configsync.Name, json.RawMessage(here.Replace(string(document))))
	if err != nil {
		t.Fatal(err)
	}
	var result configsync.Result
	if err := run.Get(t.Context(), &result); err != nil || result.Verdict != configsync.Unchanged || result.Mode != configsync.Plan {
		t.Errorf("result = %+v, %v; want a plan without changes", result, err)
	}
}

func TestAllEnvironmentsOfAStackAreDone(t *testing.T) {
	t.Parallel()
	r, repo, _ := configuredRelease(t, "  production:\n    channel: stable\n    clusters: [local-1]\n    namespace: elsewhere\n")
	code, stdout, stderr := r.Starter("drift", "--repo", repo.Dir, "--output", "json")
	var document struct {
		Verdict      configsync.Verdict
		Environments []configsync.Environment
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitReleased || document.Verdict != configsync.InSync {
		t.Fatalf("exit code %d, %v\n%s\n%s", code, err, stderr, stdout)
	}
	verdicts := map[string]configsync.Verdict{}
	for _, e := range document.Environments {
		verdicts[e.Environment] = e.Verdict
	}
	if len(verdicts) != 2 || verdicts["staging"] != configsync.InSync || verdicts["production"] != configsync.Empty {
		t.Errorf("verdicts = %v, want staging in sync and nothing in production", verdicts)
	}
}

func TestASyncOfAllEnvironmentsShowsTheRolloutOfEach(t *testing.T) {
	t.Parallel()
	r, repo, s := setup(t, "local-1", "local-2")
	staging := s.Environments["staging"]
	staging.Clusters = []string{"local-1"}
	qa := staging
	qa.Clusters = []string{"local-2"}
	s.Environments = map[string]rig.Environment{"staging": staging, "qa": qa}
	for i := range s.Services {
		// Long enough for a look at the rollout while it is under way.
		s.Services[i].Annotations = map[string]string{"slipway.dev/simulate-ready-after": "3s"}
	}
	r.Worker()
	configured(repo, s, "")
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)

	repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
	repo.Commit("a larger pool")
	code, stdout, stderr := r.Starter("sync", "--repo", repo.Dir, "--apply")
	if code != exitReleased {
		t.Fatalf("exit code %d, want %d\n%s%s", code, exitReleased, stderr, stdout)
	}
	wantText(t, stderr, "staging: wave 2 of 2: cart, catalog", "qa: wave 2 of 2: cart, catalog", "staging: released", "qa: released")
}
