package oci

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/slipway-dev/slipway/activities/bundle"
)

// maxCached is how much of what was read stays in memory. The bundles of a stack
// of fifty services have a few hundred KiB, and a rollout reads two of them in
// every step.
const maxCached = 64 << 20

// maxEntries is more than fit into maxCached; the size counts.
const maxEntries = 4096

// cache keeps what was read last. What a digest names never changes.
type cache struct {
	mu    sync.Mutex
	limit int
	size  int
	least *simplelru.LRU[bundle.Reference, bundle.Artifact]
}

func newCache(limit int) *cache {
	c := &cache{limit: limit}
	// The only error is a size that isn't positive.
	c.least, _ = simplelru.NewLRU(maxEntries, func(_ bundle.Reference, artifact bundle.Artifact) {
		c.size -= sizeOf(artifact)
	})
	return c
}

func (c *cache) get(ref bundle.Reference) (bundle.Artifact, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.least.Get(ref)
}

func (c *cache) add(ref bundle.Reference, artifact bundle.Artifact) {
	size := sizeOf(artifact)
	if size > c.limit/2 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.least.Contains(ref) {
		return
	}
	c.size += size
	c.least.Add(ref, artifact)
	for c.size > c.limit {
		c.least.RemoveOldest()
	}
}

func sizeOf(artifact bundle.Artifact) int {
	size := 0
	for _, file := range artifact.Files {
		size += len(file.Content)
	}
	return size
}
