package golang_test

import (
	"archive/tar"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/image/golang"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

// builder gives a builder whose scratch space has to be empty in the end.
func builder(t *testing.T) *golang.Builder {
	t.Helper()
	root := filepath.Join(t.TempDir(), "scratch")
	space, err := scratch.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(root, "process-*", "*-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %q, %v", left, err)
		}
		_ = space.Close()
	})
	return golang.New(space, golang.DefaultPlatform)
}

// shop writes the files of the shop, with changes, into a new directory. An empty
// content removes a file.
func shop(t *testing.T, changes map[string]string) image.Source {
	t.Helper()
	root := t.TempDir()
	for _, files := range []map[string]string{sourcetest.Shop("localhost:5000/shop"), changes} {
		for name, content := range files {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			if content == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return image.Source{Service: "catalog", Root: root, Go: "catalog"}
}

// build builds an image and gives it, read from its layout.
func build(t *testing.T, source image.Source) v1.Image {
	t.Helper()
	dir, remove, err := builder(t).Build(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("the layout holds %v, %v; want one image", manifest, err)
	}
	built, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func TestBuildIsReproducible(t *testing.T) {
	t.Parallel()
	digests := map[string]bool{}
	for range 2 {
		digest, err := build(t, shop(t, nil)).Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests[digest.String()] = true
	}
	if len(digests) != 1 {
		t.Errorf("the same source in two directories gives %v", digests)
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	built := build(t, shop(t, nil))
	config, err := built.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Config; !slices.Equal(got.Entrypoint, []string{"/app/catalog"}) || got.User != "65532:65532" ||
		config.OS != "linux" || config.Architecture != "amd64" || config.Created.Unix() != 0 {
		t.Errorf("the config is %+v", config)
	}
	files := contents(t, built)
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, files["app/catalog"], 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil || string(out) != "catalog: hello\n." {
		t.Errorf("the program says %q, %v", out, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(files["etc/ssl/certs/ca-certificates.crt"]) {
		t.Error("there are no root certificates")
	}
	if _, there := files["tmp/"]; !there {
		t.Error("there is no /tmp")
	}
}

// contents gives the files of an image, and checks that each carries no time.
func contents(t *testing.T, built v1.Image) map[string][]byte {
	t.Helper()
	layers, err := built.Layers()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, layer := range layers {
		stream, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		for archive := tar.NewReader(stream); ; {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if header.ModTime.Unix() != 0 {
				t.Errorf("%s carries the time %s", header.Name, header.ModTime)
			}
			if files[header.Name], err = io.ReadAll(archive); err != nil {
				t.Fatal(err)
			}
		}
		_ = stream.Close()
	}
	return files
}

func TestKey(t *testing.T) {
	t.Parallel()
	base := key(t, shop(t, nil))
	files := sourcetest.Shop("localhost:5000/shop")
	tests := []struct {
		name    string
		changes map[string]string
		same    bool
	}{
		{"another directory", nil, true},
		{"a file that no program is made from", map[string]string{"README.md": "new"}, true},
		{"another service", map[string]string{"front/main.go": "package main\n"}, true},
		{"a test", map[string]string{"catalog/main_test.go": "package main\n"}, true},
		{"a file for another system", map[string]string{"catalog/main_windows.go": "package main\n"}, true},
		{"manifests", map[string]string{"catalog/k8s/deployment.yaml": "kind: Pod\n"}, true},
		{"a requirement that is not used", map[string]string{
			"go.mod": files["go.mod"] + "\nrequire example.com/unused v1.0.0\n", "go.sum": "",
		}, true},
		{"the source", map[string]string{"catalog/main.go": files["catalog/main.go"] + "// more\n"}, false},
		{"another file of the package", map[string]string{"catalog/more.go": "package main\n"}, false},
		{"an embedded file", map[string]string{"catalog/greeting.txt": "good morning\n"}, false},
		{"a package that is imported", map[string]string{"text/text.go": files["text/text.go"] + "// more\n"}, false},
		{"the version of the language", map[string]string{"go.mod": "module example.com/shop\n\ngo 1.25\n"}, false},
		{"a setting of the runtime", map[string]string{"go.mod": files["go.mod"] + "\ngodebug panicnil=1\n"}, false},
		{"a profile", map[string]string{"catalog/default.pgo": "samples"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := key(t, shop(t, test.changes)); (got == base) != test.same {
				t.Errorf("the key is the same: %v, want %v", got == base, test.same)
			}
		})
	}
	t.Run("another name of the service", func(t *testing.T) {
		t.Parallel()
		source := shop(t, nil)
		source.Service = "shelf"
		if key(t, source) == base {
			t.Error("the key is the same, though the image has another path in it")
		}
	})
}

func key(t *testing.T, source image.Source) string {
	t.Helper()
	got, err := builder(t).Key(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 64 {
		t.Fatalf("the key %q is no digest", got)
	}
	return got
}
