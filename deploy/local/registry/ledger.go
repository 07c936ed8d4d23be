package registry

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Counts is what a ledger has seen.
type Counts struct {
	// Requests are all requests by client, method and kind of path.
	Requests []RequestCount `json:"requests"`
	// Manifests are the successful pushes of manifests, in their order.
	Manifests []ManifestPush `json:"manifests"`
	// Blobs are the successful ends of blob uploads, in their order.
	Blobs []BlobPush `json:"blobs"`
}

// RequestCount counts the requests of one client.
type RequestCount struct {
	UserAgent  string `json:"userAgent"`
	Method     string `json:"method"`
	Kind       string `json:"kind"`
	Repository string `json:"repository,omitempty"`
	Count      int    `json:"count"`
}

// ManifestPush is one manifest put under a tag or its digest.
type ManifestPush struct {
	Time       time.Time `json:"time"`
	UserAgent  string    `json:"userAgent"`
	Repository string    `json:"repository"`
	Reference  string    `json:"reference"`
	Digest     string    `json:"digest"`
	// Created tells that the repository did not have the manifest before; it is
	// what counts as an effect.
	Created bool `json:"created"`
	// TagMoved tells that the reference is a tag that named something else
	// before, or nothing.
	TagMoved bool `json:"tagMoved"`
}

// BlobPush is one blob uploaded, or mounted from another repository.
type BlobPush struct {
	Time       time.Time `json:"time"`
	UserAgent  string    `json:"userAgent"`
	Repository string    `json:"repository"`
	Digest     string    `json:"digest"`
	// Bytes is what was sent for it; zero for a mounted blob.
	Bytes int64 `json:"bytes"`
	// Created tells that the repository did not have the blob before.
	Created bool `json:"created"`
	Mounted bool `json:"mounted,omitempty"`
}

// Ledger counts requests. The zero Ledger is ready for use.
type Ledger struct {
	mu        sync.Mutex
	requests  map[RequestCount]int
	manifests []ManifestPush
	blobs     []BlobPush
	// uploads are the bytes sent so far by upload.
	uploads map[string]int64
}

func (l *Ledger) request(key RequestCount) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests == nil {
		l.requests = make(map[RequestCount]int)
	}
	l.requests[key]++
}

func (l *Ledger) manifest(push ManifestPush) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.manifests = append(l.manifests, push)
}

func (l *Ledger) sent(upload string, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.uploads == nil {
		l.uploads = make(map[string]int64)
	}
	l.uploads[upload] += bytes
}

// blob records the end of an upload; what was sent for it comes on top of the
// bytes given.
func (l *Ledger) blob(upload string, push BlobPush) {
	l.mu.Lock()
	defer l.mu.Unlock()
	push.Bytes += l.uploads[upload]
	delete(l.uploads, upload)
	l.blobs = append(l.blobs, push)
}

// Counts returns what was seen of the repositories whose name begins with the
// prefix.
func (l *Ledger) Counts(prefix string) Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := Counts{Requests: []RequestCount{}, Manifests: []ManifestPush{}, Blobs: []BlobPush{}}
	for key, count := range l.requests {
		if strings.HasPrefix(key.Repository, prefix) {
			key.Count = count
			counts.Requests = append(counts.Requests, key)
		}
	}
	for _, push := range l.manifests {
		if strings.HasPrefix(push.Repository, prefix) {
			counts.Manifests = append(counts.Manifests, push)
		}
	}
	for _, push := range l.blobs {
		if strings.HasPrefix(push.Repository, prefix) {
			counts.Blobs = append(counts.Blobs, push)
		}
	}
	slices.SortFunc(counts.Requests, func(a, b RequestCount) int {
		return cmp.Or(cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.Repository, b.Repository),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Method, b.Method))
	})
	return counts
}
