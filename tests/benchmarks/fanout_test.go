package benchmarks

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/release"
)

// fanOutClusters is how many clusters BenchmarkConfigFanOut moves together.
const fanOutClusters = 5

// BenchmarkConfigFanOut rolls out one stack of a thousand services to five
// clusters, then changes a value that all of them include: a plan, a config-only
// release, a look for drift. SLIPWAY_FANOUT sets another number of services. With
// kubectl in PATH or KUBECTL, `kubectl apply --server-side` of the same objects,
// new and changed, is measured beside it.
//
// The Deployments ask for no pods: what is measured is Slipway and the API
// servers, not the simulation.
func BenchmarkConfigFanOut(b *testing.B) {
	f := newFanOut(b)
	worker := f.rig.Worker()
	f.phase("release", worker, func() { f.release("v1.0.0-rc.1") })

	f.repo.Replace("config/shared.conf", "timeout = 30 s", "timeout = 20 s")
	f.repo.Commit("wait less")
	f.phase("plan", worker, func() { f.sync("plan") })
	f.phase("apply", worker, func() { f.sync("apply") })
	f.phase("drift", worker, func() { f.sync("drift") })
	f.besideKubectl()
}

// fanOut is the set-up of BenchmarkConfigFanOut.
type fanOut struct {
	*testing.B
	rig       *rig.Rig
	repo      *rig.Repo
	namespace string
	clusters  []string
	services  int
}

func newFanOut(b *testing.B) *fanOut {
	b.Helper()
	f := &fanOut{B: b, services: 1000}
	if text := os.Getenv("SLIPWAY_FANOUT"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatalf("SLIPWAY_FANOUT: %v", err)
		}
		f.services = n
	}
	platform := platformtest.Start(b, fanOutClusters)
	for _, cluster := range platform.Clusters {
		f.clusters = append(f.clusters, cluster.Context)
	}
	f.rig = rig.New(b, platform)
	f.namespace = platform.Namespace(b, f.clusters...)
	f.repo = rig.NewRepo(b)
	f.repo.Write(f.files(platform.Registry + "/" + f.namespace))
	return f
}

// files is a stack in which every service inherits from two files and every
// tenth has a layer for one cluster.
func (f *fanOut) files(registry string) map[string]string {
	var file strings.Builder
	fmt.Fprintf(&file, "stack: %s\nregistries:\n  - push: %s\nenvironments:\n  staging: {channel: rc, clusters: [%s], namespace: %s, deadline: 1h}\nservices:\n",
		f.namespace, registry, strings.Join(f.clusters, ", "), f.namespace)
	files := map[string]string{"config/shared.conf": "http { timeout = 30 s, retries = 3 }\nlog { level = info, format = json }\n"}
	for n := range f.services {
		name := fmt.Sprintf("service-%04d", n)
		fmt.Fprintf(&file, "  %s: {manifests: k8s/%s.yaml}\n", name, name)
		files["k8s/"+name+".yaml"] = fmt.Sprintf(fanOutManifest, name)
		files["config/"+name+".conf"] = fmt.Sprintf("include \"shared.conf\"\nname = %s\nport = %d\ndb { host = ${name}.db, pool = 5 }\n", name, 8000+n)
		files["config/staging/"+name+".conf"] = fmt.Sprintf("include \"../%s.conf\"\ndb.pool = 20\n", name)
		if n%10 == 0 {
			files["config/staging/"+f.clusters[1]+"/"+name+".conf"] = fmt.Sprintf("include \"../%s.conf\"\ndb.pool = 40\n", name)
		}
	}
	files["slipway.yaml"] = file.String()
	return files
}

const fanOutManifest = `apiVersion: v1
kind: Service
metadata: {name: %[1]s}
spec:
  selector: {app: %[1]s}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: 0
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      containers:
        - name: main
          image: registry.example/main:1
          volumeMounts: [{name: config, mountPath: /etc/config}]
      volumes: [{name: config, configMap: {name: %[1]s-config}}]
`

// phase reports what one step took: seconds, requests of Slipway to all API
// servers, and the memory of the worker at its end.
func (f *fanOut) phase(name string, worker *rig.Process, do func()) {
	f.Helper()
	before, began := f.requests(), time.Now()
	do()
	f.ReportMetric(time.Since(began).Seconds(), name+"-s")
	f.ReportMetric(float64(f.requests()-before), name+"-requests")
	f.ReportMetric(worker.Memory(f.B), name+"-worker-MB")
}

func (f *fanOut) requests() int {
	total := 0
	for _, cluster := range f.clusters {
		for _, count := range f.rig.Counts(f.B, cluster, f.namespace).Requests {
			if strings.HasPrefix(count.UserAgent, "slipway/") {
				total += count.Count
			}
		}
	}
	return total
}

func (f *fanOut) release(tag string) {
	f.Helper()
	f.repo.Tag(tag)
	if code, _, stderr := f.rig.Starter("release", "--repo", f.repo.Dir, "--tag", tag, "--no-wait"); code != exitReleased {
		f.Fatalf("starter release: exit code %d\n%s", code, stderr)
	}
	var result release.Result
	f.result(release.ID(f.namespace, strings.TrimPrefix(tag, "v")), &result)
	if len(result.Environments) != 1 || result.Environments[0].Result.Verdict != "released" {
		f.Fatalf("the release ended otherwise: %+v", result.Environments)
	}
}

// sync runs a ConfigSync and checks that it found and did what it should.
func (f *fanOut) sync(mode string) {
	f.Helper()
	command := map[string][]string{
		"plan": {"sync", "--ref", "main"}, "apply": {"sync", "--ref", "main", "--apply"}, "drift": {"drift"},
	}[mode]
	code, _, stderr := f.rig.Starter(append(command, "--repo", f.repo.Dir, "--env", "staging", "--no-wait")...)
	if code != exitReleased {
		f.Fatalf("starter %s: exit code %d\n%s", mode, code, stderr)
	}
	var result configsync.Result
	f.result(configsync.ID(f.namespace, "staging"), &result)
	got := result.Environments[0]
	switch {
	case mode == "plan" && (got.Plan == nil || got.Plan.Services != f.services*fanOutClusters):
		f.Fatalf("the plan is %+v, want a change of every service in every cluster", got.Plan)
	case mode == "apply" && (got.Outcome == nil || got.Outcome.Result.Verdict != "released"):
		f.Fatalf("applying ended otherwise: %s %+v", got.Message, got.Outcome)
	case mode == "drift" && (got.Drift == nil || len(got.Drift.Differences) > 0):
		f.Fatalf("drift right after the release: %+v", got.Drift)
	}
}

func (f *fanOut) result(id string, out any) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Hour)
	defer cancel()
	if err := f.rig.Client.GetWorkflow(ctx, id, "").Get(ctx, out); err != nil {
		f.Fatalf("%s: %v", id, err)
	}
}

// besideKubectl applies the same objects with kubectl to another namespace of
// each cluster, side by side, first as new ones and then with the changed config.
func (f *fanOut) besideKubectl() {
	f.Helper()
	kubectl := os.Getenv("KUBECTL")
	if kubectl == "" {
		kubectl, _ = exec.LookPath("kubectl")
	}
	if kubectl == "" {
		f.Log("kubectl is not in PATH: nothing to compare with")
		return
	}
	other := f.rig.Platform.Namespace(f.B, f.clusters...)
	f.repo.Replace("slipway.yaml", "namespace: "+f.namespace, "namespace: "+other)
	for _, phase := range []struct{ name, timeout string }{{"kubectl-create", "30 s"}, {"kubectl-change", "20 s"}} {
		f.repo.Write(map[string]string{"config/shared.conf": "http { timeout = " + phase.timeout + ", retries = 3 }\nlog { level = info, format = json }\n"})
		files := f.render()
		began := time.Now()
		var applying sync.WaitGroup
		for _, cluster := range f.clusters {
			applying.Go(func() {
				command := exec.CommandContext(f.Context(), kubectl, "--kubeconfig", f.rig.Kubeconfig, "--context", cluster,
					"apply", "--server-side", "--filename", files[cluster])
				if output, err := command.CombinedOutput(); err != nil {
					f.Errorf("kubectl on %s: %v\n%.2000s", cluster, err, output)
				}
			})
		}
		applying.Wait()
		f.ReportMetric(time.Since(began).Seconds(), phase.name+"-s")
	}
}

// render writes the objects of each cluster into a file.
func (f *fanOut) render() map[string]string {
	f.Helper()
	loaded, err := stack.Load(f.repo.Dir)
	if err != nil {
		f.Fatal(err)
	}
	rendered, err := stack.Render(f.repo.Dir, loaded, loaded.Environments[0], nil)
	if err != nil {
		f.Fatal(err)
	}
	files := map[string]string{}
	for _, cluster := range f.clusters {
		var items []stack.Object
		for _, service := range rendered.In(cluster) {
			items = append(items, service.Objects...)
		}
		text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
		if err != nil {
			f.Fatal(err)
		}
		files[cluster] = filepath.Join(f.TempDir(), cluster+".json")
		if err := os.WriteFile(files[cluster], text, 0o600); err != nil {
			f.Fatal(err)
		}
	}
	return files
}
