package oci_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/bundle/oci"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
)

func artifact(content string) bundle.Artifact {
	return bundle.Artifact{
		Type: "application/vnd.slipway.test.v1", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Files: []bundle.File{
			{Name: "a.json", MediaType: "application/json", Content: []byte(content)},
			{Name: "b.json", MediaType: "application/json", Content: []byte("{}")},
		},
		Annotations: map[string]string{"org.opencontainers.image.version": "1.0.0"},
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	ctx, server := context.Background(), registrytest.New(t)
	repository := server.Host + "/shop/shop.bundle"
	writer := oci.New(registry.New("test"))
	ref, err := writer.Put(ctx, repository, artifact(`{"n":1}`), "1.0.0", "verified-abc")
	if err != nil {
		t.Fatal(err)
	}

	t.Run("what was put is got", func(t *testing.T) {
		got, err := oci.New(registry.New("test")).Get(ctx, ref)
		if err != nil || !reflect.DeepEqual(got, artifact(`{"n":1}`)) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("tags lead to it", func(t *testing.T) {
		for _, tag := range []string{"1.0.0", "verified-abc"} {
			if got, err := writer.Resolve(ctx, repository, tag); err != nil || got != ref {
				t.Errorf("%s: got %v, %v; want %v", tag, got, err, ref)
			}
		}
	})
	t.Run("putting the same again writes nothing", func(t *testing.T) {
		server.Reset()
		again, err := writer.Put(ctx, repository, artifact(`{"n":1}`), "1.0.0", "verified-abc")
		if err != nil || again != ref {
			t.Errorf("got %v, %v; want %v", again, err, ref)
		}
		if writes := server.Writes(); writes != 0 {
			t.Errorf("%d writes", writes)
		}
	})
	t.Run("a file that is there is not sent again", func(t *testing.T) {
		server.Reset()
		other, err := writer.Put(ctx, repository, artifact(`{"n":2}`))
		if err != nil || other == ref {
			t.Errorf("got %v, %v", other, err)
		}
		if uploads := server.Count(http.MethodPatch, "/blobs/uploads/"); uploads != 1 {
			t.Errorf("%d files sent, want the one that changed", uploads)
		}
		if err := writer.Tag(ctx, other, "1.0.0"); err != nil {
			t.Fatal(err)
		}
		if got, err := writer.Resolve(ctx, repository, "1.0.0"); err != nil || got != other {
			t.Errorf("the moved tag leads to %v, %v; want %v", got, err, other)
		}
	})
	t.Run("reading again asks nobody", func(t *testing.T) {
		reader := oci.New(registry.New("test"))
		if _, err := reader.Get(ctx, ref); err != nil {
			t.Fatal(err)
		}
		server.Reset()
		if _, err := reader.Get(ctx, ref); err != nil {
			t.Error(err)
		}
		if asked := server.Count(http.MethodGet, ""); asked != 0 {
			t.Errorf("%d requests", asked)
		}
	})
	t.Run("a manifest that is there exists", func(t *testing.T) {
		if got, err := writer.Exists(ctx, ref.String()); err != nil || !got {
			t.Errorf("got %v, %v", got, err)
		}
		missing := repository + "@sha256:" + strings.Repeat("1", 64)
		if got, err := writer.Exists(ctx, missing); err != nil || got {
			t.Errorf("missing: got %v, %v", got, err)
		}
		if _, err := writer.Exists(ctx, repository+":1.0.0"); fault.CodeOf(err) != fault.InvalidInput {
			t.Errorf("a tag: got %v, want InvalidInput", err)
		}
	})
	t.Run("what is not there is not found", func(t *testing.T) {
		missing := bundle.Reference{Repository: repository, Digest: "sha256:" + strings.Repeat("1", 64)}
		_, err := writer.Get(ctx, missing)
		_, unresolved := writer.Resolve(ctx, repository, "2.0.0")
		for step, err := range map[string]error{"Get": err, "Resolve": unresolved, "Tag": writer.Tag(ctx, missing, "x")} {
			if fault.CodeOf(err) != fault.NotFound {
				t.Errorf("%s: got %s %v, want NotFound", step, fault.CodeOf(err), err)
			}
		}
	})
}

func TestStoreFaults(t *testing.T) {
	t.Parallel()
	repositoryOf := func(server *registrytest.Registry) string { return server.Host + "/shop/shop.bundle" }
	t.Run("a broken line is mended within the step, and no file is sent twice", func(t *testing.T) {
		t.Parallel()
		server := registrytest.New(t)
		var cut atomic.Bool
		server.Fail(func(r *http.Request) int {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") && cut.CompareAndSwap(false, true) {
				return registrytest.Cut
			}
			return 0
		})
		if _, err := oci.New(registry.New("test")).Put(context.Background(), repositoryOf(server), artifact("{}1"), "1.0.0"); err != nil {
			t.Fatal(err)
		}
		if uploads := server.Count(http.MethodPatch, "/blobs/uploads/"); uploads != 2 {
			t.Errorf("%d files sent, want 2", uploads)
		}
	})
	t.Run("a registry that stays broken is unavailable, and the next attempt goes on", func(t *testing.T) {
		t.Parallel()
		server, store := registrytest.New(t), oci.New(registry.New("test"))
		server.Fail(func(r *http.Request) int {
			if strings.Contains(r.URL.Path, "/manifests/") && r.Method == http.MethodPut {
				return http.StatusInternalServerError
			}
			return 0
		})
		_, err := store.Put(context.Background(), repositoryOf(server), artifact("{}"), "1.0.0")
		if fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("got %s %v, want Unavailable", fault.CodeOf(err), err)
		}
		server.Fail(nil)
		server.Reset()
		if _, err := store.Put(context.Background(), repositoryOf(server), artifact("{}"), "1.0.0"); err != nil {
			t.Fatal(err)
		}
		if uploads := server.Count(http.MethodPost, "/blobs/uploads/"); uploads != 0 {
			t.Errorf("%d files sent again", uploads)
		}
	})
	t.Run("a refusal is not worth another attempt", func(t *testing.T) {
		t.Parallel()
		server := registrytest.New(t)
		server.Fail(func(*http.Request) int { return http.StatusForbidden })
		_, err := oci.New(registry.New("test")).Resolve(context.Background(), repositoryOf(server), "1.0.0")
		if fault.CodeOf(err) != fault.Unauthorized {
			t.Errorf("got %s %v, want Unauthorized", fault.CodeOf(err), err)
		}
	})
}
