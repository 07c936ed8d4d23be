// Package oci keeps bundles and snapshots as artifacts in OCI registries: a
// manifest with an artifactType, and one layer for each file.
package oci

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/registry"
)

// Store implements bundle.Store. Make one with New.
type Store struct {
	client *registry.Client
	read   *cache
}

var _ bundle.Store = (*Store)(nil)

// New stores wherever the client reaches.
func New(client *registry.Client) *Store {
	return &Store{client: client, read: newCache(maxCached)}
}

// Put sends the files that the registry lacks, then the manifest, then the tags.
func (s *Store) Put(ctx context.Context, repository string, artifact bundle.Artifact, tags ...string) (bundle.Reference, error) {
	packed, err := pack(artifact)
	if err != nil {
		return bundle.Reference{}, fmt.Errorf("packing an artifact for %s: %w", repository, err)
	}
	digest, err := packed.Digest()
	if err != nil {
		return bundle.Reference{}, fmt.Errorf("packing an artifact for %s: %w", repository, err)
	}
	ref, err := registry.ByDigest(repository, digest.String())
	if err != nil {
		return bundle.Reference{}, err
	}
	if err := remote.Write(ref, packed, s.client.Options(ctx, nil)...); err != nil {
		return bundle.Reference{}, fmt.Errorf("storing %s: %w", ref, registry.Classify(err))
	}
	for _, tag := range tags {
		if err := s.client.Tag(ctx, ref, tag); err != nil {
			return bundle.Reference{}, err
		}
	}
	return bundle.Reference{Repository: repository, Digest: digest.String()}, nil
}

// Get remembers what it read. Callers share the result and must not change it.
func (s *Store) Get(ctx context.Context, ref bundle.Reference) (bundle.Artifact, error) {
	if artifact, known := s.read.get(ref); known {
		return artifact, nil
	}
	at, err := registry.ByDigest(ref.Repository, ref.Digest)
	if err != nil {
		return bundle.Artifact{}, err
	}
	artifact, err := unpack(at, s.client.Options(ctx, nil))
	if err != nil {
		return bundle.Artifact{}, fmt.Errorf("reading %s: %w", at, registry.Classify(err))
	}
	s.read.add(ref, artifact)
	return artifact, nil
}

// Resolve never uses what it saw before: tags move.
func (s *Store) Resolve(ctx context.Context, repository, tag string) (bundle.Reference, error) {
	repo, err := registry.Repository(repository)
	if err != nil {
		return bundle.Reference{}, err
	}
	found, err := s.client.Resolve(ctx, repo.Tag(tag))
	if err != nil {
		return bundle.Reference{}, err
	}
	return bundle.Reference{Repository: repository, Digest: found.Digest.String()}, nil
}

// Tag writes at most one manifest, and nothing when the tag points there.
func (s *Store) Tag(ctx context.Context, ref bundle.Reference, tag string) error {
	at, err := registry.ByDigest(ref.Repository, ref.Digest)
	if err != nil {
		return err
	}
	return s.client.Tag(ctx, at, tag)
}

// Exists asks for the head of the manifest only.
func (s *Store) Exists(ctx context.Context, image string) (bool, error) {
	ref, err := name.NewDigest(image)
	if err != nil {
		return false, fault.New(fault.InvalidInput, "image %q: %w", image, err)
	}
	_, err = s.client.Resolve(ctx, ref)
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}
