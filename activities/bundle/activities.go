package bundle

import (
	"context"
	"fmt"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// Source gives the files of commits. It is the part of source.Repository that
// assembling a bundle needs.
type Source interface {
	// Checkout puts the files of a commit, submodules included, into a directory
	// of its own and returns it together with a function that removes it.
	// NotFound, Unavailable, Unauthorized.
	Checkout(ctx context.Context, url, commit string) (dir string, remove func(), err error)
}

// Activities assemble, find and tag bundles.
type Activities struct {
	Store      Store
	Repository Source
}

// environmentTag is the tag that points at what an environment runs. No version
// begins like it.
func environmentTag(environment string) string { return "env-" + environment }

// versionTag is the tag of a version. A version that cannot be read is looked for
// as it is, and not found.
func versionTag(version string) string {
	parsed, err := stack.ParseVersion(version)
	if err != nil {
		return version
	}
	return parsed.Tag()
}

// FindRelease looks for the record of a version. Unavailable, Unauthorized.
func (a *Activities) FindRelease(ctx context.Context, in FindReleaseInput) (FoundRelease, error) {
	ref, content, err := a.find(ctx, in.Repository, versionTag(in.Version))
	if err != nil {
		return FoundRelease{}, fmt.Errorf("finding release %s: %w", in.Version, err)
	}
	return FoundRelease{Bundle: ref, Commit: content.Release.Commit}, nil
}

// ReadPlan gives what a rollout of a bundle in an environment needs to know.
// NotFound, Unavailable, Unauthorized.
func (a *Activities) ReadPlan(ctx context.Context, in ReadPlanInput) (Plan, error) {
	content, err := a.read(ctx, in.Bundle)
	if err != nil {
		return Plan{}, fmt.Errorf("reading the plan for %s: %w", in.Environment, err)
	}
	release := content.Release
	environment, err := environmentOf(release, in.Environment)
	if err != nil {
		return Plan{}, err
	}
	return Plan{
		Stack: release.Stack, Version: release.Version, Commit: release.Commit, Channel: release.Channel,
		Targets: environment.Clusters, Namespace: environment.Namespace, Deadline: environment.Deadline, Waves: environment.Waves,
		Drift: environment.Drift, Order: environment.Order, AtOnce: environment.AtOnce,
		Checkers: environment.Checkers, Hooks: environment.Hooks,
	}, nil
}

// FindCurrent gives the bundle that the tag of an environment points at, which is
// how an environment whose workflow was lost knows what it runs. Unavailable,
// Unauthorized.
func (a *Activities) FindCurrent(ctx context.Context, in FindCurrentInput) (Current, error) {
	ref, content, err := a.find(ctx, in.Repository, environmentTag(in.Environment))
	if err != nil {
		return Current{}, fmt.Errorf("finding what %s runs: %w", in.Environment, err)
	}
	return Current{Bundle: ref, Version: content.Release.Version, Commit: content.Release.Commit}, nil
}

// RecordCurrent points the tag of an environment at a bundle made for it.
// NotFound, Unavailable, Unauthorized.
//
// It does not compare with what was recorded before: only the environment's own
// workflow, of which there is one, calls it.
func (a *Activities) RecordCurrent(ctx context.Context, in RecordCurrentInput) error {
	content, err := a.read(ctx, in.Bundle)
	if err != nil {
		return fmt.Errorf("recording what %s runs: %w", in.Environment, err)
	}
	if _, err := environmentOf(content.Release, in.Environment); err != nil {
		return err
	}
	if err := a.Store.Tag(ctx, in.Bundle, environmentTag(in.Environment)); err != nil {
		return fmt.Errorf("recording what %s runs: %w", in.Environment, err)
	}
	return nil
}

// find reads the bundle that a tag points at; both results are zero when nothing
// has that tag.
func (a *Activities) find(ctx context.Context, repository, tag string) (Reference, Content, error) {
	ref, err := a.Store.Resolve(ctx, repository, tag)
	if fault.CodeOf(err) == fault.NotFound {
		return Reference{}, Content{}, nil
	}
	if err != nil {
		return Reference{}, Content{}, err
	}
	content, err := a.read(ctx, ref)
	return ref, content, err
}

func (a *Activities) read(ctx context.Context, ref Reference) (Content, error) {
	artifact, err := a.Store.Get(ctx, ref)
	if err != nil {
		return Content{}, err
	}
	content, err := Decode(artifact)
	if err != nil {
		return Content{}, fmt.Errorf("bundle %s: %w", ref, err)
	}
	return content, nil
}

func environmentOf(release Release, name string) (Environment, error) {
	environment, made := release.Environment(name)
	if !made {
		var there []string
		for _, other := range release.Environments {
			there = append(there, other.Name)
		}
		return Environment{}, fault.New(fault.NotFound, "release %s %s is not made for environment %q, only for %q",
			release.Stack, release.Version, name, there)
	}
	return environment, nil
}

// environments gives the environments that take a version.
func environments(s *stack.Stack, version stack.Version) ([]stack.Environment, error) {
	taking := s.EnvironmentsOf(version.Channel())
	if len(taking) == 0 {
		return nil, fault.New(fault.InvalidInput, "%s: environments: none takes channel %s, to which version %s belongs",
			stack.FileName, version.Channel(), version)
	}
	return taking, nil
}
