package bundle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// mounts makes catalog read its config.
const mounts = `      volumes: [{name: config, configMap: {name: catalog-config}}]
`

// withConfig gives catalog config and releases it as 1.0.0-rc.1.
func withConfig(t *testing.T) (*release, bundle.Reference) {
	t.Helper()
	r := newRelease(t)
	manifest := r.file(t, "catalog/k8s/deployment.yaml")
	r.upstream.Write(map[string]string{"catalog/k8s/deployment.yaml": manifest + mounts})
	r.in.Commit = r.upstream.Commit("config/catalog.conf", "size = 10\n")
	return r, r.assemble(t)
}

func (r *release) content(t *testing.T, ref bundle.Reference) bundle.Content {
	t.Helper()
	artifact, err := r.store.Get(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	content, err := bundle.Decode(artifact)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAssembleConfig(t *testing.T) {
	t.Parallel()
	r, current := withConfig(t)
	in := bundle.AssembleConfigInput{Source: r.upstream.Dir, Commit: r.upstream.Commit("config/catalog.conf", "size = 20\n"), Current: current}
	got, err := r.AssembleConfig(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if want := "1.0.0-rc.1+config." + in.Commit[:12]; got.Version != want || got.Channel != stack.ChannelRC {
		t.Errorf("version %s of channel %s, want %s of rc", got.Version, got.Channel, want)
	}
	before, after := r.content(t, current), r.content(t, got.Bundle)
	if diff := cmp.Diff(before.Release.Images, after.Release.Images); diff != "" {
		t.Errorf("the images changed (-before +after):\n%s", diff)
	}
	if after.Release.Commit != in.Commit || after.Release.Version != got.Version {
		t.Errorf("release = %+v, want the commit and the version", after.Release)
	}
	if diff := cmp.Diff(before.Manifests["staging"]["front"], after.Manifests["staging"]["front"]); diff != "" {
		t.Errorf("front has no config, but changed (-before +after):\n%s", diff)
	}
	if cmp.Equal(before.Manifests["staging"]["catalog"], after.Manifests["staging"]["catalog"]) {
		t.Error("the objects of catalog did not change")
	}

	again, err := r.AssembleConfig(t.Context(), in)
	if err != nil || again != got {
		t.Errorf("assembled again: %+v, %v; want %+v", again, err, got)
	}

	next := in
	next.Current, next.Commit = got.Bundle, r.upstream.Commit("config/catalog.conf", "size = 30\n")
	third, err := r.AssembleConfig(t.Context(), next)
	if want := "1.0.0-rc.1+config." + next.Commit[:12]; err != nil || third.Version != want {
		t.Errorf("of a config-only release: %+v, %v; want %s", third, err, want)
	}
}

func TestAssembleConfigRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r, current := withConfig(t)
	in := bundle.AssembleConfigInput{Source: r.upstream.Dir, Commit: r.in.Commit, Current: current}
	cut, gone, broken := in, in, in
	cut.Commit = in.Commit[:12]
	gone.Current.Digest = digest("9")
	broken.Commit = r.upstream.Commit("config/catalog.conf", "size = {\n")
	for _, c := range []struct {
		name string
		in   bundle.AssembleConfigInput
		code fault.Code
		says string
	}{
		{"a commit that is cut", cut, fault.InvalidInput, "not given in full"},
		{"a release that is gone", gone, fault.NotFound, "the release that runs"},
		{"config that does not parse", broken, fault.InvalidInput, "config/catalog.conf:"},
	} {
		_, err := r.AssembleConfig(t.Context(), c.in)
		if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %s %v, want %s that says %q", c.name, fault.CodeOf(err), err, c.code, c.says)
		}
	}
}

// file reads a file of the upstream's work tree.
func (r *release) file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.upstream.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
