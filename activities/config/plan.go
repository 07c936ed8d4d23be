package config

import (
	"context"
	"fmt"
	"strings"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

const (
	// shown is how many changes, and shownFiles how many files, a history carries.
	shown      = 50
	shownFiles = 20
)

// PlanConfig compares the config of a commit with that of the release that an
// environment runs, both rendered from their commits for each cluster. What is
// wrong with the config is said with file and line. The whole plan is stored.
// InvalidInput, NotFound, Unavailable, Unauthorized.
//
// With ConfigOnly, a commit in which anything but config has changed is
// InvalidInput, with the files.
func (a *Activities) PlanConfig(ctx context.Context, in PlanConfigInput) (Plan, error) {
	release, err := a.release(ctx, in.Current)
	if err != nil {
		return Plan{}, err
	}
	before, err := a.render(ctx, in, release.Commit)
	if err != nil {
		return Plan{}, fmt.Errorf("rendering the config of %s, which runs: %w", release.Version, err)
	}
	after, err := a.render(ctx, in, in.Commit)
	if err != nil {
		return Plan{}, err
	}
	other, err := a.otherFiles(ctx, in, release.Commit, before, after)
	if err != nil {
		return Plan{}, err
	}
	if in.ConfigOnly && len(other) > 0 {
		return Plan{}, fault.New(fault.InvalidInput,
			"commit %s changes more than config since %s, which %s runs: %s; release it as a version, or apply a commit that changes config only",
			in.Commit, release.Version, in.Environment, list(other, shownFiles))
	}
	plan := Plan{Version: release.Version, Commit: release.Commit, Other: other[:min(len(other), shownFiles)], OtherFiles: len(other)}
	compared := compare(before, after)
	plan.Counts, plan.Clusters, plan.Distinct = compared.counts, compared.clusters, len(compared.changes)
	plan.Changes = compared.changes[:min(len(compared.changes), shown)]
	if plan.Services == 0 {
		return plan, nil
	}
	whole := plan
	whole.Changes, whole.Other = compared.changes, other
	plan.Report, err = bundle.StoreReport(ctx, a.Store, in.Current.Repository, PlanType, "plan-"+in.Environment, whole)
	return plan, err
}

func (a *Activities) release(ctx context.Context, ref bundle.Reference) (bundle.Release, error) {
	artifact, err := a.Store.Get(ctx, ref)
	if err != nil {
		return bundle.Release{}, fmt.Errorf("reading the release that runs: %w", err)
	}
	content, err := bundle.Decode(artifact)
	if err != nil {
		return bundle.Release{}, fmt.Errorf("bundle %s: %w", ref, err)
	}
	return content.Release, nil
}

// rendered is the config of one commit for one environment.
type rendered struct {
	stack       *stack.Stack
	environment stack.Environment
	configs     *stack.Configs
	// files that make up the config of any environment.
	files map[string]bool
}

func (a *Activities) render(ctx context.Context, in PlanConfigInput, commit string) (rendered, error) {
	dir, remove, err := a.Repository.Checkout(ctx, in.Repository, commit)
	if err != nil {
		return rendered{}, err
	}
	defer remove()
	loaded, err := load(dir, in.Stack)
	if err != nil {
		return rendered{}, err
	}
	environment, known := loaded.Environment(in.Environment)
	if !known {
		return rendered{}, fault.New(fault.InvalidInput, "%s at commit %s has no environment %q", stack.FileName, commit, in.Environment)
	}
	configs, err := stack.RenderConfigs(dir, loaded, environment)
	if err != nil {
		return rendered{}, wrong(err)
	}
	made := rendered{stack: loaded, environment: environment, configs: configs, files: map[string]bool{}}
	made.addFiles(dir)
	return made, nil
}

// addFiles lists what other environments are made of, too: their config may
// change together with this one's. What is wrong with it is for their own plan
// to say.
func (r *rendered) addFiles(dir string) {
	for _, environment := range r.stack.Environments {
		configs := r.configs
		if environment.Name != r.environment.Name {
			other, err := stack.RenderConfigs(dir, r.stack, environment)
			if err != nil {
				continue
			}
			configs = other
		}
		for _, file := range configs.Files() {
			r.files[file] = true
		}
	}
}

// otherFiles lists what has changed between two commits and is no config in
// either: code, manifests, the stack file.
func (a *Activities) otherFiles(ctx context.Context, in PlanConfigInput, from string, before, after rendered) ([]string, error) {
	changed, err := a.Repository.ChangedFiles(ctx, in.Repository, from, in.Commit)
	if err != nil {
		return nil, err
	}
	var other []string
	for _, file := range changed {
		if !before.files[file] && !after.files[file] {
			other = append(other, file)
		}
	}
	return other, nil
}

// list names the first few of many.
func list(names []string, most int) string {
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
