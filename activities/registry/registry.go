// Package registry reaches OCI registries: how to connect, who we are there,
// and what their errors mean. Images and bundles both go through it.
package registry

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slipway-dev/slipway/activities/fault"
)

// silence is how long a registry may take to begin an answer. Registries on
// object storage move a finished layer before they confirm it, which takes them
// up to a minute for a gigabyte.
const silence = 2 * time.Minute

// again is how often a request that met a passing error is made before the
// whole step fails and Temporal tries it again: enough for a lost connection,
// not for a registry that is down.
var again = remote.Backoff{Duration: 100 * time.Millisecond, Factor: 3, Jitter: 0.1, Steps: 3}

// Client reaches registries with the credentials of the worker's Docker
// configuration, credential helpers included. Registries on localhost are asked
// over plain HTTP. It is safe for concurrent use.
type Client struct {
	transport http.RoundTripper
	agent     string
}

// New makes a client that calls itself by the given user agent, such as
// slipway/1.2.0.
func New(agent string) *Client {
	transport := remote.DefaultTransport
	if standard, ok := transport.(*http.Transport); ok {
		own := standard.Clone()
		own.ResponseHeaderTimeout = silence
		transport = own
	}
	return &Client{transport: transport, agent: agent}
}

// Options are those for one call to a registry. If sent is not nil, it is called
// with every number of bytes that goes out.
func (c *Client) Options(ctx context.Context, sent func(bytes int64)) []remote.Option {
	transport := c.transport
	if sent != nil {
		transport = &counting{next: transport, sent: sent}
	}
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithUserAgent(c.agent),
		remote.WithTransport(transport),
		remote.WithRetryBackoff(again),
	}
}

// Resolve finds what a tag or digest points at, without reading it. NotFound,
// Unavailable, Unauthorized.
func (c *Client) Resolve(ctx context.Context, ref name.Reference) (*v1.Descriptor, error) {
	found, err := remote.Head(ref, c.Options(ctx, nil)...)
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", ref, Classify(err))
	}
	return found, nil
}

// Tag points a tag at a manifest of the same repository. It writes nothing when
// the tag points there already. NotFound, Unavailable, Unauthorized.
func (c *Client) Tag(ctx context.Context, ref name.Digest, tag string) error {
	target := ref.Context().Tag(tag)
	now, err := c.Resolve(ctx, target)
	if err == nil && now.Digest.String() == ref.DigestStr() {
		return nil
	}
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	options := c.Options(ctx, nil)
	manifest, err := remote.Get(ref, options...)
	if err != nil {
		return fmt.Errorf("reading %s: %w", ref, Classify(err))
	}
	if err := remote.Put(target, manifest, options...); err != nil {
		return fmt.Errorf("tagging %s as %s: %w", ref, tag, Classify(err))
	}
	return nil
}

// Repository reads the name of a repository, given as host/path. InvalidInput.
func Repository(path string) (name.Repository, error) {
	repository, err := name.NewRepository(path)
	if err != nil {
		return name.Repository{}, fault.New(fault.InvalidInput, "repository %q: %w", path, err)
	}
	return repository, nil
}

// ByDigest reads a repository and a digest. InvalidInput.
func ByDigest(path, digest string) (name.Digest, error) {
	ref, err := name.NewDigest(path + "@" + digest)
	if err != nil {
		return name.Digest{}, fault.New(fault.InvalidInput, "reference %s@%s: %w", path, digest, err)
	}
	return ref, nil
}
