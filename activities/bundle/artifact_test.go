package bundle_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

func content() bundle.Content {
	return bundle.Content{
		Release: bundle.Release{
			Stack: "shop", Version: "1.0.0-rc.1", Channel: stack.ChannelRC, Commit: strings.Repeat("a", 40),
			Images: map[string]bundle.Image{"front": {Digest: "sha256:1", Pull: "r/front@sha256:1"}},
			Environments: []bundle.Environment{{
				Name: "staging", Clusters: []string{"local-1"}, Namespace: "shop",
				Deadline: stack.Duration(10 * time.Minute), Waves: [][]string{{"front"}},
			}},
		},
		Manifests: map[string]map[string][]json.RawMessage{
			"staging": {
				"front": {json.RawMessage(`{"kind":"Service","metadata":{"name":"front","annotations":{"a":"<&>"}}}`)},
				"store": {},
			},
		},
	}
}

func TestEncodeDecode(t *testing.T) {
	t.Parallel()
	artifact, err := bundle.Encode(content())
	if err != nil {
		t.Fatal(err)
	}
	got, err := bundle.Decode(artifact)
	if err != nil || !reflect.DeepEqual(got, content()) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, content())
	}
	again, err := bundle.Encode(got)
	if err != nil || !reflect.DeepEqual(again, artifact) {
		t.Errorf("encoding what was decoded gives other bytes: %v", err)
	}
	want := `{"front":[{"kind":"Service","metadata":{"name":"front","annotations":{"a":"<&>"}}}],"store":[]}`
	if file := artifact.Files[1]; file.Name != "manifests/staging.json" || string(file.Content) != want {
		t.Errorf("got %s with %s\nwant manifests/staging.json with %s", file.Name, file.Content, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*bundle.Artifact)
		text   string
	}{
		{"another type", func(a *bundle.Artifact) { a.Type = "application/vnd.acme.helm" }, `type "application/vnd.acme.helm"`},
		{"no release", func(a *bundle.Artifact) { a.Files = a.Files[1:] }, `file "release.json" is missing`},
		{"no manifests of an environment", func(a *bundle.Artifact) { a.Files = a.Files[:1] }, `file "manifests/staging.json" is missing`},
		{"a file twice", func(a *bundle.Artifact) { a.Files = append(a.Files, a.Files[0]) }, `"release.json" is there twice`},
		{"a file that nobody needs", func(a *bundle.Artifact) {
			a.Files = append(a.Files, bundle.File{Name: "manifests/moon.json", Content: []byte("{}")})
		}, `"manifests/moon.json" belongs to no environment`},
		{"a release that is no JSON", func(a *bundle.Artifact) { a.Files[0].Content = []byte("{") }, `file "release.json": `},
		{"an empty release", func(a *bundle.Artifact) {
			a.Files = []bundle.File{{Name: "release.json", Content: []byte("{}")}}
		}, "lacks its stack"},
		{"a file beyond the limit", func(a *bundle.Artifact) {
			a.Files[1].Content = bytes.Repeat([]byte(" "), 32<<20+1)
		}, "at most 32"},
		{"files beyond the limit", func(a *bundle.Artifact) {
			a.Files = append(a.Files, make([]bundle.File, 64)...)
		}, "at most 65"},
	}
	for _, test := range tests {
		t.Run(test.name+" is refused", func(t *testing.T) {
			t.Parallel()
			artifact, err := bundle.Encode(content())
			if err != nil {
				t.Fatal(err)
			}
			test.change(&artifact)
			_, err = bundle.Decode(artifact)
			if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %s %v, want InvalidInput with %q", fault.CodeOf(err), err, test.text)
			}
		})
	}
	t.Run("a field of a newer Slipway is taken", func(t *testing.T) {
		t.Parallel()
		artifact, err := bundle.Encode(content())
		if err != nil {
			t.Fatal(err)
		}
		artifact.Files[0].Content = bytes.Replace(artifact.Files[0].Content, []byte(`{"stack"`), []byte(`{"new":1,"stack"`), 1)
		if _, err := bundle.Decode(artifact); err != nil {
			t.Error(err)
		}
	})
}
