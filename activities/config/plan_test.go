package config_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/bundle/oci"
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source/git"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

const stackFile = `stack: mall
registries:
  - push: %s/mall
services:
  cart:
    manifests: cart.yaml
    config:
      secrets:
        DB_PASSWORD: {secret: cart-db, key: password}
environments:
  staging: {channel: rc, clusters: [east, west]}
  production: {channel: stable, clusters: [east], namespace: mall-live}
`

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers: [{name: main, image: registry.example/cart:1}]
      volumes: [{name: config, configMap: {name: cart-config}}]
`

// mall is a stack with config in a Git repository, and a registry for it.
type mall struct {
	*config.Activities
	t        *testing.T
	bundles  *bundle.Activities
	store    *oci.Store
	upstream *sourcetest.Upstream
	in       config.PlanConfigInput
}

// newMall makes a mall whose first commit runs in staging as 1.0.0-rc.1.
func newMall(t *testing.T) *mall {
	t.Helper()
	dir := t.TempDir()
	space, err := scratch.Open(filepath.Join(dir, "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = space.Close() })
	repository, err := git.New(filepath.Join(dir, "mirrors"), space)
	if err != nil {
		t.Fatal(err)
	}
	server, upstream, store := registrytest.New(t), sourcetest.New(t), oci.New(registry.New("test"))
	upstream.Write(map[string]string{
		"slipway.yaml":             fmt.Sprintf(stackFile, server.Host),
		"cart.yaml":                manifest,
		"config/base.conf":         "log.level = info\n",
		"config/cart.conf":         "include required(\"base.conf\")\ndb { pool = 10\n user = cart\n password = ${?DB_PASSWORD}\n}\nold = 1\n",
		"config/staging/cart.conf": "include required(\"../cart.conf\")\n",
	})
	m := &mall{
		Activities: &config.Activities{Store: store, Repository: repository}, t: t,
		bundles: &bundle.Activities{Store: store, Repository: repository}, store: store, upstream: upstream,
		in: config.PlanConfigInput{Stack: "mall", Repository: upstream.Dir, Environment: "staging"},
	}
	m.in.Commit = upstream.Commit("CHANGES", "first")
	assembled, err := m.bundles.AssembleBundle(t.Context(), bundle.AssembleBundleInput{Source: upstream.Dir, Commit: m.in.Commit, Version: "1.0.0-rc.1"})
	if err != nil {
		t.Fatal(err)
	}
	m.in.Current = assembled.Bundle
	return m
}

// change commits files and gives the input that plans the commit.
func (m *mall) change(files map[string]string) config.PlanConfigInput {
	m.t.Helper()
	m.upstream.Write(files)
	in := m.in
	for name := range files {
		m.upstream.Git("add", name)
	}
	m.upstream.Git("commit", "--quiet", "--message", "change")
	in.Commit = m.upstream.Git("rev-parse", "HEAD")
	return in
}

func TestPlanConfig(t *testing.T) {
	t.Parallel()
	m := newMall(t)
	in := m.change(map[string]string{
		"config/base.conf":              "log.level = debug\n",
		"config/cart.conf":              "include required(\"base.conf\")\ndb { pool = 10\n user = cart\n password = ${?DB_PASSWORD}\n}\nnew = 2\n",
		"config/staging/west/cart.conf": "include required(\"../cart.conf\")\ndb.pool = 20\nsession.token = \"\"\n",
	})
	in.ConfigOnly = true
	plan, err := m.PlanConfig(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	both := []string{"east", "west"}
	want := []config.Change{
		{Service: "cart", Clusters: []string{"west"}, Path: "db.pool", Kind: "changed", Old: "10", New: "20", OldAt: "config/cart.conf:2", NewAt: "config/staging/west/cart.conf:2"},
		{Service: "cart", Clusters: both, Path: "log.level", Kind: "changed", Old: `"info"`, New: `"debug"`, OldAt: "config/base.conf:1", NewAt: "config/base.conf:1"},
		{Service: "cart", Clusters: both, Path: "new", Kind: "added", New: "2", NewAt: "config/cart.conf:6"},
		{Service: "cart", Clusters: both, Path: "old", Kind: "removed", Old: "1", OldAt: "config/cart.conf:6"},
		{Service: "cart", Clusters: []string{"west"}, Path: "session.token", Kind: "added", New: "(secret)", NewAt: "config/staging/west/cart.conf:3"},
	}
	if diff := cmp.Diff(want, plan.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	counts := config.Counts{Services: 2, Added: 3, Changed: 3, Removed: 2}
	if plan.Counts != counts || len(plan.Clusters) != 2 || plan.Version != "1.0.0-rc.1" || plan.OtherFiles != 0 {
		t.Errorf("plan = %+v, want counts %+v over both clusters", plan, counts)
	}
	if stored := m.report(plan.Report, config.PlanType); stored.Distinct != 5 || len(stored.Changes) != 5 {
		t.Errorf("stored = %+v, want the whole plan", stored)
	}
	again, err := m.PlanConfig(t.Context(), in)
	if err != nil || again.Report != plan.Report {
		t.Errorf("planned again: %v, %v; want the same report %v", again.Report, err, plan.Report)
	}
	tag := "plan-staging-" + strings.TrimPrefix(plan.Report.Digest, "sha256:")[:12]
	if got, err := m.store.Resolve(t.Context(), plan.Report.Repository, tag); err != nil || got != plan.Report {
		t.Errorf("tag %s names %v, %v; want %v", tag, got, err, plan.Report)
	}
}

func (m *mall) report(ref bundle.Reference, kind string) config.Plan {
	m.t.Helper()
	artifact, err := m.store.Get(m.t.Context(), ref)
	if err != nil || artifact.Type != kind {
		m.t.Fatalf("report %v is %+v, %v; want one of type %s", ref, artifact, err, kind)
	}
	var plan config.Plan
	if err := json.Unmarshal(artifact.Files[0].Content, &plan); err != nil {
		m.t.Fatal(err)
	}
	return plan
}

func TestACommitThatChangesNoValueIsUnchanged(t *testing.T) {
	t.Parallel()
	m := newMall(t)
	plan, err := m.PlanConfig(t.Context(), m.change(map[string]string{"config/base.conf": "# louder some day\nlog { level = info }\n"}))
	if err != nil || plan.Services != 0 || len(plan.Changes) != 0 || !plan.Report.IsZero() {
		t.Errorf("plan = %+v, %v; want nothing, and no report", plan, err)
	}
}

func TestOtherFilesTakeARelease(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		other []string
	}{
		"code":                              {map[string]string{"main.go": "package main\n", "config/cart.conf": "a = 1\n"}, []string{"main.go"}},
		"manifests":                         {map[string]string{"cart.yaml": manifest + "# more\n"}, []string{"cart.yaml"}},
		"the stack file":                    {map[string]string{"slipway.yaml": fmt.Sprintf(stackFile, "localhost:1") + "# more\n"}, []string{"slipway.yaml"}},
		"a file that no config includes":    {map[string]string{"config/notes.txt": "x\n"}, []string{"config/notes.txt"}},
		"config of another environment":     {map[string]string{"config/production/cart.conf": "include required(\"more.conf\")\n", "config/production/more.conf": "a = 1\n"}, nil},
		"config that a layer begins to use": {map[string]string{"config/staging/cart.conf": "include required(\"../cart.conf\")\ninclude required(\"x.conf\")\n", "config/staging/x.conf": "a = 1\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMall(t)
			in := m.change(c.files)
			plan, err := m.PlanConfig(t.Context(), in)
			if err != nil || !slices.Equal(plan.Other, c.other) || plan.OtherFiles != len(c.other) {
				t.Errorf("other = %q, %v; want %q", plan.Other, err, c.other)
			}
			in.ConfigOnly = true
			_, err = m.PlanConfig(t.Context(), in)
			switch {
			case len(c.other) == 0 && err != nil:
				t.Errorf("refused: %v", err)
			case len(c.other) > 0 && (fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), c.other[0])):
				t.Errorf("got %v, want a refusal that names %q", err, c.other)
			}
		})
	}
}

func TestWhatIsWrongWithConfigIsSaidWithItsLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"it does not parse":    {"a = {\n", "config/cart.conf:"},
		"an include is gone":   {"a = 1\ninclude required(\"gone.conf\")\n", "config/cart.conf:2"},
		"it holds a cycle":     {"a = 1\nb = ${c}\nc = ${b}\n", "config/cart.conf:"},
		"it holds credentials": {"aws.key = AKIAIOSFODNN7EXAMPLE\n", "config/cart.conf:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMall(t)
			_, err := m.PlanConfig(t.Context(), m.change(map[string]string{"config/cart.conf": c.text}))
			if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %s %v, want InvalidInput that says %q", fault.CodeOf(err), err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "AKIAIOSFODNN7EXAMPLE") {
				t.Errorf("the error tells a credential: %v", err)
			}
		})
	}
}

func TestReadStack(t *testing.T) {
	t.Parallel()
	m := newMall(t)
	got, err := m.ReadStack(t.Context(), config.ReadStackInput{Stack: "mall", Repository: m.upstream.Dir})
	if err != nil || got.Commit != m.in.Commit || !strings.HasSuffix(got.BundleRepository, "/mall/mall.bundle") || !slices.Equal(got.Environments, []string{"staging", "production"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := m.ReadStack(t.Context(), config.ReadStackInput{Stack: "shop", Repository: m.upstream.Dir}); fault.CodeOf(err) != fault.InvalidInput {
		t.Errorf("another stack: %v, want InvalidInput", err)
	}
}
