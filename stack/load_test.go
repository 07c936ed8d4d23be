package stack_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/slipway-dev/slipway/stack"
)

const smallest = `stack: shop
registries: [{push: ghcr.io/acme/shop}]
services: {cart: {build: {go: ./cart}, manifests: cart/k8s}}
environments: {staging: {channel: rc, clusters: [local-1]}}
`

func TestLoadReadsARepository(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, filepath.Join(root, "slipway.yaml"), smallest)
	write(t, filepath.Join(root, "cart/k8s/cart.yaml"), "")
	loaded, err := stack.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Name != "shop" || len(loaded.Services) != 1 {
		t.Errorf("got %+v", loaded)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, root string)
		want    string
	}{
		{
			"a repository without a stack file",
			func(*testing.T, string) {},
			"slipway.yaml: there is no such file; put it at the root of the repository",
		},
		{
			"a stack file with the other extension",
			func(t *testing.T, root string) { write(t, filepath.Join(root, "slipway.yml"), smallest) },
			"slipway.yaml: there is no such file; rename slipway.yml",
		},
		{
			"a directory in the place of the stack file",
			func(t *testing.T, root string) { write(t, filepath.Join(root, "slipway.yaml/slipway.yaml"), smallest) },
			"slipway.yaml: is no regular file",
		},
		{
			"a stack file outside of the repository",
			func(t *testing.T, root string) {
				outside := filepath.Join(t.TempDir(), "slipway.yaml")
				write(t, outside, smallest)
				link(t, outside, filepath.Join(root, "slipway.yaml"))
			},
			"slipway.yaml: leads out of the repository",
		},
		{
			"paths that do not exist, together with what is wrong in the file",
			func(t *testing.T, root string) {
				write(t, filepath.Join(root, "slipway.yaml"), smallest+"stack: shop\n")
			},
			"slipway.yaml:3:31: services.cart.build.go: \"cart\" does not exist; paths are relative to the root of the repository\n" +
				"slipway.yaml:3:51: services.cart.manifests: \"cart/k8s\" does not exist; paths are relative to the root of the repository\n" +
				"slipway.yaml:5:1: stack: is here twice, first in line 1; keep one",
		},
		{
			"a build that is a file",
			func(t *testing.T, root string) {
				write(t, filepath.Join(root, "slipway.yaml"), `stack: shop
registries: [{push: ghcr.io/acme/shop}]
services: {cart: {build: {go: cart/main.go}, manifests: cart/k8s}}
environments: {staging: {channel: rc, clusters: [local-1]}}
`)
				write(t, filepath.Join(root, "cart/main.go"), "package main")
				write(t, filepath.Join(root, "cart/k8s/cart.yaml"), "")
			},
			`slipway.yaml:3:31: services.cart.build.go: "cart/main.go" is a file where a directory is wanted; name the directory of the main package`,
		},
		{
			"manifests outside of the repository",
			func(t *testing.T, root string) {
				write(t, filepath.Join(root, "slipway.yaml"), smallest)
				write(t, filepath.Join(root, "cart/main.go"), "package main")
				link(t, t.TempDir(), filepath.Join(root, "cart/k8s"))
			},
			`slipway.yaml:3:51: services.cart.manifests: "cart/k8s" leads out of the repository; paths are relative to the root of the repository`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			test.prepare(t, root)
			_, err := stack.Load(root)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestLoadOfNoDirectory(t *testing.T) {
	t.Parallel()
	_, err := stack.Load(filepath.Join(t.TempDir(), "missing"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}
