package bundle

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// record stores the bundle of a version, unless the version names another one.
func (a *Activities) record(ctx context.Context, repository string, content Content) (Reference, error) {
	version := content.Release.Version
	recorded, before, err := a.find(ctx, repository, versionTag(version))
	if err != nil {
		return Reference{}, fmt.Errorf("recording release %s: %w", version, err)
	}
	if !recorded.IsZero() {
		if err := conflict(recorded, before, content); err != nil {
			return Reference{}, err
		}
		return recorded, a.tagCandidate(ctx, recorded, before)
	}
	artifact, err := Encode(content)
	if err != nil {
		return Reference{}, fmt.Errorf("recording release %s: %w", version, err)
	}
	ref, err := a.Store.Put(ctx, repository, artifact, versionTag(version))
	if err != nil {
		return Reference{}, fmt.Errorf("recording release %s: %w", version, err)
	}
	return ref, a.tagCandidate(ctx, ref, content)
}

// tagCandidate makes an rc the one that a stable release of its commit takes its
// images from.
func (a *Activities) tagCandidate(ctx context.Context, ref Reference, content Content) error {
	if content.Release.Channel != stack.ChannelRC {
		return nil
	}
	tag := candidateTag(content.Release.Commit)
	// Looking is cheaper than writing, and releasing again writes nothing.
	if known, err := a.Store.Resolve(ctx, ref.Repository, tag); err == nil && known == ref {
		return nil
	}
	if err := a.Store.Tag(ctx, ref, tag); err != nil {
		return fmt.Errorf("recording release %s as the last of its commit: %w", content.Release.Version, err)
	}
	return nil
}

// conflict says in what a release differs from the one that is recorded under the
// same version; nil when it doesn't.
func conflict(recorded Reference, before, now Content) error {
	version := now.Release.Version
	if before.Release.Commit != now.Release.Commit {
		return fault.New(fault.Conflict,
			"version %s is already released: it is recorded for commit %s (bundle %s), and its tag names commit %s now; "+
				"released versions never change, so point the tag back and tag the next version",
			version, before.Release.Commit, recorded, now.Release.Commit)
	}
	differences := differences(before, now)
	if len(differences) == 0 {
		return nil
	}
	return fault.New(fault.Conflict,
		"version %s of commit %s is already released with other content (bundle %s): %s; released versions never change, so tag the next version",
		version, now.Release.Commit, recorded, strings.Join(differences, "; "))
}

func differences(before, now Content) []string {
	var found []string
	for _, service := range slices.Sorted(maps.Keys(now.Release.Images)) {
		was, is := before.Release.Images[service].Digest, now.Release.Images[service].Digest
		if was != is {
			found = append(found, fmt.Sprintf("the image of %s was %s and is %s", service, was, is))
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, environment := range now.Release.Environments {
		name := environment.Name
		if !same(before.Manifests[name], now.Manifests[name]) {
			return []string{"the manifests or the config of environment " + name + " differ"}
		}
		for _, cluster := range environment.Clusters {
			if !same(before.Clusters[name][cluster], now.Clusters[name][cluster]) {
				return []string{"the config of cluster " + cluster + " in environment " + name + " differs"}
			}
		}
		if !sameJobs(before, now, environment) {
			return []string{"the hooks or checkers of environment " + name + " differ"}
		}
	}
	if !same(before.Release, now.Release) {
		return []string{"what slipway.yaml says of the environments differs"}
	}
	return nil
}

// same compares values as they are stored.
func same(a, b any) bool {
	was, errA := canonical(a)
	is, errB := canonical(b)
	return errA == nil && errB == nil && bytes.Equal(was, is)
}
