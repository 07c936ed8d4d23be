// Package oci keeps images in OCI registries.
package oci

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/registry"
)

// Registry implements image.Registry. Make one with New.
type Registry struct {
	client *registry.Client
}

var _ image.Registry = (*Registry)(nil)

// New keeps images wherever the client reaches.
func New(client *registry.Client) *Registry { return &Registry{client: client} }

// Find asks for the head of the manifest first, which costs a registry least
// when there is none.
func (r *Registry) Find(ctx context.Context, repository, tag string) (image.Stored, bool, error) {
	repo, err := registry.Repository(repository)
	if err != nil {
		return image.Stored{}, false, err
	}
	head, err := r.client.Resolve(ctx, repo.Tag(tag))
	if fault.CodeOf(err) == fault.NotFound {
		return image.Stored{}, false, nil
	}
	if err != nil {
		return image.Stored{}, false, err
	}
	stored, err := r.read(ctx, repo.Digest(head.Digest.String()))
	return stored, err == nil, err
}

// Get reads the manifest.
func (r *Registry) Get(ctx context.Context, repository, digest string) (image.Stored, bool, error) {
	ref, err := registry.ByDigest(repository, digest)
	if err != nil {
		return image.Stored{}, false, err
	}
	stored, err := r.read(ctx, ref)
	if fault.CodeOf(err) == fault.NotFound {
		return image.Stored{}, false, nil
	}
	return stored, err == nil, err
}

func (r *Registry) read(ctx context.Context, ref name.Digest) (image.Stored, error) {
	found, err := remote.Image(ref, r.client.Options(ctx, nil)...)
	if err != nil {
		return image.Stored{}, fmt.Errorf("reading image %s: %w", ref, registry.Classify(err))
	}
	stored, err := describe(found)
	if err != nil {
		return image.Stored{}, fmt.Errorf("reading image %s: %w", ref, registry.Classify(err))
	}
	return stored, nil
}

// Push sends the layers that the repository lacks, then the manifest.
func (r *Registry) Push(ctx context.Context, dir, repository string, sent func(bytes int64)) (image.Stored, error) {
	built, err := only(dir)
	if err != nil {
		return image.Stored{}, fmt.Errorf("reading an image layout: %w", err)
	}
	stored, err := describe(built)
	if err != nil {
		return image.Stored{}, fmt.Errorf("reading an image layout: %w", err)
	}
	ref, err := registry.ByDigest(repository, stored.Digest)
	if err != nil {
		return image.Stored{}, err
	}
	return stored, r.write(ctx, ref, built, sent)
}

// Copy streams layers through the worker; within one registry it asks to mount
// them instead.
func (r *Registry) Copy(ctx context.Context, from, digest, to string, sent func(bytes int64)) error {
	source, err := registry.ByDigest(from, digest)
	if err != nil {
		return err
	}
	target, err := registry.ByDigest(to, digest)
	if err != nil {
		return err
	}
	found, err := remote.Image(source, r.client.Options(ctx, nil)...)
	if err != nil {
		return fmt.Errorf("reading image %s: %w", source, registry.Classify(err))
	}
	return r.write(ctx, target, found, sent)
}

// Tag writes at most one manifest.
func (r *Registry) Tag(ctx context.Context, repository, digest, tag string) error {
	ref, err := registry.ByDigest(repository, digest)
	if err != nil {
		return err
	}
	return r.client.Tag(ctx, ref, tag)
}

func (r *Registry) write(ctx context.Context, ref name.Digest, from v1.Image, sent func(bytes int64)) error {
	if err := remote.Write(ref, from, r.client.Options(ctx, sent)...); err != nil {
		return fmt.Errorf("pushing image %s: %w", ref, registry.Classify(err))
	}
	return nil
}

// only gives the image of a layout that holds exactly one.
func only(dir string) (v1.Image, error) {
	path, err := layout.FromPath(dir)
	if err != nil {
		return nil, err
	}
	index, err := path.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("%d images, want one", len(manifest.Manifests))
	}
	return path.Image(manifest.Manifests[0].Digest)
}

func describe(from v1.Image) (image.Stored, error) {
	digest, err := from.Digest()
	if err != nil {
		return image.Stored{}, err
	}
	manifest, err := from.Manifest()
	if err != nil {
		return image.Stored{}, err
	}
	size := manifest.Config.Size
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	return image.Stored{Digest: digest.String(), Size: size}, nil
}
