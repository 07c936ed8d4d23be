package registry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/registry"
)

type front struct {
	*registry.Registry
	host string
}

func newFront(t *testing.T) *front {
	t.Helper()
	handler, err := registry.New(t.Context(), t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &front{Registry: handler, host: strings.TrimPrefix(server.URL, "http://")}
}

func (f *front) reference(t *testing.T, text string) name.Reference {
	t.Helper()
	reference, err := name.ParseReference(f.host + "/" + text)
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

func (f *front) push(t *testing.T, text string, image v1.Image) {
	t.Helper()
	if err := remote.Write(f.reference(t, text), image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func newImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(10_000, 2)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func digestOf(t *testing.T, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func (f *front) wantPush(t *testing.T, number int, want registry.ManifestPush) {
	t.Helper()
	manifests := f.Ledger.Counts("").Manifests
	if len(manifests) != number {
		t.Fatalf("%d manifests were pushed, want %d", len(manifests), number)
	}
	got := manifests[number-1]
	if !strings.HasPrefix(got.UserAgent, "go-containerregistry") || got.Time.IsZero() {
		t.Errorf("the push says neither who nor when: %+v", got)
	}
	got.UserAgent, got.Time = "", want.Time
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestPushesAreCountedByWhatTheyBrought(t *testing.T) {
	t.Parallel()
	front := newFront(t)
	first, second := newImage(t), newImage(t)
	front.push(t, "shop/cart:1", first)
	front.wantPush(t, 1, registry.ManifestPush{
		Repository: "shop/cart", Reference: "1", Digest: digestOf(t, first), Created: true, TagMoved: true,
	})
	// The client looks first and does not push what is there under its name.
	front.push(t, "shop/cart:1", first)
	front.wantPush(t, 1, registry.ManifestPush{
		Repository: "shop/cart", Reference: "1", Digest: digestOf(t, first), Created: true, TagMoved: true,
	})
	front.push(t, "shop/cart:2", first)
	front.wantPush(t, 2, registry.ManifestPush{
		Repository: "shop/cart", Reference: "2", Digest: digestOf(t, first), TagMoved: true,
	})
	front.push(t, "shop/cart@"+digestOf(t, second), second)
	front.wantPush(t, 3, registry.ManifestPush{
		Repository: "shop/cart", Reference: digestOf(t, second), Digest: digestOf(t, second), Created: true,
	})
	front.push(t, "shop/cart:1", second)
	front.wantPush(t, 4, registry.ManifestPush{
		Repository: "shop/cart", Reference: "1", Digest: digestOf(t, second), TagMoved: true,
	})
	if other := front.Ledger.Counts("bank/"); len(other.Manifests)+len(other.Blobs)+len(other.Requests) > 0 {
		t.Errorf("another repository has %+v", other)
	}
}

func TestBlobsAreCountedWithTheirBytes(t *testing.T) {
	t.Parallel()
	front := newFront(t)
	image := newImage(t)
	front.push(t, "shop/cart:1", image)
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	sizes := make(map[string]int64)
	for _, layer := range layers {
		digest, digestErr := layer.Digest()
		size, sizeErr := layer.Size()
		if digestErr != nil || sizeErr != nil {
			t.Fatal(digestErr, sizeErr)
		}
		sizes[digest.String()] = size
	}
	configName, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	sizes[configName.String()] = int64(len(config))

	blobs := front.Ledger.Counts("shop/").Blobs
	if len(blobs) != len(sizes) {
		t.Errorf("%d blobs were pushed, want %d", len(blobs), len(sizes))
	}
	for _, blob := range blobs {
		if blob.Bytes != sizes[blob.Digest] || !blob.Created || blob.Mounted {
			t.Errorf("got %+v, want %d new bytes", blob, sizes[blob.Digest])
		}
	}
}

func TestAnImageCanBePulledAndDeleted(t *testing.T) {
	t.Parallel()
	front := newFront(t)
	image := newImage(t)
	reference := "shop/cart@" + digestOf(t, image)
	front.push(t, reference, image)
	pulled, err := remote.Image(front.reference(t, reference), remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if digestOf(t, pulled) != digestOf(t, image) {
		t.Error("another image came back")
	}
	if err := remote.Delete(front.reference(t, reference), remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Head(front.reference(t, reference), remote.WithContext(t.Context())); err == nil {
		t.Error("the image is still there")
	}
	front.push(t, reference, image)
	front.wantPush(t, 2, registry.ManifestPush{
		Repository: "shop/cart", Reference: digestOf(t, image), Digest: digestOf(t, image), Created: true,
	})
}

func TestAPushThatFailsIsNotCounted(t *testing.T) {
	t.Parallel()
	front := newFront(t)
	rule := faults.Rule{Verbs: []string{"put"}, Path: "/manifests/", Status: http.StatusForbidden}
	if _, err := front.Gate.Add(faults.Fail, rule); err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(front.reference(t, "shop/cart:1"), newImage(t), remote.WithContext(t.Context())); err == nil {
		t.Fatal("the push succeeded")
	}
	if manifests := front.Ledger.Counts("").Manifests; len(manifests) != 0 {
		t.Errorf("counted %+v", manifests)
	}
}

func TestImagesSurviveARestart(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	image := newImage(t)
	for round := range 2 {
		handler, err := registry.New(t.Context(), directory, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(handler)
		front := &front{Registry: handler, host: strings.TrimPrefix(server.URL, "http://")}
		if round == 0 {
			front.push(t, "shop/cart:1", image)
		}
		head, err := remote.Head(front.reference(t, "shop/cart:1"), remote.WithContext(t.Context()))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if head.Digest.String() != digestOf(t, image) {
			t.Errorf("round %d: the tag names %s", round, head.Digest)
		}
		server.Close()
	}
}
