package stack_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/slipway-dev/slipway/stack"
)

// configured makes a repository whose service catalog has config, from the names
// and texts of its files below config.
func configured(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "slipway.yaml"), `stack: shop
registries: [{push: localhost:5000/shop}]
services: {catalog: {manifests: k8s}}
environments: {production: {channel: stable, clusters: [eu-1, us-1]}}
`)
	write(t, filepath.Join(root, "k8s/pod.yaml"), "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: "+
		"[{name: a, image: b, envFrom: [{configMapRef: {name: catalog-config}}]}]}}\n")
	for name, data := range files {
		write(t, filepath.Join(root, "config", name), data)
	}
	return root
}

func configs(t *testing.T, root string) (*stack.Configs, error) {
	t.Helper()
	loaded, err := stack.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return stack.RenderConfigs(root, loaded, loaded.Environments[0])
}

func TestRenderConfigs(t *testing.T) {
	t.Parallel()
	root := configured(t, map[string]string{
		"base.conf": "a = 1\n", "catalog.conf": "include \"base\"\nb = 2\n", "unused.conf": "",
		"production/us-1/catalog.conf": "include \"../../catalog\"\na = 3\n",
	})
	got, err := configs(t, root)
	if err != nil {
		t.Fatal(err)
	}
	for cluster, want := range map[string]string{"": "a = 1\nb = 2\n", "eu-1": "a = 1\nb = 2\n", "us-1": "a = 3\nb = 2\n"} {
		rendered, has := got.Of(cluster, "catalog")
		if !has || rendered.Data["application.conf"] != want {
			t.Errorf("%q: got %+v", cluster, rendered)
			continue
		}
		value, err := rendered.Config.Lookup("b")
		if err != nil || value.Origin().String() != "config/catalog.conf:2" {
			t.Errorf("%q: b is from %v, %v", cluster, value, err)
		}
	}
	if rendered, has := got.Of("eu-1", "cart"); has {
		t.Errorf("a service that does not exist has %+v", rendered)
	}
	if want := []string{"config/base.conf", "config/catalog.conf", "config/production/us-1/catalog.conf"}; !slices.Equal(got.Files(), want) {
		t.Errorf("read  %q\nwant %q", got.Files(), want)
	}
}

func TestLayersOfEveryClusterNeedNoOther(t *testing.T) {
	t.Parallel()
	root := configured(t, map[string]string{
		"catalog.conf":                 "a = ${of-the-cluster}\n",
		"production/eu-1/catalog.conf": "include \"../../catalog\"\nof-the-cluster = eu\n",
		"production/us-1/catalog.conf": "include \"../../catalog\"\nof-the-cluster = us\n",
	})
	got, err := configs(t, root)
	if err != nil {
		t.Fatal(err)
	}
	for cluster, want := range map[string]string{"": "eu", "eu-1": "eu", "us-1": "us"} {
		if rendered, _ := got.Of(cluster, "catalog"); !strings.HasPrefix(rendered.Data["application.conf"], "a = "+want+"\n") {
			t.Errorf("%q: got %s", cluster, rendered.Data)
		}
	}
	rendered, err := render(t, root)
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Collect(func(yield func(string) bool) {
		for cluster := range rendered.Clusters {
			if !yield(cluster) {
				return
			}
		}
	}); !slices.Equal(names, []string{"us-1"}) {
		t.Errorf("%q differ from what is common", names)
	}
}

func TestAStackWithoutConfigIsRenderedWithoutIt(t *testing.T) {
	t.Parallel()
	root := configured(t, nil)
	rendered, err := render(t, root)
	if err != nil {
		t.Fatal(err)
	}
	data, err := rendered.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); !strings.Contains(text, `{"configMapRef":{"name":"catalog-config"}}`) || strings.Contains(text, "clusters") {
		t.Errorf("got %s", text)
	}
}

func TestConfigStaysInTheRepository(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	write(t, filepath.Join(outside, "catalog.conf"), "stolen = true\n")
	for _, test := range []struct {
		name, link, to, want string
		files                map[string]string
	}{
		{"a layer", "config/catalog.conf", filepath.Join(outside, "catalog.conf"), "config/catalog.conf: cannot read config/catalog.conf: leads out of the repository", nil},
		{
			"an include", "config/base.conf", filepath.Join(outside, "catalog.conf"),
			"config/catalog.conf:1:1: cannot read config/base.conf: leads out of the repository",
			map[string]string{"catalog.conf": `include "base.conf"`},
		},
		{
			"the directory of an include", "config/base", outside,
			"config/catalog.conf:1:1: cannot read config/base/catalog.conf: leads out of the repository",
			map[string]string{"catalog.conf": `include "base/catalog.conf"`},
		},
		{
			"a path", "config/x", outside,
			`config/catalog.conf:1:1: "../../catalog.conf" leaves the root of the files; `,
			map[string]string{"catalog.conf": `include "../../catalog.conf"`},
		},
		{
			"a path of the machine", "config/x", outside,
			`config/catalog.conf:1:1: "/etc/passwd" is an absolute path; `,
			map[string]string{"catalog.conf": `include "/etc/passwd"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := configured(t, test.files)
			if err := os.MkdirAll(filepath.Join(root, "config"), 0o750); err != nil {
				t.Fatal(err)
			}
			link(t, test.to, filepath.Join(root, test.link))
			wantRefused(t, root, test.want)
		})
	}
}

func TestALinkToAnotherLayerIsFollowed(t *testing.T) {
	t.Parallel()
	root := configured(t, map[string]string{"shared.conf": "a = 1\n"})
	link(t, "shared.conf", filepath.Join(root, "config/catalog.conf"))
	if _, err := render(t, root); err != nil {
		t.Error(err)
	}
}

func TestConfigHasLimits(t *testing.T) {
	t.Parallel()
	root := configured(t, map[string]string{"catalog.conf": "include \"large.conf\"\n", "large.conf": ""})
	if err := os.Truncate(filepath.Join(root, "config/large.conf"), 100<<20); err != nil {
		t.Fatal(err)
	}
	_, err := configs(t, root)
	var errs stack.Errors
	if want := "config/catalog.conf:1:1: cannot read config/large.conf: is larger than 32 MiB"; err == nil || !strings.HasPrefix(err.Error(), want) || !errors.As(err, &errs) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// FuzzRenderWithConfig holds that no manifest makes Render panic on its way to
// use config, and that what it takes has the config in it, by its content.
func FuzzRenderWithConfig(f *testing.F) {
	for _, name := range []string{"config", "config-keys", "config-manifests"} {
		archive, err := txtar.ParseFile("testdata/render/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, "k8s.yaml") {
				f.Add([]byte(strings.ReplaceAll(string(file.Data), "cart-config", "catalog-config")))
			}
		}
	}
	f.Fuzz(func(t *testing.T, manifest []byte) {
		root := configured(t, map[string]string{"catalog.conf": "db.password = ${DB_PASSWORD}\n", "production/us-1/catalog.conf": "a = 1\n"})
		write(t, filepath.Join(root, "slipway.yaml"), `stack: shop
registries: [{push: localhost:5000/shop}]
services: {catalog: {manifests: k8s, config: {secrets: {DB_PASSWORD: {secret: db, key: password}}}}}
environments: {production: {channel: stable, clusters: [eu-1, us-1]}}
`)
		write(t, filepath.Join(root, "k8s/pod.yaml"), string(manifest))
		rendered, err := render(t, root)
		if err != nil {
			return
		}
		for cluster, name := range map[string]string{"eu-1": "catalog-config-fbfd73c933", "us-1": "catalog-config-122be5b149"} {
			data, err := json.Marshal(rendered.In(cluster))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(data), name) < 2 {
				t.Fatalf("%s is not made and used in %s: %s", name, cluster, data)
			}
		}
	})
}
