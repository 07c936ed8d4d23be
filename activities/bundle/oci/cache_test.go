package oci

import (
	"strconv"
	"testing"

	"github.com/slipway-dev/slipway/activities/bundle"
)

func TestCache(t *testing.T) {
	t.Parallel()
	artifact := func(size int) bundle.Artifact {
		return bundle.Artifact{Files: []bundle.File{{Content: make([]byte, size)}}}
	}
	ref := func(n int) bundle.Reference { return bundle.Reference{Repository: "r", Digest: strconv.Itoa(n)} }
	c := newCache(100)
	for n := range 4 {
		c.add(ref(n), artifact(30))
		c.add(ref(n), artifact(30))
	}
	c.add(ref(9), artifact(51))
	for n, want := range map[int]bool{0: false, 1: true, 2: true, 3: true, 9: false} {
		if _, got := c.get(ref(n)); got != want {
			t.Errorf("artifact %d is kept: %v, want %v", n, got, want)
		}
	}
	if c.size != 90 {
		t.Errorf("the cache counts %d bytes, want 90", c.size)
	}
}
