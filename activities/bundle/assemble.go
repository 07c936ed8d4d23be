package bundle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

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
		Manifests: map[string]Manifests{},
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
		if err := content.addEnvironment(s, environment, rendered); err != nil {
			return Content{}, fmt.Errorf("encoding the manifests for %s: %w", environment.Name, err)
		}
	}
	return content, nil
}

// addEnvironment records what goes into an environment.
func (c *Content) addEnvironment(s *stack.Stack, environment stack.Environment, rendered *stack.Rendered) error {
	policy := s.PolicyOf(environment)
	recorded := Environment{
		Name: environment.Name, Clusters: environment.Clusters, Namespace: environment.Namespace,
		Deadline: environment.Deadline, Waves: s.Waves(), KeepConfigs: s.Config.Keep,
		AtOnce: environment.AtOnce, Policy: &policy, Checkers: checkersOf(s, rendered), Hooks: hooksOf(s, environment.Name),
	}
	// Reporting goes without saying, so that releases from before there was a
	// choice keep their bytes.
	if environment.Drift == stack.DriftReconcile {
		recorded.Drift = string(environment.Drift)
	}
	if environment.Order == stack.OrderInTurn {
		recorded.Order = environment.Order
	}
	c.Release.Environments = append(c.Release.Environments, recorded)
	var err error
	if c.Manifests[environment.Name], err = manifests(rendered.Services); err != nil {
		return err
	}
	for cluster, services := range rendered.Clusters {
		differing, err := manifests(services)
		if err != nil {
			return err
		}
		c.addCluster(environment.Name, cluster, differing)
	}
	return c.addJobs(environment.Name, rendered)
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

func manifests(rendered []stack.RenderedService) (Manifests, error) {
	services := Manifests{}
	for _, service := range rendered {
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
