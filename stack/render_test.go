package stack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/slipway-dev/slipway/stack"
)

func TestRender(t *testing.T) {
	t.Parallel()
	golden(t, "render", func(t *testing.T, archive *txtar.Archive) string {
		rendered, err := render(t, repository(t, archive))
		if err != nil {
			return err.Error()
		}
		return indented(t, rendered)
	})
}

func TestExamplesRenderForEveryEnvironment(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../examples/*/slipway.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("found %v: %v", names, err)
	}
	for _, name := range names {
		root := filepath.Dir(name)
		loaded, err := stack.Load(root)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, environment := range loaded.Environments {
			rendered, err := stack.Render(root, loaded, environment, imagesOf(loaded))
			if err != nil {
				t.Errorf("%s for %s: %v", name, environment.Name, err)
				continue
			}
			if len(rendered.Services) != len(loaded.Services) {
				t.Errorf("%s for %s: %d of %d services", name, environment.Name, len(rendered.Services), len(loaded.Services))
			}
		}
	}
}

// FuzzRender holds that no manifest makes Render panic, and that what it takes
// is labelled, has its image, and comes back from its bytes.
func FuzzRender(f *testing.F) {
	names, err := filepath.Glob("testdata/render/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasPrefix(file.Name, "catalog/k8s/") {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, manifest []byte) {
		root := shop(t, map[string]string{"k8s/a.yaml": string(manifest)})
		rendered, err := render(t, root)
		if err != nil {
			return
		}
		data, err := rendered.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := stack.ParseRendered(data)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.Canonical(); err != nil || !bytes.Equal(data, second) {
			t.Fatalf("%s comes back as %s, %v", data, second, err)
		}
		if !bytes.Contains(data, []byte("localhost:5000/shop/catalog@sha256:")) {
			t.Fatalf("no image in %s", data)
		}
		for _, object := range rendered.Services[0].Objects {
			if object.Name() == "" || object.Kind() == "" || object.Source.Line == 0 {
				t.Fatalf("incomplete: %+v", object)
			}
		}
	})
}

// render loads the stack of a repository and renders its first environment.
func render(t *testing.T, root string) (*stack.Rendered, error) {
	t.Helper()
	loaded, err := stack.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return stack.Render(root, loaded, loaded.Environments[0], imagesOf(loaded))
}

// imagesOf makes up a reference for every service with a build.
func imagesOf(s *stack.Stack) map[string]string {
	images := map[string]string{}
	for _, service := range s.Services {
		if service.Build != nil {
			images[service.Name] = fmt.Sprintf("%s/%s@sha256:%x", s.Registries[0].Pull, service.Name, sha256.Sum256([]byte(service.Name)))
		}
	}
	return images
}

func indented(t *testing.T, rendered *stack.Rendered) string {
	t.Helper()
	data, err := rendered.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

const podOfCatalog = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: catalog}]}}\n"

// shop makes a repository of one service, catalog, with its manifests in the
// directory k8s, from the names and texts of files.
func shop(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "slipway.yaml"), `stack: shop
registries: [{push: localhost:5000/shop}]
services: {catalog: {build: {go: .}, manifests: k8s}}
environments: {staging: {channel: rc, clusters: [local-1]}}
`)
	for name, data := range files {
		write(t, filepath.Join(root, name), data)
	}
	return root
}

// wantRefused renders a repository and holds the error to begin as wanted.
func wantRefused(t *testing.T, root, want string) {
	t.Helper()
	rendered, err := render(t, root)
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if rendered != nil {
		t.Error("came back with an error and a rendering")
	}
	var errs stack.Errors
	if !errors.As(err, &errs) {
		t.Errorf("%T is no stack.Errors", err)
	}
}

// customSchema makes kustomize merge the ports of a custom resource by name.
const customSchema = `{"definitions": {"v1.Gate": {"properties": {
  "ports": {"items": {"type": "object"}, "type": "array", "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}},
  "x-kubernetes-group-version-kind": [{"group": "acme.io", "kind": "Gate", "version": "v1"}]}}}`

func TestASchemaOfOneKustomizationDoesNotReachTheNext(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"k8s/pod.yaml":  podOfCatalog,
		"k8s/gate.yaml": "{apiVersion: acme.io/v1, kind: Gate, metadata: {name: a}, ports: [{name: a, port: 1}, {name: b, port: 2}]}\n",
		"k8s/kustomization.yaml": `resources: [pod.yaml, gate.yaml]
patches: [{patch: "{apiVersion: acme.io/v1, kind: Gate, metadata: {name: a}, ports: [{name: b, port: 3}]}"}]
`,
	}
	ports := func(root string) int {
		rendered, err := render(t, root)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := rendered.Services[0].Objects[0].Content["ports"].([]any)
		return len(list)
	}
	without := shop(t, files)
	files["k8s/schema.json"] = customSchema
	files["k8s/kustomization.yaml"] += "openapi: {path: schema.json}\n"
	with := shop(t, files)
	if got := []int{ports(without), ports(with), ports(without)}; !slices.Equal(got, []int{1, 2, 1}) {
		t.Errorf("ports without, with and again without the schema: %v, want [1 2 1]", got)
	}
}

func TestRenderHoldsTheImagesToTheStack(t *testing.T) {
	t.Parallel()
	root := shop(t, map[string]string{"k8s/pod.yaml": podOfCatalog})
	loaded, err := stack.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	digest := "@sha256:" + strings.Repeat("0", 64)
	for _, test := range []struct {
		name   string
		images map[string]string
		want   string
	}{
		{"no image", nil, "slipway.yaml: services.catalog: has a build, but no image"},
		{"a tag", map[string]string{"catalog": "localhost:5000/shop/catalog:1.0.0"}, `slipway.yaml: services.catalog: has the image "localhost:5000/shop/catalog:1.0.0", which is no reference by digest`},
		{"a digest alone", map[string]string{"catalog": digest}, `slipway.yaml: services.catalog: has the image "` + digest + `", which is no reference by digest`},
		{
			"an unknown service",
			map[string]string{"catalog": "localhost:5000/shop/catalog" + digest, "cart": "localhost:5000/shop/cart" + digest},
			`slipway.yaml: services.cart: has the image "localhost:5000/shop/cart` + digest + `", but is no service`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.Render(root, loaded, loaded.Environments[0], test.images)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestRenderHoldsAServiceWithoutABuildToHaveNoImage(t *testing.T) {
	t.Parallel()
	root := shop(t, map[string]string{"k8s/pod.yaml": podOfCatalog})
	loaded, err := stack.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	digest := "@sha256:" + strings.Repeat("0", 64)
	loaded.Services[0].Build = nil
	_, err = stack.Render(root, loaded, loaded.Environments[0], map[string]string{"catalog": "localhost:5000/shop/catalog" + digest})
	if want := `slipway.yaml: services.catalog: has no build, but the image "localhost:5000/shop/catalog` + digest + `"`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestRenderingTheSameGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "kustomization", "scopes", "cross-service", "config"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile("testdata/render/" + name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			var first []byte
			for range 5 {
				rendered, err := render(t, repository(t, archive))
				if err != nil {
					t.Fatal(err)
				}
				data, err := rendered.Canonical()
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = data
				}
				if !bytes.Equal(first, data) {
					t.Fatalf("got\n%s\nand\n%s", first, data)
				}
			}
		})
	}
}

func TestRenderedComesBackFromItsBytes(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/render/plain.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := render(t, repository(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	data, err := rendered.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	again, err := stack.ParseRendered(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rendered, again, cmpopts.IgnoreFields(stack.Object{}, "Source")); diff != "" {
		t.Errorf("(-rendered +again)\n%s", diff)
	}
	if _, err := stack.ParseRendered([]byte(`{"stack":"shop","version":"1.0.0"}`)); err == nil {
		t.Error("took a field that does not exist")
	}
}

func TestTheRootItselfCanHoldTheManifests(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"as a kustomization": {"kustomization.yaml": "resources: [pod.yaml]\n", "pod.yaml": podOfCatalog},
		"in a file":          {"pod.yaml": podOfCatalog},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := shop(t, files)
			manifests := "."
			if files["kustomization.yaml"] == "" {
				manifests = "./pod.yaml"
			}
			write(t, filepath.Join(root, "slipway.yaml"), `stack: shop
registries: [{push: localhost:5000/shop}]
services: {catalog: {build: {go: .}, manifests: `+manifests+`}}
environments: {staging: {channel: rc, clusters: [local-1]}}
`)
			rendered, err := render(t, root)
			if err != nil {
				t.Fatal(err)
			}
			if got := rendered.Services[0].Objects[0].Source.String(); got != "pod.yaml:1" {
				t.Errorf("came from %s", got)
			}
		})
	}
}

func TestObjectsSayWhatTheyAreAndWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/render/kustomization.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := render(t, repository(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, object := range rendered.Services[0].Objects {
		got = append(got, strings.Join([]string{object.APIVersion(), object.Group(), object.Kind(), object.Namespace(), object.Source.String()}, " "))
	}
	want := []string{
		"v1  ConfigMap shop catalog/k8s/kustomization.yaml",
		"v1  Service shop catalog/k8s/service.yaml:1",
		"apps/v1 apps Deployment shop base/deployment.yaml:1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
