// Package config plans what the config of a commit changes where a release
// runs, and keeps reports about it. It changes nothing: releases do.
package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

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

// Activities compare config. Releases and reports are in the store.
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

// RecordDrift keeps a report. The same report is stored once. Unavailable,
// Unauthorized.
func (a *Activities) RecordDrift(ctx context.Context, in RecordDriftInput) (bundle.Reference, error) {
	return a.keep(ctx, in.Repository, DriftType, "drift-"+in.Report.Environment, in.Report)
}

// Types of the artifacts in the registry.
const (
	PlanType  = "application/vnd.slipway.config-plan.v1"
	DriftType = "application/vnd.slipway.drift-report.v1"

	reportFile = "report.json"
	// tagDigits is how much of a digest a tag carries: reports of one environment
	// have to differ.
	tagDigits = 12
)

// keep stores a report under a tag, without which registries would collect it.
func (a *Activities) keep(ctx context.Context, repository, kind, name string, report any) (bundle.Reference, error) {
	text, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return bundle.Reference{}, fmt.Errorf("encoding a report: %w", err)
	}
	ref, err := a.Store.Put(ctx, repository, bundle.Artifact{
		Type:  kind,
		Files: []bundle.File{{Name: reportFile, MediaType: kind + "+json", Content: text}},
	})
	if err != nil {
		return bundle.Reference{}, fmt.Errorf("storing a report: %w", err)
	}
	tag := name + "-" + strings.TrimPrefix(ref.Digest, "sha256:")[:tagDigits]
	if err := a.Store.Tag(ctx, ref, tag); err != nil {
		return bundle.Reference{}, fmt.Errorf("storing a report: %w", err)
	}
	return ref, nil
}
