package starter

import (
	"context"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
)

// wish is what the flags of release say.
type wish struct {
	repository string
	stack      string
	tag        string
	commit     string
	by         string
	// override is the reason to pass every gate, empty for none.
	override string
}

// overridden gives the override that a wish asks for, nil for none.
func (w wish) overridden() *environment.Override {
	if w.override == "" {
		return nil
	}
	return &environment.Override{By: w.by, Reason: w.override}
}

// planned is a release that can be asked for.
type planned struct {
	input   release.Input
	version stack.Version
	local   bool
}

// plan checks a wish and names its version, without any connection to
// Temporal, so that a typing error is answered at once.
func plan(ctx context.Context, w wish) (planned, error) {
	if (w.tag == "") == (w.commit == "") {
		return planned{}, fail(ExitBadInput, "one of --tag and --commit is needed: a tag for an rc or a final version, a commit for a snapshot")
	}
	if err := checkRepository(w.repository); err != nil {
		return planned{}, fail(ExitBadInput, "--repo: %w", err)
	}
	var version stack.Version
	if w.tag != "" {
		var err error
		if version, err = stack.ParseTag(w.tag); err != nil {
			return planned{}, fail(ExitBadInput, "--tag: %w", err)
		}
	}
	if _, local := localPath(w.repository); !local && w.tag != "" && w.stack != "" {
		// Everything is known; workers read the repository themselves.
		return planned{version: version, input: release.Input{
			Stack: w.stack, Repository: w.repository, Tag: w.tag, By: w.by, Override: w.overridden(),
		}}, nil
	}
	return planFrom(ctx, w, version)
}

// planFrom reads what the flags leave open from the repository.
func planFrom(ctx context.Context, w wish, version stack.Version) (planned, error) {
	repo, err := openRepository(ctx, w.repository)
	if err != nil {
		return planned{}, err
	}
	defer repo.remove()
	commit, err := w.resolve(ctx, repo)
	if err != nil {
		return planned{}, err
	}
	data, err := repo.file(ctx, commit, stack.FileName)
	if err != nil {
		return planned{}, err
	}
	described, err := stack.Parse(stack.FileName, data)
	if err != nil {
		return planned{}, fail(ExitBadInput, "%w", err)
	}
	if w.stack != "" && w.stack != described.Name {
		return planned{}, fail(ExitBadInput, "--stack %s: %s at commit %s describes the stack %q", w.stack, stack.FileName, commit, described.Name)
	}
	input := release.Input{Stack: described.Name, Repository: repo.url, Tag: w.tag, By: w.by, Override: w.overridden()}
	if w.commit != "" {
		input.Commit = commit
		if version, err = snapshot(ctx, repo, described, commit); err != nil {
			return planned{}, err
		}
	}
	return planned{input: input, version: version, local: repo.local}, nil
}

func (w wish) resolve(ctx context.Context, repo *repository) (string, error) {
	if w.tag != "" {
		commit := repo.commit(ctx, "refs/tags/"+w.tag)
		if commit == "" {
			return "", fail(ExitBadInput, "there is no tag %q in %s; make it with: git tag %s", w.tag, withoutPassword(w.repository), w.tag)
		}
		return commit, nil
	}
	commit := repo.commit(ctx, w.commit)
	if commit == "" {
		return "", fail(ExitBadInput, "there is no commit %q in %s", w.commit, withoutPassword(w.repository))
	}
	return commit, nil
}

// snapshot names the version of a commit as the workers will.
func snapshot(ctx context.Context, repo *repository, described *stack.Stack, commit string) (stack.Version, error) {
	last, err := lastStable(ctx, repo, commit)
	if err != nil {
		return stack.Version{}, err
	}
	version, err := stack.Snapshot(stack.SnapshotBase(described.Version, last), commit)
	if err != nil {
		return stack.Version{}, fail(ExitBadInput, "%w", err)
	}
	return version, nil
}

func lastStable(ctx context.Context, repo *repository, commit string) (stack.Version, error) {
	tags, err := repo.tagsBefore(ctx, commit)
	if err != nil {
		return stack.Version{}, err
	}
	var last stack.Version
	for _, tag := range tags {
		version, err := stack.ParseTag(tag)
		if err != nil || version.Channel() != stack.ChannelStable {
			continue
		}
		if order, ok := version.Compare(last); last.IsZero() || (ok && order > 0) {
			last = version
		}
	}
	return last, nil
}
