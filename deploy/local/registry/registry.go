package registry

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/slipway-dev/slipway/deploy/local/faults"
)

// manifestLimit is the registry's own limit for a manifest (4 MiB).
const manifestLimit = 4 << 20

// Registry is an http.Handler that counts and can be made to fail.
type Registry struct {
	Ledger Ledger
	Gate   faults.Gate

	storage http.Handler
	// pushes makes the look before a push and the push itself one step.
	pushes sync.Mutex
}

// New makes a registry that keeps its images in the directory and writes what
// it has to say into logs. There should be one of them in a process, because
// the library has one logger for all.
func New(ctx context.Context, directory string, logs io.Writer) (*Registry, error) {
	storage, err := newStorage(ctx, directory, logs)
	if err != nil {
		return nil, err
	}
	return &Registry{storage: storage}, nil
}

// place is what a path of the distribution API names.
type place struct {
	// kind is manifests, blobs, uploads, tags, or empty for the rest.
	kind       string
	repository string
	// reference is a tag or digest, or the ID of an upload.
	reference string
}

func parse(path string) place {
	rest, found := strings.CutPrefix(path, "/v2/")
	if !found {
		return place{}
	}
	// Repository names may contain slashes, so the last mark counts.
	for _, mark := range []struct{ kind, text string }{
		{"uploads", "/blobs/uploads/"}, {"manifests", "/manifests/"}, {"blobs", "/blobs/"}, {"tags", "/tags/"},
	} {
		if at := strings.LastIndex(rest, mark.text); at >= 0 {
			return place{kind: mark.kind, repository: rest[:at], reference: rest[at+len(mark.text):]}
		}
	}
	return place{}
}

// ServeHTTP passes a request to the registry.
func (r *Registry) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	at := parse(request.URL.Path)
	r.Ledger.request(RequestCount{
		UserAgent: request.UserAgent(), Method: request.Method, Kind: at.kind, Repository: at.repository,
	})
	facts := faults.Request{
		Verb:      strings.ToLower(request.Method),
		Write:     request.Method != http.MethodGet && request.Method != http.MethodHead,
		Path:      request.URL.RequestURI(),
		UserAgent: request.UserAgent(),
	}
	verdict := r.Gate.Pass(request.Context(), faults.OnRequest, facts)
	if verdict.Drop {
		faults.DropConnection(request)
		return
	}
	if verdict.Status != 0 {
		refuse(writer, verdict.Status)
		return
	}
	switch {
	case at.kind == "manifests" && request.Method == http.MethodPut:
		r.putManifest(writer, request, at)
	case at.kind == "uploads" && request.Method != http.MethodGet:
		r.upload(writer, request, at)
	default:
		r.storage.ServeHTTP(writer, request)
	}
	if r.Gate.Pass(request.Context(), faults.OnResponse, facts).Drop {
		faults.DropConnection(request)
	}
}

func (r *Registry) putManifest(writer http.ResponseWriter, request *http.Request, at place) {
	body, err := io.ReadAll(io.LimitReader(request.Body, manifestLimit+1))
	if err != nil {
		faults.DropConnection(request)
		return
	}
	request.Body = io.NopCloser(strings.NewReader(string(body)))
	content := digest.FromBytes(body).String()

	r.pushes.Lock()
	defer r.pushes.Unlock()
	known := r.manifest(request.Context(), at.repository, content) == content
	named := r.manifest(request.Context(), at.repository, at.reference)
	status := r.pass(writer, request)
	if status != http.StatusCreated {
		return
	}
	r.Ledger.manifest(ManifestPush{
		Time: time.Now().UTC(), UserAgent: request.UserAgent(),
		Repository: at.repository, Reference: at.reference, Digest: content,
		Created:  !known,
		TagMoved: at.reference != content && named != content,
	})
}

// upload handles the begin (POST), the parts (PATCH) and the end (PUT) of a
// blob's upload. A POST may also be all of it, or mount a blob.
func (r *Registry) upload(writer http.ResponseWriter, request *http.Request, at place) {
	counted := &countingReader{ReadCloser: request.Body}
	request.Body = counted
	query := request.URL.Query()
	blob := query.Get("digest")
	mounted := query.Get("mount")
	known := r.hasBlob(request.Context(), at.repository, blob+mounted)
	status := r.pass(writer, request)
	if status != http.StatusCreated {
		r.Ledger.sent(at.reference, counted.count)
		return
	}
	r.Ledger.blob(at.reference, BlobPush{
		Time: time.Now().UTC(), UserAgent: request.UserAgent(),
		Repository: at.repository, Digest: blob + mounted,
		Bytes: counted.count, Created: !known, Mounted: mounted != "",
	})
}

func (r *Registry) pass(writer http.ResponseWriter, request *http.Request) int {
	recorder := &statusRecorder{ResponseWriter: writer}
	r.storage.ServeHTTP(recorder, request)
	return recorder.status
}

// manifest returns the digest that a reference stands for; empty when there is
// none.
func (r *Registry) manifest(ctx context.Context, repository, reference string) string {
	status, header := r.head(ctx, fmt.Sprintf("/v2/%s/manifests/%s", repository, reference))
	if status != http.StatusOK {
		return ""
	}
	return header.Get("Docker-Content-Digest")
}

func (r *Registry) hasBlob(ctx context.Context, repository, blob string) bool {
	if blob == "" {
		return false
	}
	status, _ := r.head(ctx, fmt.Sprintf("/v2/%s/blobs/%s", repository, blob))
	return status == http.StatusOK
}
