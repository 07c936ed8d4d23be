package image_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
)

func TestBuildImage(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	built, progress, err := y.watch()
	if err != nil {
		t.Fatal(err)
	}
	if built.Found || built.Size < 500_000 || built.Sent < 2*built.Size || !strings.HasPrefix(built.Digest, "sha256:") {
		t.Errorf("got %+v", built)
	}
	for name, server := range map[string]*registrytest.Registry{"first": y.first, "second": y.second} {
		if sent := uploads(server); sent != 3 {
			t.Errorf("the %s registry got %d blobs, want two layers and a config", name, sent)
		}
	}
	if len(progress) == 0 || progress[0].Step != image.StepCheckout {
		t.Errorf("the heartbeats say %+v", progress)
	}

	t.Run("the version is a tag of it everywhere", func(t *testing.T) {
		for _, path := range y.in.Registries {
			got, found, err := y.activities.Registry.Find(context.Background(), path+"/catalog", "1.0.0-rc.1")
			if want := (image.Stored{Digest: built.Digest, Size: built.Size}); err != nil || !found || got != want {
				t.Errorf("%s: got %+v, %v, %v; want %+v", path, got, found, err, want)
			}
		}
	})
	t.Run("building it again finds it and writes nothing", func(t *testing.T) {
		y.first.Reset()
		y.second.Reset()
		again := y.mustBuild(t)
		if want := (image.BuiltImage{Digest: built.Digest, Size: built.Size, Found: true}); again != want {
			t.Errorf("got %+v, want %+v", again, want)
		}
		if y.builder.builds != 1 || y.first.Writes()+y.second.Writes() != 0 {
			t.Errorf("%d builds, %d writes", y.builder.builds, y.first.Writes()+y.second.Writes())
		}
	})
	t.Run("another commit of the same source finds it and gets its tag", func(t *testing.T) {
		y.in.Commit, y.in.Version = y.upstream.Commit("README.md", "new"), "1.0.0-rc.2"
		again := y.mustBuild(t)
		if again.Digest != built.Digest || !again.Found || y.builder.builds != 1 {
			t.Errorf("got %+v after %d builds", again, y.builder.builds)
		}
	})
	t.Run("another source is another image, and the layers that stay are not sent", func(t *testing.T) {
		y.in.Commit, y.in.Version = y.upstream.Commit("catalog/greeting.txt", "good morning\n"), "1.0.0-rc.3"
		y.first.Reset()
		again := y.mustBuild(t)
		if again.Digest == built.Digest || again.Found || y.builder.builds != 2 {
			t.Errorf("got %+v after %d builds", again, y.builder.builds)
		}
		if sent := uploads(y.first); sent != 2 {
			t.Errorf("%d blobs sent, want a layer and a config", sent)
		}
	})
	t.Run("a registry that comes later gets a copy without a build", func(t *testing.T) {
		third := registrytest.New(t)
		y.in.Registries = []string{third.Host + "/new", y.first.Host + "/shop"}
		again := y.mustBuild(t)
		if !again.Found || again.Sent < again.Size || y.builder.builds != 2 {
			t.Errorf("got %+v after %d builds", again, y.builder.builds)
		}
		got, found, err := y.activities.Registry.Find(context.Background(), third.Host+"/new/catalog", "1.0.0-rc.3")
		if err != nil || !found || got.Digest != again.Digest {
			t.Errorf("the new registry has %+v, %v, %v; want %s", got, found, err, again.Digest)
		}
	})
}

func TestBuildImageFaults(t *testing.T) {
	t.Parallel()
	t.Run("a source that does not compile says so in the compiler's words and touches no registry", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		y.in.Commit = y.upstream.Commit("catalog/more.go", "package main\n\nvar more = undefined\n")
		_, err := y.build()
		want := "building the image of catalog: service catalog does not compile:\ncatalog/more.go:3:12: undefined: undefined"
		if fault.CodeOf(err) != fault.InvalidInput || err.Error() != want {
			t.Errorf("got %s %q\nwant InvalidInput %q", fault.CodeOf(err), err, want)
		}
		if writes := y.first.Writes() + y.second.Writes(); writes != 0 {
			t.Errorf("%d writes", writes)
		}
	})
	t.Run("a registry that fails in mid-push is unavailable, and the next attempt sends nothing twice", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		y.first.Fail(func(r *http.Request) int {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
				return http.StatusInternalServerError
			}
			return 0
		})
		if _, err := y.build(); fault.CodeOf(err) != fault.Unavailable {
			t.Fatalf("got %s %v, want Unavailable", fault.CodeOf(err), err)
		}
		y.first.Fail(nil)
		y.mustBuild(t)
		if sent := uploads(y.first); sent != 3 {
			t.Errorf("%d blobs sent in two attempts, want 3", sent)
		}
	})
	t.Run("a line that breaks in the middle of a layer is mended", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		var once sync.Once
		y.first.Fail(func(r *http.Request) int {
			status := 0
			if r.Method == http.MethodPatch {
				once.Do(func() { status = registrytest.Cut })
			}
			return status
		})
		y.mustBuild(t)
	})
	t.Run("a killed attempt that had pushed but not tagged is found by digest", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		y.first.Fail(func(r *http.Request) int {
			if strings.Contains(r.URL.Path, "/manifests/in-") && r.Method == http.MethodPut {
				return http.StatusServiceUnavailable
			}
			return 0
		})
		if _, err := y.build(); fault.CodeOf(err) != fault.Unavailable {
			t.Fatalf("got %s %v, want Unavailable", fault.CodeOf(err), err)
		}
		y.first.Fail(nil)
		y.first.Reset()
		y.mustBuild(t)
		if sent := uploads(y.first); sent != 0 {
			t.Errorf("%d blobs sent again", sent)
		}
	})
	t.Run("a registry that refuses is not worth another attempt", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		y.second.Fail(func(*http.Request) int { return http.StatusForbidden })
		if _, err := y.build(); fault.CodeOf(err) != fault.Unauthorized {
			t.Errorf("got %s %v, want Unauthorized", fault.CodeOf(err), err)
		}
	})
	t.Run("no registry is wrong input", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		y.in.Registries = nil
		if _, err := y.build(); fault.CodeOf(err) != fault.InvalidInput {
			t.Errorf("got %s %v, want InvalidInput", fault.CodeOf(err), err)
		}
	})
	t.Run("a cancellation in mid-push is a cancellation", func(t *testing.T) {
		t.Parallel()
		y := newYard(t)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		y.first.Fail(func(r *http.Request) int {
			if r.Method == http.MethodPatch {
				cancel()
				return registrytest.Cut
			}
			return 0
		})
		layout, remove, err := y.builder.Build(context.Background(), checkedOut(t, y))
		if err != nil {
			t.Fatal(err)
		}
		defer remove()
		_, err = y.activities.Registry.Push(ctx, layout, y.first.Host+"/shop/catalog", func(int64) {})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a cancellation", err)
		}
	})
}

func checkedOut(t *testing.T, y *yard) image.Source {
	t.Helper()
	dir, remove, err := y.activities.Repository.Checkout(context.Background(), y.in.Repository, y.in.Commit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	return image.Source{Service: "catalog", Root: dir, Go: "catalog"}
}

func TestConcurrentBuilds(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	var all sync.WaitGroup
	digests := make([]string, 4)
	for i := range digests {
		all.Go(func() {
			built, err := y.build()
			if err != nil {
				t.Error(err)
			}
			digests[i] = built.Digest
		})
	}
	all.Wait()
	for _, digest := range digests {
		if digest != digests[0] {
			t.Errorf("the digests are %q, want one", digests)
		}
	}
}
