package git

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
)

// ResolveRef gives the commit of a branch, a tag or a commit; empty means the
// default branch. Names are asked of the remote, so that one that has moved is
// seen. InvalidInput when a branch and a tag share the name, NotFound,
// Unavailable, Unauthorized.
func (r *Repository) ResolveRef(ctx context.Context, url, ref string) (string, error) {
	if err := checkURL(url); err != nil {
		return "", err
	}
	if ref == "" {
		ref = "HEAD"
	}
	if !tagPattern.MatchString(ref) {
		return "", fault.New(fault.InvalidInput, "ref %q: not a name that git takes for a branch or a tag", ref)
	}
	branch, tag := "refs/heads/"+ref, "refs/tags/"+ref
	out, err := remote(ctx, url, "ls-remote", "--", url, ref, ref+"^{}", branch, tag, tag+"^{}")
	if err != nil {
		return "", fmt.Errorf("reading ref %q of %s: %w", ref, redact(url), err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out)) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		found[name] = id
	}
	// Of an annotated tag, the name with ^{} holds the commit.
	commit := cmp.Or(found[ref+"^{}"], found[ref], found[branch], found[tag+"^{}"], found[tag])
	switch {
	case found[branch] != "" && found[tag] != "":
		return "", fault.New(fault.InvalidInput, "ref %q is a branch and a tag of %s; write %s or %s", ref, redact(url), branch, tag)
	case commit != "":
		return commit, nil
	case commitPattern.MatchString(strings.ToLower(ref)):
		return r.ResolveCommit(ctx, url, ref)
	}
	return "", fault.New(fault.NotFound, "%s has no branch, tag or commit %q; push it first", redact(url), ref)
}

// ChangedFiles lists the paths that differ between two commits, those that only
// one of them has included, sorted. A submodule counts as one path. NotFound,
// Unavailable, Unauthorized.
func (r *Repository) ChangedFiles(ctx context.Context, url, from, to string) ([]string, error) {
	m, err := r.mirror(url)
	if err != nil {
		return nil, err
	}
	for _, commit := range []string{from, to} {
		if !commitPattern.MatchString(commit) {
			return nil, fault.New(fault.InvalidInput, "commit %q: want 7 to 64 hexadecimal digits", commit)
		}
		if err := m.ensure(ctx, commit); err != nil {
			return nil, err
		}
	}
	out, err := m.run(ctx, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options", from, to)
	if err != nil {
		return nil, fmt.Errorf("comparing %s with %s of %s: %w", from, to, redact(url), err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 }), nil
}
