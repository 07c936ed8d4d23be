package bundle_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/bundle/oci"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source/git"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
	"github.com/slipway-dev/slipway/stack"
)

// release is a shop in a Git repository, and a registry for it.
type release struct {
	*bundle.Activities
	server   *registrytest.Registry
	upstream *sourcetest.Upstream
	store    *oci.Store
	in       bundle.AssembleBundleInput
	bundles  string
}

func newRelease(t *testing.T) *release {
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
	upstream.Write(sourcetest.Shop(server.Host + "/shop"))
	return &release{
		Activities: &bundle.Activities{Store: store, Repository: repository},
		server:     server, upstream: upstream, store: store, bundles: server.Host + "/shop/shop.bundle",
		in: bundle.AssembleBundleInput{
			Source: upstream.Dir, Commit: upstream.Commit("CHANGES", "first"), Version: "1.0.0-rc.1",
			Digests: map[string]string{"catalog": digest("1"), "front": digest("2")},
		},
	}
}

func digest(digit string) string { return "sha256:" + strings.Repeat(digit, 64) }

func (r *release) assemble(t *testing.T) bundle.Reference {
	t.Helper()
	got, err := r.AssembleBundle(context.Background(), r.in)
	if err != nil {
		t.Fatal(err)
	}
	return got.Bundle
}

func TestAssembleBundle(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	ref := r.assemble(t)

	t.Run("the bundle holds the release and its manifests by digest", func(t *testing.T) {
		artifact, err := r.store.Get(ctx, ref)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bundle.Decode(artifact)
		if err != nil {
			t.Fatal(err)
		}
		want := bundle.Release{
			Stack: "shop", Version: "1.0.0-rc.1", Channel: stack.ChannelRC, Commit: r.in.Commit,
			Images: map[string]bundle.Image{
				"catalog": {Digest: digest("1"), Pull: r.server.Host + "/shop/catalog@" + digest("1")},
				"front":   {Digest: digest("2"), Pull: r.server.Host + "/shop/front@" + digest("2")},
			},
			Environments: []bundle.Environment{{
				Name: "staging", Clusters: []string{"local-1"}, Namespace: "shop-staging",
				Deadline: stack.Duration(10 * time.Minute), Waves: [][]string{{"catalog"}, {"front"}},
				Policy: &stack.Policy{FastRollback: stack.DefaultFastRollback, Verify: &stack.Verification{Tells: []string{"production"}}},
			}},
		}
		if !reflect.DeepEqual(got.Release, want) {
			t.Errorf("got  %+v\nwant %+v", got.Release, want)
		}
		text := string(got.Manifests["staging"]["front"][0])
		for _, part := range []string{`"image":"` + r.server.Host + "/shop/front@" + digest("2"), `"namespace":"shop-staging"`} {
			if !strings.Contains(text, part) {
				t.Errorf("%s is missing in %s", part, text)
			}
		}
		if strings.Contains(text, "1.0.0-rc.1") || strings.Contains(text, r.in.Commit) {
			t.Errorf("a manifest tells the version or the commit: %s", text)
		}
	})
	t.Run("assembling it again writes nothing and gives the same", func(t *testing.T) {
		r.server.Reset()
		if again := r.assemble(t); again != ref {
			t.Errorf("got %v, want %v", again, ref)
		}
		if writes := r.server.Writes(); writes != 0 {
			t.Errorf("%d writes", writes)
		}
	})
	t.Run("the release is found by its version", func(t *testing.T) {
		got, err := r.FindRelease(ctx, bundle.FindReleaseInput{Repository: r.bundles, Version: "1.0.0-rc.1"})
		if want := (bundle.FoundRelease{Bundle: ref, Commit: r.in.Commit}); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		got, err = r.FindRelease(ctx, bundle.FindReleaseInput{Repository: r.bundles, Version: "2.0.0"})
		if err != nil || !got.Bundle.IsZero() {
			t.Errorf("a version that was not released: got %+v, %v", got, err)
		}
	})
	t.Run("the plan of its environment is read from it", func(t *testing.T) {
		got, err := r.ReadPlan(ctx, bundle.ReadPlanInput{Bundle: ref, Environment: "staging"})
		want := bundle.Plan{
			Stack: "shop", Version: "1.0.0-rc.1", Commit: r.in.Commit, Channel: stack.ChannelRC, Targets: []string{"local-1"},
			Namespace: "shop-staging", Deadline: stack.Duration(10 * time.Minute), Waves: [][]string{{"catalog"}, {"front"}},
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
		_, err = r.ReadPlan(ctx, bundle.ReadPlanInput{Bundle: ref, Environment: "production"})
		if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), `only for ["staging"]`) {
			t.Errorf("another environment: got %s %v", fault.CodeOf(err), err)
		}
	})
}

func TestAssembleBundleWithConfig(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	files := sourcetest.Shop(r.server.Host + "/shop")
	stackFile := strings.Replace(files["slipway.yaml"], "clusters: [local-1]\n    namespace: shop-staging", "clusters: [local-1, local-2]\n    namespace: shop-staging\n    drift: reconcile", 1)
	manifest := files["front/k8s/deployment.yaml"]
	r.upstream.Write(map[string]string{
		"slipway.yaml":                      "config: {keep: 5}\n" + stackFile,
		"front/k8s/deployment.yaml":         manifest + "          envFrom: [{configMapRef: {name: front-config}}]\n",
		"config/front.conf":                 "greeting = hello\n",
		"config/staging/local-2/front.conf": "include \"../../front\"\ngreeting = bonjour\n",
	})
	r.in.Commit = r.upstream.Commit("CHANGES", "config")
	artifact, err := r.store.Get(ctx, r.assemble(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := bundle.Decode(artifact)
	if err != nil {
		t.Fatal(err)
	}
	staging, _ := got.Release.Environment("staging")
	if staging.KeepConfigs != 5 || staging.Drift != string(stack.DriftReconcile) {
		t.Errorf("keeps %d ConfigMaps and answers drift with %q", staging.KeepConfigs, staging.Drift)
	}
	for cluster, greeting := range map[string]string{"local-1": "hello", "local-2": "bonjour"} {
		objects := got.Objects("staging", cluster, "front")
		if len(objects) != 2 || !strings.Contains(string(objects[0]), `"immutable":true`) || !strings.Contains(string(objects[0]), "greeting = "+greeting) {
			t.Errorf("%s: got %s", cluster, objects)
		}
	}
	if own := got.Clusters["staging"]; len(own) != 1 || len(own["local-2"]) != 1 {
		t.Errorf("stored for single clusters: %v", own)
	}
}

func TestAssembleBundleElsewhere(t *testing.T) {
	t.Parallel()
	r := newRelease(t)
	first := r.assemble(t)
	other := newRelease(t)
	// The same registry and a clone of the same repository at another place.
	other.in.Source = other.upstream.Dir + "-clone"
	sourcetest.Run(t, "", "clone", "--quiet", "--bare", r.upstream.Dir, other.in.Source)
	other.in.Commit = r.in.Commit
	second := other.assemble(t)
	if first.Digest != second.Digest {
		t.Errorf("one commit gives the bundles %s and %s", first.Digest, second.Digest)
	}
}

func TestAssembleBundleConflicts(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	ref := r.assemble(t)
	r.server.Reset()

	moved := r.in
	moved.Commit = r.upstream.Commit("CHANGES", "second")
	_, err := r.AssembleBundle(ctx, moved)
	for _, part := range []string{"version 1.0.0-rc.1 is already released", r.in.Commit, moved.Commit, ref.String()} {
		if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), part) {
			t.Errorf("a moved tag: got %s %v, want Conflict with %q", fault.CodeOf(err), err, part)
		}
	}
	rebuilt := r.in
	rebuilt.Digests = map[string]string{"catalog": digest("1"), "front": digest("3")}
	_, err = r.AssembleBundle(ctx, rebuilt)
	for _, part := range []string{"the image of front was " + digest("2") + " and is " + digest("3"), ref.String()} {
		if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), part) {
			t.Errorf("another image: got %s %v, want Conflict with %q", fault.CodeOf(err), err, part)
		}
	}
	if writes := r.server.Writes(); writes != 0 {
		t.Errorf("refusing wrote %d times", writes)
	}
}

func TestAssembleBundleRefuses(t *testing.T) {
	t.Parallel()
	r := newRelease(t)
	tests := []struct {
		name   string
		change func(*bundle.AssembleBundleInput)
		text   string
	}{
		{"a missing digest", func(in *bundle.AssembleBundleInput) { in.Digests = nil }, `the image of catalog has digest ""`},
		{"a wrong digest", func(in *bundle.AssembleBundleInput) {
			in.Digests = map[string]string{"catalog": "latest", "front": digest("2")}
		}, `the image of catalog has digest "latest"`},
		{"a commit in short", func(in *bundle.AssembleBundleInput) { in.Commit = in.Commit[:12] }, "not given in full"},
		{"a version that is none", func(in *bundle.AssembleBundleInput) { in.Version = "1.0" }, `version "1.0"`},
	}
	for _, test := range tests {
		t.Run(test.name+" is refused", func(t *testing.T) {
			t.Parallel()
			in := r.in
			test.change(&in)
			_, err := r.AssembleBundle(context.Background(), in)
			if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %s %v, want InvalidInput with %q", fault.CodeOf(err), err, test.text)
			}
		})
	}
}

func TestCurrent(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	find := bundle.FindCurrentInput{Repository: r.bundles, Environment: "staging"}
	if got, err := r.FindCurrent(ctx, find); err != nil || got != (bundle.Current{}) {
		t.Errorf("before the first release: got %+v, %v", got, err)
	}
	var seen []string
	for _, version := range []string{"1.0.0-rc.1", "1.0.0-rc.2"} {
		r.in.Version = version
		ref := r.assemble(t)
		in := bundle.RecordCurrentInput{Bundle: ref, Environment: "staging"}
		if err := r.RecordCurrent(ctx, in); err != nil {
			t.Fatal(err)
		}
		got, err := r.FindCurrent(ctx, find)
		if want := (bundle.Current{Bundle: ref, Version: version, Commit: r.in.Commit}); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		r.server.Reset()
		if err := r.RecordCurrent(ctx, in); err != nil || r.server.Writes() != 0 {
			t.Errorf("recording it again: %v, %d writes", err, r.server.Writes())
		}
		seen = append(seen, ref.Digest)
		in.Environment = "production"
		if err := r.RecordCurrent(ctx, in); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an environment that the release is not made for: got %v, want NotFound", err)
		}
	}
	if len(slices.Compact(seen)) != 2 {
		t.Errorf("two versions have one bundle: %v", seen)
	}
}
