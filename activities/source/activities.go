package source

import (
	"context"
	"fmt"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// Activities read what a release is made of.
type Activities struct {
	Repository Repository
}

// ReadRelease finds the commit of a tag, or the version of a commit, and reads
// what it releases. Whatever is wrong with the stack, its manifests or its Go
// packages is found here, all at once, before anything is built. InvalidInput,
// NotFound, Unauthorized, Unavailable.
//
// It neither compiles nor asks a cluster.
func (a *Activities) ReadRelease(ctx context.Context, in ReadReleaseInput) (ReleasePlan, error) {
	switch {
	case in.Tag == "" && in.Commit == "":
		return ReleasePlan{}, fault.New(fault.InvalidInput, "reading the release of %s: neither tag nor commit is given", in.Stack)
	case in.Tag != "" && in.Commit != "":
		return ReleasePlan{}, fault.New(fault.InvalidInput,
			"reading the release of %s: both a tag (%s) and a commit (%s) are given; a tag names its commit", in.Stack, in.Tag, in.Commit)
	}
	if in.Tag != "" {
		return a.readTag(ctx, in)
	}
	return a.readCommit(ctx, in)
}

func (a *Activities) readTag(ctx context.Context, in ReadReleaseInput) (ReleasePlan, error) {
	version, err := stack.ParseTag(in.Tag)
	if err != nil {
		return ReleasePlan{}, fault.With(fault.InvalidInput, err)
	}
	commit, err := a.Repository.ResolveTag(ctx, in.Repository, in.Tag)
	if err != nil {
		return ReleasePlan{}, err
	}
	return a.read(ctx, in, commit, func(*stack.Stack) (stack.Version, error) { return version, nil })
}

func (a *Activities) readCommit(ctx context.Context, in ReadReleaseInput) (ReleasePlan, error) {
	commit, err := a.Repository.ResolveCommit(ctx, in.Repository, in.Commit)
	if err != nil {
		return ReleasePlan{}, err
	}
	return a.read(ctx, in, commit, func(s *stack.Stack) (stack.Version, error) {
		return a.snapshot(ctx, in.Repository, commit, s.Version)
	})
}

// snapshot gives the version of a commit.
func (a *Activities) snapshot(ctx context.Context, repository, commit string, declared stack.Version) (stack.Version, error) {
	base := declared
	if base.IsZero() {
		last, err := a.lastStable(ctx, repository, commit)
		if err != nil {
			return stack.Version{}, err
		}
		base = stack.SnapshotBase(declared, last)
	}
	version, err := stack.Snapshot(base, commit)
	return version, fault.With(fault.InvalidInput, err)
}

func (a *Activities) lastStable(ctx context.Context, repository, commit string) (stack.Version, error) {
	tags, err := a.Repository.TagsBefore(ctx, repository, commit)
	if err != nil {
		return stack.Version{}, err
	}
	var last stack.Version
	for _, tag := range tags {
		version, err := stack.ParseTag(tag)
		if err != nil || version.Channel() != stack.ChannelStable {
			continue
		}
		if order, _ := version.Compare(last); last.IsZero() || order > 0 {
			last = version
		}
	}
	if last.IsZero() {
		return stack.Version{}, fault.With(fault.InvalidInput, stack.Error{
			File: stack.FileName, Field: "version",
			Problem: fmt.Sprintf("is not given, and no stable tag comes before commit %s, so that it has no version", commit),
			Hint:    "write version: 0.1.0 there, or tag a release",
		})
	}
	return last, nil
}

// read checks out a commit and plans its release.
func (a *Activities) read(
	ctx context.Context, in ReadReleaseInput, commit string, version func(*stack.Stack) (stack.Version, error),
) (ReleasePlan, error) {
	dir, remove, err := a.Repository.Checkout(ctx, in.Repository, commit)
	if err != nil {
		return ReleasePlan{}, err
	}
	defer remove()
	loaded, err := stack.Load(dir)
	if err != nil {
		return ReleasePlan{}, wrong(err)
	}
	released, err := version(loaded)
	if err != nil {
		return ReleasePlan{}, err
	}
	if err := check(dir, loaded, in.Stack, released); err != nil {
		return ReleasePlan{}, wrong(err)
	}
	return plan(loaded, released, commit, bundle.Repository(loaded)), nil
}
