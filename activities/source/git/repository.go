// Package git implements source.Repository with the git command.
//
// Each URL has one bare mirror below a cache directory, which goroutines,
// workers and containers may share. A mirror is filled from branches and tags
// only: a commit that a forge serves by its ID alone, such as one of somebody's
// fork, is not in the repository.
//
// Credentials come from where an operator of git expects them: the credential
// helpers, SSH keys and proxies of the worker's own git configuration and
// environment. Everything in that configuration that would change what is
// checked out, or run programs, is overridden; see command.go.
package git

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source"
)

var (
	// A tag is the name behind refs/tags/; what git would read as a pattern or as
	// an option is left out.
	tagPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]*$`)
	// Git takes four digits of a commit, people write seven or more.
	commitPattern = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
)

// Repository reads Git repositories through mirrors on disk. Make one with New.
type Repository struct {
	mirrors string
	scratch *scratch.Space
}

var _ source.Repository = (*Repository)(nil)

// New keeps mirrors below the cache directory, where they grow with what is
// pushed until somebody deletes them, and checkouts in the scratch space.
func New(cache string, space *scratch.Space) (*Repository, error) {
	dir, err := filepath.Abs(cache)
	if err != nil {
		return nil, fmt.Errorf("opening the git cache: %w", err)
	}
	return &Repository{mirrors: dir, scratch: space}, nil
}

// ResolveTag asks the remote, never the mirror: a tag that was moved is seen.
func (r *Repository) ResolveTag(ctx context.Context, url, tag string) (string, error) {
	if err := checkURL(url); err != nil {
		return "", err
	}
	if !tagPattern.MatchString(tag) {
		return "", fault.New(fault.InvalidInput, "tag %q: not a name that git takes for a tag", tag)
	}
	ref := "refs/tags/" + tag
	out, err := remote(ctx, url, "ls-remote", "--", url, ref, ref+"^{}")
	if err != nil {
		return "", fmt.Errorf("reading tag %q of %s: %w", tag, redact(url), err)
	}
	commit := ""
	for line := range strings.Lines(string(out)) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		switch name {
		case ref + "^{}":
			return id, nil
		case ref:
			commit = id
		}
	}
	if commit == "" {
		return "", fault.New(fault.NotFound,
			"tag %q does not exist in %s; push it with: git push origin %s", tag, redact(url), tag)
	}
	return commit, nil
}

// ResolveCommit fetches when the mirror doesn't hold the commit yet.
func (r *Repository) ResolveCommit(ctx context.Context, url, commit string) (string, error) {
	commit = strings.ToLower(commit)
	if !commitPattern.MatchString(commit) {
		return "", fault.New(fault.InvalidInput,
			"commit %q: want 7 to 64 hexadecimal digits; branches and tags are not commits", commit)
	}
	m, err := r.mirror(url)
	if err != nil {
		return "", err
	}
	if err := m.ensure(ctx, commit); err != nil {
		return "", err
	}
	full, err := m.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", commit+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("completing commit %s of %s: %w", commit, redact(url), err)
	}
	return strings.TrimSpace(string(full)), nil
}

// TagsBefore always asks the remote, so that tags that were moved or deleted count as
// they are now.
func (r *Repository) TagsBefore(ctx context.Context, url, commit string) ([]string, error) {
	m, err := r.mirror(url)
	if err != nil {
		return nil, err
	}
	if !commitPattern.MatchString(commit) {
		return nil, fault.New(fault.InvalidInput, "commit %q: want 7 to 64 hexadecimal digits", commit)
	}
	if err := m.fetch(ctx); err != nil {
		return nil, err
	}
	if err := m.ensure(ctx, commit); err != nil {
		return nil, err
	}
	out, err := m.run(ctx, "for-each-ref", "--merged="+commit, "--format=%(refname:strip=2)", "refs/tags/")
	if err != nil {
		return nil, fmt.Errorf("listing the tags before %s of %s: %w", commit, redact(url), err)
	}
	return strings.Fields(string(out)), nil
}

// Checkout writes plain files: there is no .git in the directory, so that no tool
// can stamp what it builds with anything but its source.
func (r *Repository) Checkout(ctx context.Context, url, commit string) (string, func(), error) {
	full, err := r.ResolveCommit(ctx, url, commit)
	if err != nil {
		return "", nil, err
	}
	m, err := r.mirror(url)
	if err != nil {
		return "", nil, err
	}
	dir, remove, err := r.scratch.Make("checkout")
	if err != nil {
		return "", nil, err
	}
	tree := filepath.Join(dir, "tree")
	out := checkout{repository: r, index: filepath.Join(dir, "index")}
	if err := out.write(ctx, m, full, tree, 0); err != nil {
		remove()
		return "", nil, fmt.Errorf("checking out %s of %s: %w", full, redact(url), err)
	}
	return tree, remove, nil
}
