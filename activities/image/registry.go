package image

import "context"

// Registry keeps images, each in a repository given as host/path. It is safe for
// concurrent use and never sends a layer that the repository has.
type Registry interface {
	// Find gives the image that a tag points at; found is false when nothing has
	// that tag. InvalidInput, Unavailable, Unauthorized.
	Find(ctx context.Context, repository, tag string) (image Stored, found bool, err error)
	// Get gives the image of a digest; found is false when the repository has none.
	// InvalidInput, Unavailable, Unauthorized.
	Get(ctx context.Context, repository, digest string) (image Stored, found bool, err error)
	// Push sends the only image of an OCI image layout, addressed by its digest and without a
	// tag. InvalidInput, Unavailable, Unauthorized.
	Push(ctx context.Context, layout, repository string, sent func(bytes int64)) (Stored, error)
	// Copy brings an image from one repository to another, without a tag.
	// NotFound, InvalidInput, Unavailable, Unauthorized.
	Copy(ctx context.Context, from, digest, to string, sent func(bytes int64)) error
	// Tag points a tag at an image that the repository has. It writes nothing when
	// the tag points there already. NotFound, InvalidInput, Unavailable, Unauthorized.
	Tag(ctx context.Context, repository, digest, tag string) error
}

// Stored is an image in a registry.
type Stored struct {
	Digest string
	// Size of config and layers as stored, in bytes.
	Size int64
}

// Builder makes the images of services. It is safe for concurrent use.
type Builder interface {
	// Key gives the digest, in hexadecimal digits, of everything that the image is
	// made from: equal keys are equal images. InvalidInput, Unavailable.
	Key(ctx context.Context, source Source) (string, error)
	// Build makes the image and puts it into a directory as an OCI image layout.
	// The function removes it. InvalidInput with the compiler's own words when
	// the source doesn't compile, Unavailable.
	Build(ctx context.Context, source Source) (layout string, remove func(), err error)
}

// Source is what a service is built from.
type Source struct {
	Service string
	// Root is a directory with the files of the repository.
	Root string
	// Go is the package path relative to Root.
	Go string
}
