package bundle_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
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

// inClusters is a release whose service differs in one of three clusters.
func inClusters() bundle.Content {
	differing := content()
	environment := &differing.Release.Environments[0]
	environment.Clusters = []string{"eu-1", "arn:aws:eks:eu:1:cluster/x", "us-1"}
	environment.KeepConfigs, environment.Drift = 5, string(stack.DriftReconcile)
	differing.Clusters = map[string]map[string]bundle.Manifests{
		"staging": {"arn:aws:eks:eu:1:cluster/x": {"front": {json.RawMessage(`{"kind":"ConfigMap"}`)}}},
	}
	return differing
}

func TestEncodeDecodeClusters(t *testing.T) {
	t.Parallel()
	artifact, err := bundle.Encode(inClusters())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range artifact.Files {
		names = append(names, file.Name)
	}
	want := []string{"release.json", "manifests/staging.json", "manifests/staging/arn:aws:eks:eu:1:cluster%2Fx.json"}
	if !slices.Equal(names, want) {
		t.Errorf("got  %q\nwant %q", names, want)
	}
	got, err := bundle.Decode(artifact)
	if err != nil || !reflect.DeepEqual(got, inClusters()) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, inClusters())
	}
}

func TestObjectsAreThoseOfTheCluster(t *testing.T) {
	t.Parallel()
	release := inClusters()
	for _, test := range []struct{ environment, cluster, service, want string }{
		{"staging", "eu-1", "front", "Service"},
		{"staging", "arn:aws:eks:eu:1:cluster/x", "front", "ConfigMap"},
		{"staging", "arn:aws:eks:eu:1:cluster/x", "store", ""},
		{"staging", "moon", "front", "Service"},
		{"staging", "eu-1", "cart", ""},
		{"production", "eu-1", "front", ""},
	} {
		objects := release.Objects(test.environment, test.cluster, test.service)
		if test.want == "" && len(objects) == 0 {
			continue
		}
		if len(objects) != 1 || !strings.Contains(string(objects[0]), `"kind":"`+test.want+`"`) {
			t.Errorf("%s in %s of %s: got %s, want a %s", test.service, test.cluster, test.environment, objects, test.want)
		}
	}
}

func TestAReleaseWithoutConfigHasTheBytesItAlwaysHad(t *testing.T) {
	t.Parallel()
	artifact, err := bundle.Encode(content())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"stack":"shop","version":"1.0.0-rc.1","channel":"rc","commit":"` + strings.Repeat("a", 40) + `",` +
		`"images":{"front":{"digest":"sha256:1","pull":"r/front@sha256:1"}},` +
		`"environments":[{"name":"staging","clusters":["local-1"],"namespace":"shop","deadline":"10m","waves":[["front"]]}]}`
	if got := string(artifact.Files[0].Content); got != want || len(artifact.Files) != 2 {
		t.Errorf("%d files, the first\n%s\nwant two files and\n%s", len(artifact.Files), got, want)
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
		{"manifests of a cluster of another environment", func(a *bundle.Artifact) {
			a.Files = append(a.Files, bundle.File{Name: "manifests/staging/moon.json", Content: []byte("{}")})
		}, `"manifests/staging/moon.json" belongs to no environment`},
		{"manifests of a cluster that are no JSON", func(a *bundle.Artifact) {
			a.Files = append(a.Files, bundle.File{Name: "manifests/staging/local-1.json", Content: []byte("[]")})
		}, `file "manifests/staging/local-1.json": `},
		{"a release that is no JSON", func(a *bundle.Artifact) { a.Files[0].Content = []byte("{") }, `file "release.json": `},
		{"an empty release", func(a *bundle.Artifact) {
			a.Files = []bundle.File{{Name: "release.json", Content: []byte("{}")}}
		}, "lacks its stack"},
		{"a file beyond the limit", func(a *bundle.Artifact) {
			a.Files[1].Content = bytes.Repeat([]byte(" "), 32<<20+1)
		}, "at most 32"},
		{"files beyond the limit", func(a *bundle.Artifact) {
			a.Files = append(a.Files, make([]bundle.File, 1024)...)
		}, "at most 1025"},
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

func TestJobsHaveFilesOfTheirOwnThatDifferByCluster(t *testing.T) {
	t.Parallel()
	release := inClusters()
	checker := func(config string) bundle.Manifests {
		return bundle.Manifests{stack.CheckerJob("front"): {json.RawMessage(`{"config":"` + config + `"}`)}}
	}
	release.Jobs = map[string]bundle.Manifests{"staging": checker("a")}
	release.ClusterJobs = map[string]map[string]bundle.Manifests{"staging": {"us-1": checker("b")}}
	artifact, err := bundle.Encode(release)
	if err != nil {
		t.Fatal(err)
	}
	got, err := bundle.Decode(artifact)
	if err != nil || !reflect.DeepEqual(got, release) {
		t.Fatalf("got  %+v, %v\nwant %+v", got, err, release)
	}
	for cluster, want := range map[string]string{"eu-1": `{"config":"a"}`, "us-1": `{"config":"b"}`} {
		if job := got.Job("staging", cluster, stack.CheckerJob("front")); string(job) != want {
			t.Errorf("in %s the Job is %s, want %s", cluster, job, want)
		}
	}
	if job := got.Job("staging", "eu-1", stack.CheckerJob("store")); job != nil {
		t.Errorf("a service without a checker has the Job %s", job)
	}
}
