package config_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-dev/slipway/stack/config"
)

// tree makes files from names and texts.
func tree(files map[string]string) fstest.MapFS {
	made := fstest.MapFS{}
	for name, text := range files {
		made[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return made
}

func TestTheLastLayerThatExistsIsRead(t *testing.T) {
	t.Parallel()
	all := map[string]string{
		"config/cart.conf": "", "config/production/cart.conf": "", "config/production/eu-1/cart.conf": "",
		"config/production/arn-aws-eks-x/cart.conf": "", "config/staging/us-1/cart.conf": "",
	}
	opened := config.Open(tree(all), nil)
	for _, test := range []struct {
		service, environment, cluster, want string
	}{
		{"cart", "production", "eu-1", "config/production/eu-1/cart.conf"},
		{"cart", "production", "us-1", "config/production/cart.conf"},
		{"cart", "production", "arn:aws:eks/x", "config/production/arn-aws-eks-x/cart.conf"},
		{"cart", "production", "..", "config/production/cart.conf"},
		{"cart", "production", "", "config/production/cart.conf"},
		{"cart", "staging", "us-1", "config/staging/us-1/cart.conf"},
		{"cart", "staging", "", "config/cart.conf"},
		{"cart", "test", "local-1", "config/cart.conf"},
		{"shelf", "production", "eu-1", ""},
	} {
		got, exists := opened.Layer(config.Place{Service: test.service, Environment: test.environment, Cluster: test.cluster})
		if got != test.want || exists != (test.want != "") {
			t.Errorf("%s in %s of %s: got %q, want %q", test.service, test.cluster, test.environment, got, test.want)
		}
	}
}

func TestLayersCanBeNamed(t *testing.T) {
	t.Parallel()
	files := tree(map[string]string{"services/cart/app.json": "{}", "services/cart/production.json": "{}"})
	opened := config.Open(files, []string{"services/{service}/app.json", "services/{service}/{environment}.json"})
	for environment, want := range map[string]string{"production": "services/cart/production.json", "test": "services/cart/app.json"} {
		if got, _ := opened.Layer(config.Place{Service: "cart", Environment: environment, Cluster: "eu-1"}); got != want {
			t.Errorf("%s: got %q, want %q", environment, got, want)
		}
	}
}

func TestClusterNamesAreNamesOfDirectories(t *testing.T) {
	t.Parallel()
	for context, want := range map[string]string{
		"local-1": "local-1", "ops@us_1.example": "ops-us_1.example", "arn:aws:eks:eu:1:cluster/x": "arn-aws-eks-eu-1-cluster-x",
		"..": "--", ".": "-", "a b": "a-b",
	} {
		if got := config.ClusterName(context); got != want {
			t.Errorf("%q: got %q, want %q", context, got, want)
		}
	}
}

// counting counts how often each file is opened.
type counting struct {
	fs.FS
	opened map[string]int
}

func (c counting) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}

// Stat looks without opening.
func (c counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

func TestEveryFileIsReadOnceAndNamed(t *testing.T) {
	t.Parallel()
	files := counting{opened: map[string]int{}, FS: tree(map[string]string{
		"config/base.conf": "a = 1", "config/cart.conf": `include "base"`, "config/shelf.conf": `include "base"`,
		"config/local.conf": "", "config/shelf.schema.json": `{"$ref": "any.json"}`, "config/any.json": "true", "config/unused.conf": "",
	})}
	opened := config.Open(files, nil)
	for _, service := range []string{"cart", "shelf", "cart"} {
		spec := config.Spec{Schema: "config/shelf.schema.json"}
		file, _ := opened.Layer(config.Place{Service: service, Environment: "test"})
		if _, err := opened.Render(service, spec, file); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"config/any.json", "config/base.conf", "config/cart.conf", "config/shelf.conf", "config/shelf.schema.json"}
	if got := opened.Files(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, name := range slices.Sorted(maps.Keys(files.opened)) {
		if files.opened[name] > 1 {
			t.Errorf("%s was opened %d times", name, files.opened[name])
		}
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	files := tree(map[string]string{"config/cart.conf": `include "more.conf"`, "config/more.conf/x": ""})
	_, err := config.Open(files, nil).Render("cart", config.Spec{}, "config/cart.conf")
	if err == nil || !strings.Contains(err.Error(), "config/cart.conf:1") || !strings.Contains(err.Error(), "is no regular file") {
		t.Errorf("got %v", err)
	}
}

func TestCandidatesAreWhereConfigMayBe(t *testing.T) {
	t.Parallel()
	opened := config.Open(tree(nil), nil)
	want := []string{"config/cart.conf", "config/production/cart.conf"}
	if got := opened.Candidates(config.Place{Service: "cart", Environment: "production"}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	want = append(want, "config/production/eu-1/cart.conf")
	if got := opened.Candidates(config.Place{Service: "cart", Environment: "production", Cluster: "eu:1"}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCheckLayer(t *testing.T) {
	t.Parallel()
	for layer, want := range map[string]string{
		"{service}.conf":     "",
		"a/{service}/b.json": "",
		"{environment}-{cluster}/{service}.properties": "",
		"config/all.conf":                                  "does not hold {service}",
		"config/{service}":                                 "does not tell the form of the file",
		"config/{service}.hocon":                           "does not tell the form of the file",
		"config/{Service}/{service}.conf":                  "holds braces around something else",
		"config/{service}{.conf":                           "holds braces around something else",
		"config/{cluster}/{service}.conf":                  "holds {cluster} without {environment}",
		"config/{environment}/{cluster}/{service}/it.conf": "",
	} {
		problem, hint := config.CheckLayer(layer)
		if problem != want || (hint == "") != (want == "") {
			t.Errorf("%s: %q, %q; want %q", layer, problem, hint, want)
		}
	}
	for _, layer := range config.DefaultLayers() {
		if problem, _ := config.CheckLayer(layer); problem != "" {
			t.Errorf("the default %s %s", layer, problem)
		}
	}
}
