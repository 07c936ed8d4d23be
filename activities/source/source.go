// Package source reads stacks from Git repositories.
package source

import (
	"context"

	"github.com/slipway-dev/slipway/stack"
)

// Repository gives access to Git repositories. It is safe for concurrent use
// and keeps only caches: losing its files loses nothing.
type Repository interface {
	// ResolveTag gives the commit that a tag names, annotated tags peeled.
	// NotFound if there is no such tag or repository, Unavailable, Unauthorized.
	ResolveTag(ctx context.Context, url, tag string) (commit string, err error)
	// ResolveCommit completes and verifies a commit. NotFound, Unavailable, Unauthorized.
	ResolveCommit(ctx context.Context, url, commit string) (string, error)
	// TagsBefore lists the tags of which the commit is a descendant, or which
	// name it. NotFound, Unavailable, Unauthorized.
	TagsBefore(ctx context.Context, url, commit string) ([]string, error)
	// Checkout puts the files of a commit, submodules included, into a directory
	// of its own and returns it together with a function that removes it.
	// NotFound, Unavailable, Unauthorized.
	Checkout(ctx context.Context, url, commit string) (dir string, remove func(), err error)
}

// ReadReleaseInput names a release by tag or, for a snapshot, by commit.
type ReadReleaseInput struct {
	// Stack that the caller expects; another name in slipway.yaml is refused.
	Stack string `json:"stack"`
	// Repository URL as git takes it, without credentials: those belong to the
	// worker's git, while this is in every history.
	Repository string `json:"repository"`
	Tag        string `json:"tag,omitempty"`
	Commit     string `json:"commit,omitempty"`
}

// ReleasePlan is what a commit says about its release.
type ReleasePlan struct {
	Stack    string        `json:"stack"`
	Version  string        `json:"version"`
	Channel  stack.Channel `json:"channel"`
	Commit   string        `json:"commit"`
	Services []BuildPlan   `json:"services"`
	// Registries to push to; the first one holds the bundles too.
	Registries []string `json:"registries"`
	// BundleRepository is where bundles and snapshots of the stack are kept.
	BundleRepository string   `json:"bundleRepository"`
	Environments     []string `json:"environments"`
	// Verified tells that an environment of the channel asks for an rc of the same
	// commit that was verified.
	Verified bool `json:"verified,omitempty"`
}

// BuildPlan is a service whose image the release builds.
type BuildPlan struct {
	Service string `json:"service"`
	// Go is the package path relative to the repository's root.
	Go string `json:"go"`
}
