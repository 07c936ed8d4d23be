package platform_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/deploy/local/cluster"
	"github.com/slipway-dev/slipway/deploy/local/clusterproxy"
	"github.com/slipway-dev/slipway/deploy/local/credentials"
	"github.com/slipway-dev/slipway/deploy/local/platform"
	"github.com/slipway-dev/slipway/deploy/local/process"
	"github.com/slipway-dev/slipway/deploy/local/process/processtest"
)

// running is a platform of the real components, in this process.
type running struct {
	dir   string
	state *platform.State
	set   *credentials.Set
	// stop ends the platform and returns what Run returned.
	stop func() error
}

// realBinaries is the directory of the components, where "make platform" builds
// them. Without them the test is skipped, or fails where SLIPWAY_REQUIRE names
// the platform.
func realBinaries(t *testing.T) string {
	t.Helper()
	directory, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"slipway-kubernetes", "slipway-kwok", "slipway-temporal"} {
		if _, err := os.Stat(filepath.Join(directory, name)); err != nil {
			if slices.Contains(strings.Split(os.Getenv("SLIPWAY_REQUIRE"), ","), "platform") {
				t.Fatalf("%v: run make platform", err)
			}
			t.Skipf("%v: run make platform", err)
		}
	}
	return directory
}

func startPlatform(t *testing.T, directory string) *running {
	t.Helper()
	options := platform.Options{Dir: directory, Bin: realBinaries(t), Clusters: 1, Nodes: 2}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- platform.Run(ctx, options, t.Output(), func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		t.Fatalf("starting the platform: %v", err)
	}
	up := &running{dir: directory}
	stopped := false
	up.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() { _ = up.stop() })
	var err error
	if up.state, err = platform.ReadState(directory); err != nil {
		t.Fatal(err)
	}
	if up.set, err = credentials.Ensure(filepath.Join(directory, "credentials")); err != nil {
		t.Fatal(err)
	}
	return up
}

// client speaks to the cluster's proxy as one user agent.
type client struct {
	t         *testing.T
	up        *running
	userAgent string
	http      *http.Client
}

func (r *running) client(t *testing.T) *client {
	t.Helper()
	pool, err := cluster.Authority(r.set)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, up: r, userAgent: "test", http: &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
	}}}
}

type object = map[string]any

func (c *client) do(method, path, contentType string, body, target any) int {
	c.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	url := c.up.state.Clusters[0].Server + path
	request, err := http.NewRequestWithContext(c.t.Context(), method, url, bytes.NewReader(encoded))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("User-Agent", c.userAgent)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", "Bearer "+c.up.set.Tokens[credentials.Admin])
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if target != nil {
		if err := json.Unmarshal(content, target); err != nil {
			c.t.Fatalf("%s %s: %s: %v", method, path, response.Status, err)
		}
	}
	if response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusNotFound {
		c.t.Fatalf("%s %s: %s: %s", method, path, response.Status, content)
	}
	return response.StatusCode
}

func (c *client) create(path string, body object) {
	c.t.Helper()
	c.do("POST", path, "application/json", body, nil)
}

func (c *client) apply(path string, body object) {
	c.t.Helper()
	c.do("PATCH", path+"?fieldManager=test", "application/apply-patch+yaml", body, nil)
}

func (c *client) delete(path string) {
	c.t.Helper()
	c.do("DELETE", path, "application/json", object{}, nil)
}

// namespace makes a namespace for a test.
func (c *client) namespace(name string) string {
	c.t.Helper()
	c.create("/api/v1/namespaces", object{"metadata": object{"name": name}})
	return name
}

func (c *client) counts(namespace string) clusterproxy.Counts {
	c.t.Helper()
	var counts clusterproxy.Counts
	c.control("GET", "/clusters/local-1/counts?namespace="+namespace, &counts)
	return counts
}

func (c *client) control(method, path string, target any) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.up.state.Control+path, http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("%s %s: %s %s (%v)", method, path, response.Status, content, err)
	}
	if target == nil {
		return
	}
	if err := json.Unmarshal(content, target); err != nil {
		c.t.Fatal(err)
	}
}

func TestPlatform(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	up := startPlatform(t, directory)
	t.Run("with", func(t *testing.T) {
		t.Run("its files", func(t *testing.T) { t.Parallel(); checkFiles(t, up) })
		t.Run("pods that do what they are asked to", func(t *testing.T) { t.Parallel(); checkPods(t, up) })
		t.Run("workloads of every kind", func(t *testing.T) { t.Parallel(); checkWorkloads(t, up) })
		t.Run("effects counted exactly", func(t *testing.T) { t.Parallel(); checkEffects(t, up) })
		t.Run("a namespace that goes away", func(t *testing.T) { t.Parallel(); checkNamespaceGoes(t, up) })
	})
	t.Run("survives its parts", func(t *testing.T) { checkRestarts(t, up) })

	admin := up.client(t)
	admin.create("/api/v1/namespaces/default/configmaps", object{"metadata": object{"name": "kept"}})
	identities := up.identities(t)
	if err := up.stop(); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	for _, identity := range identities {
		if identity.PID != os.Getpid() && identity.Running() {
			t.Errorf("after the stop this still runs: %s", identity.Command)
		}
	}
	wantNothingRunning(t, directory)

	again := startPlatform(t, directory)
	if status := again.client(t).do("GET", "/api/v1/namespaces/default/configmaps/kept", "application/json", nil, nil); status != http.StatusOK {
		t.Errorf("what was written before the restart is answered with %d", status)
	}
}

func (r *running) identities(t *testing.T) []process.Identity {
	t.Helper()
	identities := make([]process.Identity, 0, len(r.state.PIDs))
	state, err := platform.ReadState(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, pid := range state.PIDs {
		identity, err := process.Identify(pid)
		if err != nil {
			t.Fatalf("process %s: %v", name, err)
		}
		identities = append(identities, identity)
	}
	return identities
}

func checkFiles(t *testing.T, up *running) {
	environment, err := os.ReadFile(filepath.Join(up.dir, "env"))
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := os.ReadFile(up.state.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"export TEMPORAL_ADDRESS='" + up.state.Temporal.Address + "'",
		"export KUBECONFIG='" + up.state.Kubeconfig + "'",
		"export SLIPWAY_CONTROL='" + up.state.Control + "'",
	} {
		if !strings.Contains(string(environment), want) {
			t.Errorf("env lacks %s", want)
		}
	}
	for _, want := range []string{"current-context: local-1", "server: " + up.state.Clusters[0].Server} {
		if !strings.Contains(string(kubeconfig), want) {
			t.Errorf("kubeconfig lacks %q", want)
		}
	}
	for _, name := range []string{"etcd", "temporal", "local-1-apiserver", "local-1-kwok", "supervisor"} {
		if up.state.PIDs[name] == 0 {
			t.Errorf("no process ID of %s in %v", name, up.state.PIDs)
		}
	}
}

func checkRestarts(t *testing.T, up *running) {
	admin := up.client(t)
	for _, name := range []string{"/clusters/local-1/apiserver", "/temporal"} {
		admin.control("POST", name+"/kill", nil)
		admin.control("POST", name+"/start", nil)
	}
	admin.do("GET", "/version", "application/json", nil, nil)
	state, err := platform.ReadState(up.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"local-1-apiserver", "temporal"} {
		if state.PIDs[name] == up.state.PIDs[name] {
			t.Errorf("%s is still process %d", name, state.PIDs[name])
		}
	}
	// The controllers and the nodes work on.
	namespace := admin.namespace("after-restart")
	admin.apply("/apis/apps/v1/namespaces/"+namespace+"/deployments/cart", deployment("Deployment", 2))
	admin.waitReady(namespace, "deployments", 2)
}

func checkEffects(t *testing.T, up *running) {
	admin := up.client(t)
	namespace := admin.namespace("effects")
	path := "/apis/apps/v1/namespaces/" + namespace + "/deployments/cart"
	admin.apply(path, deployment("Deployment", 3))
	// The controllers write the status all the while, and nothing changes.
	for range 20 {
		admin.apply(path, deployment("Deployment", 3))
	}
	admin.do("PATCH", path+"?fieldManager=test&dryRun=All", "application/apply-patch+yaml", deployment("Deployment", 7), nil)
	admin.apply(path, deployment("Deployment", 1))
	admin.delete(path)
	want := []string{"apply", "apply", "delete"}
	var got []string
	counts := admin.counts(namespace)
	for _, effect := range counts.Effects {
		if effect.Resource == "deployments.apps" {
			got = append(got, effect.Verb)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("effects are %v, want %v", got, want)
	}
	for _, write := range counts.Writes {
		if write.Verb == "apply" && (write.Requests != 23 || write.DryRuns != 1 || write.Refused != 0) {
			t.Errorf("applies are counted as %+v", write)
		}
	}
}

func checkNamespaceGoes(t *testing.T, up *running) {
	admin := up.client(t)
	namespace := admin.namespace("going")
	admin.apply("/apis/apps/v1/namespaces/"+namespace+"/deployments/cart", deployment("Deployment", 2))
	admin.waitReady(namespace, "deployments", 2)
	admin.delete("/api/v1/namespaces/" + namespace)
	processtest.Await(t, "the end of the namespace", func() bool {
		return admin.do("GET", "/api/v1/namespaces/"+namespace, "application/json", nil, nil) == http.StatusNotFound
	})
}

func (c *client) waitReady(namespace, resource string, want int) {
	c.t.Helper()
	path := fmt.Sprintf("/apis/apps/v1/namespaces/%s/%s/cart", namespace, resource)
	processtest.Await(c.t, fmt.Sprintf("%d ready pods of %s", want, resource), func() bool {
		var found struct {
			Status struct{ ReadyReplicas, NumberReady int }
		}
		c.do("GET", path, "application/json", nil, &found)
		return found.Status.ReadyReplicas+found.Status.NumberReady == want
	})
}
