// Package platformtest gives tests the local platform: real API servers, a
// registry and a Temporal server, each behind a front that counts and can fail.
//
// Tests share the platform that `make test` starts, each with a namespace of
// its own; a test that breaks something which others use starts its own.
package platformtest

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Platform is a running local platform, as its platform.json describes it.
type Platform struct {
	Temporal struct {
		Address string `json:"address"`
		UI      string `json:"ui"`
	} `json:"temporal"`
	Registry   string    `json:"registry"`
	Kubeconfig string    `json:"kubeconfig"`
	Clusters   []Cluster `json:"clusters"`
	Control    string    `json:"control"`
	// PIDs are the platform's processes, by what they are.
	PIDs map[string]int `json:"pids"`
}

// Cluster is one of the platform's clusters.
type Cluster struct {
	Name    string `json:"name"`
	Context string `json:"context"`
	Server  string `json:"server"`
	Direct  string `json:"direct"`
}

// Load gives the shared platform. Without one the test is skipped, or fails
// where SLIPWAY_REQUIRE names the platform.
func Load(t testing.TB) *Platform {
	t.Helper()
	path := os.Getenv("SLIPWAY_PLATFORM")
	if path == "" {
		missing(t, "needs the local platform: run make test")
	}
	return read(t, path)
}

// Bin gives the directory of the binaries under test.
func Bin(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SLIPWAY_BIN")
	if dir == "" {
		missing(t, "needs the built binaries: run make test")
	}
	return dir
}

// missing ends a test for want of the platform: SLIPWAY_REQUIRE lists parts,
// separated by commas, that tests must not do without.
func missing(t testing.TB, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("SLIPWAY_REQUIRE"), ","), "platform") {
		t.Fatal(why)
	}
	t.Skip(why)
}

func read(t testing.TB, path string) *Platform {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var platform Platform
	if err := json.Unmarshal(content, &platform); err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	return &platform
}

// Config gives the way to a cluster through its counting proxy.
func (p *Platform) Config(t testing.TB, cluster string) *rest.Config {
	t.Helper()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: p.Kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: cluster},
	).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	config.UserAgent = "test"
	config.QPS, config.Burst = 200, 400
	return config
}

// Client gives a client of a cluster for the test's own eyes and hands.
func (p *Platform) Client(t testing.TB, cluster string) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(p.Config(t, cluster))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Namespace makes a namespace of the test's own, of the same name on all the
// clusters named, and deletes it with the test.
func (p *Platform) Namespace(t testing.TB, clusters ...string) string {
	t.Helper()
	name := unique(t)
	for _, cluster := range clusters {
		client := p.Client(t, cluster)
		object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := client.CoreV1().Namespaces().Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
			t.Fatalf("creating namespace %s on %s: %v", name, cluster, err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			// Best effort: the platform goes away with the run.
			_ = client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
		})
	}
	return name
}

// unique makes a name that is a DNS label and tells whose it is.
func unique(t testing.TB) string {
	name := strings.ToLower(t.Name())
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
	if len(name) > 40 {
		name = name[:40]
	}
	return strings.Trim(name, "-") + "-" + strconv.FormatInt(time.Now().UnixNano()%1e9, 36)
}
