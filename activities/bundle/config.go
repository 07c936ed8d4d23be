package bundle

import (
	"context"
	"fmt"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// AssembleConfigInput names the config that goes into a config-only release.
type AssembleConfigInput struct {
	Source string `json:"source"`
	Commit string `json:"commit"`
	// Current is the release whose images are carried on.
	Current Reference `json:"current"`
}

// AssembledConfig is the stored bundle of a config-only release.
type AssembledConfig struct {
	Bundle  Reference     `json:"bundle"`
	Version string        `json:"version"`
	Channel stack.Channel `json:"channel"`
}

// AssembleConfig records the release that changes only the config of the one
// that runs: images by digest from there, manifests and config of the commit,
// for every environment of the channel. The same commit and release give the
// same bundle. InvalidInput, NotFound, Conflict, Unavailable, Unauthorized.
//
// It does not look whether more than config has changed: planning does.
func (a *Activities) AssembleConfig(ctx context.Context, in AssembleConfigInput) (AssembledConfig, error) {
	if !commitPattern.MatchString(in.Commit) {
		return AssembledConfig{}, fault.New(fault.InvalidInput, "assembling a config-only release: commit %q is not given in full", in.Commit)
	}
	current, err := a.read(ctx, in.Current)
	if err != nil {
		return AssembledConfig{}, fmt.Errorf("reading the release that runs: %w", err)
	}
	running, err := stack.ParseVersion(current.Release.Version)
	if err != nil {
		return AssembledConfig{}, fault.With(fault.InvalidInput, err)
	}
	version, err := stack.ConfigVersion(running, in.Commit)
	if err != nil {
		return AssembledConfig{}, fault.With(fault.InvalidInput, err)
	}
	dir, remove, err := a.Repository.Checkout(ctx, in.Source, in.Commit)
	if err != nil {
		return AssembledConfig{}, fmt.Errorf("assembling release %s: %w", version, err)
	}
	defer remove()
	loaded, err := stack.Load(dir)
	if err != nil {
		return AssembledConfig{}, invalid(err)
	}
	content, err := assemble(dir, loaded, AssembleBundleInput{Commit: in.Commit, Version: version.String(), Digests: current.Release.digests()})
	if err != nil {
		return AssembledConfig{}, invalid(err)
	}
	// Not the repository that the commit names: the release stays where the one
	// that runs is, and with it the tag of the environment.
	ref, err := a.record(ctx, in.Current.Repository, content)
	if err != nil {
		return AssembledConfig{}, err
	}
	return AssembledConfig{Bundle: ref, Version: version.String(), Channel: version.Channel()}, nil
}
