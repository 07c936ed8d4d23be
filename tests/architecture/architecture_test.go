// Package architecture holds the arrows between the rooms, and the names that
// histories carry.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/slipway-dev/slipway/"

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

// rule says what the packages below a room must not reach, directly or through others.
type rule struct {
	room    string
	reason  string
	refused []string
}

var technologies = []string{
	"k8s.io/client-go", "github.com/docker/docker", "github.com/aws/aws-sdk-go-v2",
	module + "activities/source/git", module + "activities/image/golang", module + "activities/bundle/oci",
	module + "activities/workload/kubernetes", module + "activities/notify/pagerduty",
}

var rules = []rule{
	{
		room: "workflows", reason: "workflows decide and wait; only workers wires technologies",
		refused: append([]string{module + "workers", module + "starter", module + "cmd", "go.temporal.io/server"}, technologies...),
	},
	{
		room: "starter", reason: "the starter only talks to Temporal",
		refused: append([]string{module + "workers", module + "cmd", "go.temporal.io/server"}, technologies...),
	},
	{
		room: "activities", reason: "activities know nothing of who calls them",
		refused: []string{module + "workflows", module + "workers", module + "starter", module + "cmd", "go.temporal.io/server"},
	},
	{
		room: "stack", reason: "the stack is pure",
		refused: append([]string{module + "activities", module + "workflows", module + "workers", "go.temporal.io"}, technologies...),
	},
	{
		room: "workflows/image", reason: "an image knows nothing of releases and environments",
		refused: []string{module + "workflows/release", module + "workflows/environment", module + "workflows/rollout", module + "workflows/configsync"},
	},
	{
		room: "workflows/rollout", reason: "a rollout is called by its environment and calls no workflow",
		refused: []string{module + "workflows/release", module + "workflows/environment", module + "workflows/image", module + "workflows/configsync"},
	},
	{
		room: "workflows/plan", reason: "a plan is told what runs and calls no workflow",
		refused: []string{
			module + "workflows/release", module + "workflows/environment", module + "workflows/image", module + "workflows/configsync",
			module + "workflows/rollout",
		},
	},
	{
		room: "workflows/environment", reason: "an environment is asked by releases and calls rollouts and plans only",
		refused: []string{module + "workflows/release", module + "workflows/image", module + "workflows/configsync"},
	},
	{
		room: "workflows/configsync", reason: "a config sync asks environments and calls itself only",
		refused: []string{module + "workflows/release", module + "workflows/image"},
	},
	{
		room: "cmd", reason: "the Temporal server and Kubernetes itself live in the modules under deploy/local",
		refused: []string{"go.temporal.io/server", "k8s.io/kubernetes", "go.etcd.io/etcd/server"},
	},
}

func TestArrowsRunOneWay(t *testing.T) {
	t.Parallel()
	packages := load(t)
	for _, r := range rules {
		t.Run(r.room, func(t *testing.T) {
			t.Parallel()
			found := false
			for path := range packages {
				if path == module+r.room || strings.HasPrefix(path, module+r.room+"/") {
					found = true
					for _, refused := range r.refused {
						if chain := chain(packages, path, refused); chain != nil {
							t.Errorf("%s:\n  %s", r.reason, strings.Join(chain, "\n  → "))
						}
					}
				}
			}
			if !found {
				t.Fatalf("no package below %s: the rule guards nothing", r.room)
			}
		})
	}
}

// TestOnlyEnvironmentImportsRollout holds the arrows that a chain can't show:
// others reach rollout through environment, but must not name it.
func TestOnlyEnvironmentImportsRollout(t *testing.T) {
	t.Parallel()
	packages := load(t)
	for _, room := range []string{"workflows/release", "workflows/configsync"} {
		if slices.Contains(packages[module+room].Imports, module+"workflows/rollout") {
			t.Errorf("%s imports workflows/rollout; it may speak to environment only", room)
		}
	}
}

// load lists the packages that the binaries are made of, with all they import.
func load(t *testing.T) map[string]pkg {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Standard,Module",
		module+"cmd/...", module+"starter/...", module+"workers/...", module+"workflows/...", module+"activities/...", module+"stack/...")
	output, err := command.Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	packages := map[string]pkg{}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("decoding go list: %v", err)
		}
		if !p.Standard {
			packages[p.ImportPath] = p
		}
	}
}

// chain finds the shortest way from a package to one at or below another.
func chain(packages map[string]pkg, from, to string) []string {
	came := map[string]string{from: ""}
	queue := []string{from}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if path != from && (path == to || strings.HasPrefix(path, to+"/")) {
			var way []string
			for ; path != ""; path = came[path] {
				way = append(way, path)
			}
			slices.Reverse(way)
			return way
		}
		for _, next := range packages[path].Imports {
			if _, seen := came[next]; !seen && packages[next].ImportPath != "" {
				came[next] = path
				queue = append(queue, next)
			}
		}
	}
	return nil
}
