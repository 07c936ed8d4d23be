package bundle

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
)

// recorded is a release with two environments, one of them with a cluster that
// differs.
func recorded() Content {
	manifests := func(kind string) Manifests {
		return Manifests{"front": {json.RawMessage(`{"kind":"` + kind + `"}`)}}
	}
	return Content{
		Release: Release{
			Stack: "shop", Version: "1.0.0", Commit: "c1", Images: map[string]Image{"front": {Digest: "sha256:1"}},
			Environments: []Environment{{Name: "eu", Clusters: []string{"eu-1", "eu-2"}}, {Name: "us", Clusters: []string{"us-1"}}},
		},
		Manifests: map[string]Manifests{"eu": manifests("Pod"), "us": manifests("Pod")},
		Clusters:  map[string]map[string]Manifests{"eu": {"eu-2": manifests("Job")}},
	}
}

func TestConflict(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*Content)
		want   string
	}{
		{"nothing", func(*Content) {}, ""},
		{"the commit", func(c *Content) { c.Release.Commit = "c2" }, "it is recorded for commit c1"},
		{"an image", func(c *Content) { c.Release.Images = map[string]Image{"front": {Digest: "sha256:2"}} }, "the image of front was sha256:1 and is sha256:2"},
		{"a manifest", func(c *Content) { c.Manifests["us"] = Manifests{} }, "the manifests or the config of environment us differ"},
		{"the config of a cluster", func(c *Content) { c.Clusters["eu"]["eu-2"] = Manifests{"front": nil} }, "the config of cluster eu-2 in environment eu differs"},
		{"a cluster that no longer differs", func(c *Content) { c.Clusters = nil }, "the config of cluster eu-2 in environment eu differs"},
		{"a cluster that differs now", func(c *Content) { c.Clusters["us"] = map[string]Manifests{"us-1": {}} }, "the config of cluster us-1 in environment us differs"},
		{"what is done about drift", func(c *Content) { c.Release.Environments[0].Drift = "reconcile" }, "what slipway.yaml says of the environments differs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := recorded()
			test.change(&now)
			err := conflict(Reference{Repository: "r", Digest: "d"}, recorded(), now)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a conflict with %q", err, test.want)
			}
		})
	}
}

func TestVersionTag(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1.4.0":                              "1.4.0",
		"1.4.0-rc.1+config.8f3c2a9d41b7":     "1.4.0-rc.1_config.8f3c2a9d41b7",
		"latest":                             "latest",
		"1.4.0-SNAPSHOT.8f3c2a9d41b7":        "1.4.0-SNAPSHOT.8f3c2a9d41b7",
		"1.4.0-SNAPSHOT.8f3c2a9d41b7+config": "1.4.0-SNAPSHOT.8f3c2a9d41b7+config",
	} {
		if got := versionTag(version); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}
