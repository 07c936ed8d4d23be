package bundle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

var (
	// A record names its commit in full.
	commitPattern = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// AssembleBundle renders a commit for every environment of the version's channel
// and records the result under the version. The same commit and digests give the
// same bundle, and a version that is recorded with another content is refused.
// InvalidInput, NotFound, Conflict, Unavailable, Unauthorized.
//
// It does not look whether the images are in the registry.
func (a *Activities) AssembleBundle(ctx context.Context, in AssembleBundleInput) (AssembledBundle, error) {
	if !commitPattern.MatchString(in.Commit) {
		return AssembledBundle{}, fault.New(fault.InvalidInput, "assembling release %s: commit %q is not given in full", in.Version, in.Commit)
	}
	dir, remove, err := a.Repository.Checkout(ctx, in.Source, in.Commit)
	if err != nil {
		return AssembledBundle{}, fmt.Errorf("assembling release %s: %w", in.Version, err)
	}
	defer remove()
	loaded, err := stack.Load(dir)
	if err != nil {
		return AssembledBundle{}, invalid(err)
	}
	content, err := assemble(dir, loaded, in)
	if err != nil {
		return AssembledBundle{}, invalid(err)
	}
	ref, err := a.record(ctx, Repository(loaded), content)
	if err != nil {
		return AssembledBundle{}, err
	}
	assembled := AssembledBundle{Bundle: ref}
	for _, environment := range content.Release.Environments {
		assembled.Environments = append(assembled.Environments, environment.Name)
	}
	return assembled, nil
}

// record stores the bundle of a version, unless the version names another one.
func (a *Activities) record(ctx context.Context, repository string, content Content) (Reference, error) {
	version := content.Release.Version
	recorded, before, err := a.find(ctx, repository, version)
	if err != nil {
		return Reference{}, fmt.Errorf("recording release %s: %w", version, err)
	}
	if !recorded.IsZero() {
		return recorded, conflict(recorded, before, content)
	}
	artifact, err := Encode(content)
	if err != nil {
		return Reference{}, fmt.Errorf("recording release %s: %w", version, err)
	}
	ref, err := a.Store.Put(ctx, repository, artifact, version)
	if err != nil {
		return Reference{}, fmt.Errorf("recording release %s: %w", version, err)
	}
	return ref, nil
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
	for _, environment := range now.Release.Environments {
		was, _ := json.Marshal(before.Manifests[environment.Name])
		is, _ := json.Marshal(now.Manifests[environment.Name])
		if len(found) == 0 && string(was) != string(is) {
			found = append(found, "the manifests of environment "+environment.Name+" differ")
		}
	}
	was, _ := json.Marshal(before.Release)
	is, _ := json.Marshal(now.Release)
	if len(found) == 0 && string(was) != string(is) {
		found = append(found, "what slipway.yaml says of the environments differs")
	}
	return found
}

func assemble(dir string, s *stack.Stack, in AssembleBundleInput) (Content, error) {
	version, err := stack.ParseVersion(in.Version)
	if err != nil {
		return Content{}, fault.With(fault.InvalidInput, err)
	}
	taking, err := environments(s, version)
	if err != nil {
		return Content{}, err
	}
	content := Content{
		Release:   Release{Stack: s.Name, Version: in.Version, Channel: version.Channel(), Commit: in.Commit, Images: map[string]Image{}},
		Manifests: map[string]map[string][]json.RawMessage{},
	}
	pulls, err := content.addImages(s, in.Digests)
	if err != nil {
		return Content{}, err
	}
	for _, environment := range taking {
		rendered, err := stack.Render(dir, s, environment, pulls)
		if err != nil {
			return Content{}, err
		}
		content.Release.Environments = append(content.Release.Environments, Environment{
			Name: environment.Name, Clusters: environment.Clusters, Namespace: environment.Namespace,
			Deadline: environment.Deadline, Waves: s.Waves(),
		})
		if content.Manifests[environment.Name], err = manifests(rendered); err != nil {
			return Content{}, fmt.Errorf("encoding the manifests for %s: %w", environment.Name, err)
		}
	}
	return content, nil
}

// addImages records the image of every service with a build, and gives their
// references.
func (c *Content) addImages(s *stack.Stack, digests map[string]string) (map[string]string, error) {
	pulls := map[string]string{}
	for _, service := range s.Services {
		if service.Build == nil {
			continue
		}
		digest := digests[service.Name]
		if !digestPattern.MatchString(digest) {
			return nil, fault.New(fault.InvalidInput, "assembling release %s: the image of %s has digest %q; want sha256:…", c.Release.Version, service.Name, digest)
		}
		pull := s.Registries[0].Pull + "/" + service.Name + "@" + digest
		c.Release.Images[service.Name] = Image{Digest: digest, Pull: pull}
		pulls[service.Name] = pull
	}
	return pulls, nil
}

func manifests(rendered *stack.Rendered) (map[string][]json.RawMessage, error) {
	services := map[string][]json.RawMessage{}
	for _, service := range rendered.Services {
		objects := []json.RawMessage{}
		for _, object := range service.Objects {
			text, err := canonical(object)
			if err != nil {
				return nil, err
			}
			objects = append(objects, text)
		}
		services[service.Name] = objects
	}
	return services, nil
}

// invalid puts the code on what is wrong in the repository, and leaves the text
// alone: it begins with file and line.
func invalid(err error) error {
	var all stack.Errors
	if errors.As(err, &all) {
		return fault.With(fault.InvalidInput, err)
	}
	return err
}
