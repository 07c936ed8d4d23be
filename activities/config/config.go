// Package config plans what the config of a commit changes where a release
// runs, and keeps that plan. It changes nothing: releases do.
package config

import (
	"context"
	"errors"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// Repository gives access to Git repositories. It is the part that comparing
// commits needs.
type Repository interface {
	// ResolveRef gives the commit of a branch, a tag or a commit; empty means the
	// default branch. InvalidInput, NotFound, Unavailable, Unauthorized.
	ResolveRef(ctx context.Context, url, ref string) (string, error)
	// ChangedFiles lists the paths that differ between two commits, sorted.
	// NotFound, Unavailable, Unauthorized.
	ChangedFiles(ctx context.Context, url, from, to string) ([]string, error)
	// Checkout puts the files of a commit, submodules included, into a directory
	// of its own and returns it together with a function that removes it.
	// NotFound, Unavailable, Unauthorized.
	Checkout(ctx context.Context, url, commit string) (dir string, remove func(), err error)
}

// Activities compare config. Releases and plans are in the store.
type Activities struct {
	Repository Repository
	Store      bundle.Store
}

// ReadStack finds the commit of a ref and what it says of where the stack goes.
// InvalidInput, NotFound, Unavailable, Unauthorized.
//
// It does not look at manifests and config.
func (a *Activities) ReadStack(ctx context.Context, in ReadStackInput) (Stack, error) {
	commit, err := a.Repository.ResolveRef(ctx, in.Repository, in.Ref)
	if err != nil {
		return Stack{}, err
	}
	dir, remove, err := a.Repository.Checkout(ctx, in.Repository, commit)
	if err != nil {
		return Stack{}, err
	}
	defer remove()
	loaded, err := load(dir, in.Stack)
	if err != nil {
		return Stack{}, err
	}
	read := Stack{Commit: commit, BundleRepository: bundle.Repository(loaded)}
	for _, environment := range loaded.Environments {
		read.Environments = append(read.Environments, environment.Name)
	}
	return read, nil
}

func load(dir, name string) (*stack.Stack, error) {
	loaded, err := stack.Load(dir)
	switch {
	case err != nil:
		return nil, wrong(err)
	case loaded.Name != name:
		return nil, fault.New(fault.InvalidInput, "%s: stack: is %q, but %q was asked for", stack.FileName, loaded.Name, name)
	}
	return loaded, nil
}

// wrong puts the code on what is wrong in the repository, and leaves the text
// alone: it begins with file and line.
func wrong(err error) error {
	var all stack.Errors
	if errors.As(err, &all) {
		return fault.With(fault.InvalidInput, err)
	}
	return err
}

// PlanType is the artifactType of a stored plan.
const PlanType = "application/vnd.slipway.config-plan.v1"
