package integration

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.temporal.io/sdk/client"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/configsync"
)

// remove deletes a ConfigMap by hand.
func remove(t *testing.T, r *rig.Rig, namespace, name string) {
	t.Helper()
	if err := r.Platform.Client(t, "local-1").CoreV1().ConfigMaps(namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// replace makes a ConfigMap anew with other content, which is how people edit
// one that is immutable.
func replace(t *testing.T, r *rig.Rig, namespace, name, content string) {
	t.Helper()
	maps := r.Platform.Client(t, "local-1").CoreV1().ConfigMaps(namespace)
	live, err := maps.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	remove(t, r, namespace, name)
	edited := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: live.Labels}, Data: map[string]string{"application.conf": content},
	}
	if _, err := maps.Create(t.Context(), edited, metav1.CreateOptions{FieldManager: "bob"}); err != nil {
		t.Fatal(err)
	}
}

func TestDriftIsReportedAndLeftAloneByDefault(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "")
	if found, _ := runSync(t, r, repo, exitReleased, "drift"); found.Verdict != configsync.InSync || found.Drift.Targets[0].Objects == 0 {
		t.Errorf("drift = %+v, want none", found)
	}
	cart := mounted(t, r, s.Name, "cart")
	remove(t, r, s.Name, cart)
	hotfix(t, r, s.Name)
	before := len(rig.Effects(t, r.Platform, "local-1", s.Name))
	found, text := runSync(t, r, repo, exitFailed, "drift")
	if found.Verdict != configsync.Drifted || found.Drift.Targets[0].Different != 2 || len(found.Drift.Reports) != 1 {
		t.Errorf("drift = %+v, want two objects and a report", found)
	}
	wantText(t, text, "ConfigMap/"+cart, "missing", "Deployment/cart", "hotfix", "ann")
	if after := len(rig.Effects(t, r.Platform, "local-1", s.Name)); after != before || configData(t, r, s.Name, cart) != "" {
		t.Errorf("a report wrote %d objects", after-before)
	}
}

func TestDriftOfConfigIsPutRightWhereTheEnvironmentSaysSo(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(*testing.T, *rig.Rig, string, string){
		"deleted by hand": remove,
		"edited by hand": func(t *testing.T, r *rig.Rig, namespace, name string) {
			replace(t, r, namespace, name, "pool.size = 99")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, repo, s := configuredRelease(t, "    drift: reconcile\n")
			old := mounted(t, r, s.Name, "cart")
			want := configData(t, r, s.Name, old)
			repo.Replace("config/cart.conf", "pool.size = 10", "pool.size = 20")
			repo.Commit("a larger pool")
			applied, _ := runSync(t, r, repo, exitReleased, "sync", "--apply")
			now := mounted(t, r, s.Name, "cart")
			content := configData(t, r, s.Name, now)

			harm(t, r, s.Name, now)
			found, text := runSync(t, r, repo, exitReleased, "drift")
			if found.Verdict != "released" || found.Outcome == nil || found.Drift.Targets[0].Different != 1 {
				t.Errorf("drift = %+v, want one object that was put right\n%s", found, text)
			}
			if got := configData(t, r, s.Name, now); got != content {
				t.Errorf("%s holds %q, want %q", now, got, content)
			}
			if found, _ := runSync(t, r, repo, exitReleased, "drift"); found.Verdict != configsync.InSync {
				t.Errorf("drift after it was put right = %+v", found)
			}

			// What a rollback needs may have met the same.
			harm(t, r, s.Name, old)
			code, stdout, stderr := r.Starter("rollback", "--stack", s.Name, "--env", "staging", "--from", applied.Version, "--reason", "back", "--by", "ann")
			if code != exitReleased || mounted(t, r, s.Name, "cart") != old || configData(t, r, s.Name, old) != want {
				t.Errorf("rollback: exit code %d, cart mounts %s with %q\n%s%s", code, mounted(t, r, s.Name, "cart"), configData(t, r, s.Name, old), stdout, stderr)
			}
		})
	}
}

func TestDriftThatAnotherManagerOwnsIsNotTakenByForce(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "    drift: reconcile\n")
	hotfix(t, r, s.Name)
	found, text := runSync(t, r, repo, exitNotStarted, "drift")
	if found.Outcome == nil || found.Outcome.Result.Why != "refused" {
		t.Errorf("drift = %+v, want a reconcile that was refused", found)
	}
	wantText(t, text, "ann", "cart")
	if got := r.Images("local-1", s.Name)["Deployment/cart"]; got != "hotfix" {
		t.Errorf("cart runs %s: the fix that somebody made was taken away", got)
	}
}

func TestAScheduleLooksForDrift(t *testing.T) {
	t.Parallel()
	r, repo, s := configuredRelease(t, "    drift: reconcile\n")
	file := filepath.Join(t.TempDir(), "schedules.yaml")
	text := "id: drift\nevery: 24h\ninput: {stack: " + s.Name + ", repository: \"" + repo.URL() + "\", environment: staging, mode: drift}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"created drift", "updated drift"} {
		if code, stdout, stderr := r.Starter("schedule", "apply", "-f", file); code != exitDone {
			t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
		} else {
			wantText(t, stdout, want)
		}
	}
	cart := mounted(t, r, s.Name, "cart")
	content := configData(t, r, s.Name, cart)
	remove(t, r, s.Name, cart)
	if err := r.Client.ScheduleClient().GetHandle(t.Context(), "drift").Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
	r.Eventually("the schedule has put the ConfigMap back", func() bool { return configData(t, r, s.Name, cart) == content })

	r.Eventually("the list shows the schedule", func() bool {
		code, stdout, _ := r.Starter("schedule", "list")
		return code == exitDone && stdout != ""
	})
	if code, stdout, stderr := r.Starter("schedule", "delete", "drift"); code != exitDone {
		t.Errorf("delete: exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, _, _ := r.Starter("schedule", "delete", "drift"); code != exitBadInput {
		t.Errorf("deleting it again: exit code %d, want %d", code, exitBadInput)
	}
}

func TestAClusterThatNobodyServesKeepsNoOtherFromBeingCompared(t *testing.T) {
	t.Parallel()
	r, repo, s := setup(t, "local-1", "local-2")
	configured(repo, s, "    drift: reconcile\n")
	r.Worker("--clusters", "local-1")
	second := r.Worker("--clusters", "local-2", "--workflows=false", "--builds", "0")
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	second.Signal(syscall.SIGTERM)
	second.WantExit(0)

	found, _ := runSync(t, r, repo, exitFailed, "drift")
	if found.Verdict != configsync.Incomplete || found.Drift.Targets[0].Objects == 0 || len(found.Drift.Reports) != 0 {
		t.Errorf("drift = %+v, want local-1 compared and no word of what local-2 is", found)
	}

	cart := mounted(t, r, s.Name, "cart")
	remove(t, r, s.Name, cart)
	code, stdout, _ := r.Starter("drift", "--repo", repo.Dir, "--env", "staging")
	if code != exitFailed || configData(t, r, s.Name, cart) != "" {
		t.Errorf("exit code %d, want %d and nothing put right", code, exitFailed)
	}
	wantText(t, stdout, "drifted", "ConfigMap/"+cart, "local-2: not compared: no worker serves the task queue", "nothing is put right until all targets can be compared", "report "+r.Registry)

	r.Worker("--clusters", "local-2", "--workflows=false", "--builds", "0")
	if found, _ := runSync(t, r, repo, exitReleased, "drift"); found.Verdict != "released" || configData(t, r, s.Name, cart) == "" {
		t.Errorf("drift = %+v, want it put right", found)
	}
}
