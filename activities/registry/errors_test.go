package registry_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   fault.Code
	}{
		{"401 is a matter of credentials", http.StatusUnauthorized, "", fault.Unauthorized},
		{"403 is a matter of credentials", http.StatusForbidden, "", fault.Unauthorized},
		{"404 is not there", http.StatusNotFound, "", fault.NotFound},
		{"429 passes", http.StatusTooManyRequests, "", fault.Unavailable},
		{"500 passes", http.StatusInternalServerError, "", fault.Unavailable},
		{"503 passes", http.StatusServiceUnavailable, "", fault.Unavailable},
		{"507 passes", http.StatusInsufficientStorage, "", fault.Unavailable},
		{"400 is wrong input", http.StatusBadRequest, "", fault.InvalidInput},
		{"a denial counts more than its status", http.StatusBadRequest, `{"errors":[{"code":"DENIED"}]}`, fault.Unauthorized},
		{"a lost upload passes", http.StatusNotFound, `{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}`, fault.Unavailable},
		{"a collected blob passes", http.StatusBadRequest, `{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}`, fault.Unavailable},
		{"a cut connection passes", registrytest.Cut, "", fault.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v2/" {
					return
				}
				if test.status == registrytest.Cut {
					if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
						_ = connection.Close()
					}
					return
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			ref, err := registry.ByDigest(host+"/shop", "sha256:"+strings.Repeat("1", 64))
			if err != nil {
				t.Fatal(err)
			}
			// The head of a manifest has no body, and errors no codes; a whole one has.
			_, err = remote.Get(ref, registry.New("test").Options(context.Background(), nil)...)
			if got := fault.CodeOf(registry.Classify(err)); got != test.want {
				t.Errorf("got %s %v, want %s", got, err, test.want)
			}
		})
	}
	t.Run("the end of a context stays what it is", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		ref, err := registry.ByDigest(registrytest.New(t).Host+"/shop", "sha256:"+strings.Repeat("1", 64))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := registry.New("test").Resolve(ctx, ref); !errors.Is(err, context.Canceled) || fault.CodeOf(err) != fault.Internal {
			t.Errorf("got %s %v", fault.CodeOf(err), err)
		}
	})
	t.Run("a registry that is down passes", func(t *testing.T) {
		t.Parallel()
		ref, err := registry.ByDigest("127.0.0.1:1/shop", "sha256:"+strings.Repeat("1", 64))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := registry.New("test").Resolve(context.Background(), ref); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("got %s %v, want Unavailable", fault.CodeOf(err), err)
		}
	})
}
