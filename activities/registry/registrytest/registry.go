// Package registrytest runs a real OCI registry over HTTP for tests, which counts
// what is asked of it and goes wrong when told to.
package registrytest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Cut is an answer of a fault: the connection is closed without one.
const Cut = -1

// Registry is a registry in memory. It is safe for concurrent use.
type Registry struct {
	// Host is its address, as the first part of a repository's name.
	Host string

	mu       sync.Mutex
	requests []string
	fault    func(*http.Request) int
}

// New starts a registry that goes away with the test.
func New(t testing.TB) *Registry {
	t.Helper()
	r := &Registry{}
	real := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		switch status := r.note(request); status {
		case 0:
			real.ServeHTTP(w, request)
		case Cut:
			// Some of the body has arrived by then, as on a broken line.
			_, _ = io.CopyN(io.Discard, request.Body, 1<<10)
			if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = connection.Close()
			}
		default:
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(server.Close)
	r.Host = strings.TrimPrefix(server.URL, "http://")
	return r
}

// note counts a request and gives the status that a fault wants, or zero.
func (r *Registry) note(request *http.Request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, request.Method+" "+request.URL.Path)
	if r.fault == nil {
		return 0
	}
	return r.fault(request)
}

// Fail lets requests go wrong from now on: the function gives the status to
// answer with, Cut, or zero to let a request through. Nil mends everything.
func (r *Registry) Fail(fault func(*http.Request) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = fault
}

// Count gives the number of requests since the last Reset with that method and
// a path that contains the part.
func (r *Registry) Count(method, part string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	count := 0
	for _, request := range r.requests {
		used, path, _ := strings.Cut(request, " ")
		if used == method && strings.Contains(path, part) {
			count++
		}
	}
	return count
}

// Writes gives the number of requests since the last Reset that write anything.
func (r *Registry) Writes() int {
	return r.Count(http.MethodPost, "") + r.Count(http.MethodPatch, "") + r.Count(http.MethodPut, "") + r.Count(http.MethodDelete, "")
}

// Reset begins to count anew.
func (r *Registry) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = nil
}
