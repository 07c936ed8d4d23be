// Package bundle records releases as OCI artifacts beside the images.
//
// The bundle of a release is the truth about it: what was built from which
// commit, and the rendered manifests of each environment of its channel.
// Workflows carry a Reference; content stays in the registry.
package bundle

import (
	"context"
	"encoding/json"
	"time"

	"github.com/slipway-dev/slipway/stack"
)

// Reference names one artifact in a registry, for ever.
type Reference struct {
	// Repository without tag and digest, e.g. localhost:5000/shop/shop.bundle.
	Repository string `json:"repository"`
	// Digest of the manifest, e.g. sha256:….
	Digest string `json:"digest"`
}

// String gives repository@digest.
func (r Reference) String() string { return r.Repository + "@" + r.Digest }

// IsZero tells whether the reference names nothing.
func (r Reference) IsZero() bool { return r == Reference{} }

// Repository gives the repository of a stack's bundles and snapshots. Its last
// element has a dot, which no service's name can have.
func Repository(s *stack.Stack) string {
	return s.Registries[0].Push + "/" + s.Name + ".bundle"
}

// Release is the immutable record of one version of a stack.
type Release struct {
	Stack   string           `json:"stack"`
	Version string           `json:"version"`
	Channel stack.Channel    `json:"channel"`
	Commit  string           `json:"commit"`
	Images  map[string]Image `json:"images"`
	// Environments of the release's channel, with everything a rollout needs.
	Environments []Environment `json:"environments"`
}

// Environment gives the part of the release that concerns one environment.
func (r Release) Environment(name string) (Environment, bool) {
	for _, e := range r.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}

// Image is what was built for a service.
type Image struct {
	Digest string `json:"digest"`
	// Pull is the full reference by digest that manifests carry.
	Pull string `json:"pull"`
}

// Environment is what a release puts into one environment.
type Environment struct {
	Name      string         `json:"name"`
	Clusters  []string       `json:"clusters"`
	Namespace string         `json:"namespace"`
	Deadline  stack.Duration `json:"deadline"`
	// Waves are the services in the order of their needs.
	Waves [][]string `json:"waves"`
	// KeepConfigs is how many ConfigMaps of a service stay that nothing uses any
	// more; zero when slipway.yaml leaves it to the default.
	KeepConfigs int `json:"keepConfigs,omitempty"`
	// Drift is stack.DriftReconcile, or empty when drift is only reported.
	Drift string `json:"drift,omitempty"`
	// Order is stack.OrderInTurn, or empty when clusters move together.
	Order stack.Order `json:"order,omitempty"`
	// AtOnce is how many services of a wave move together; zero means all.
	AtOnce int `json:"atOnce,omitempty"`
	// Checkers judge the new config before the first write.
	Checkers []Checker `json:"checkers,omitempty"`
	// Hooks are Jobs before and after the moves, in their order.
	Hooks []Hook `json:"hooks,omitempty"`
	// Policy is what the environment asks of releases. It is nil in bundles from
	// before there was one.
	Policy *stack.Policy `json:"policy,omitempty"`
}

// Manifests are the objects of services in the order in which they are applied,
// each as canonical JSON.
type Manifests = map[string][]json.RawMessage

// Content is a release together with the manifests of its environments.
type Content struct {
	Release Release
	// Manifests holds, for each environment, all of its services.
	Manifests map[string]Manifests
	// Clusters holds, for each environment and each cluster of it that has config
	// of its own, the services that differ there. It is nil when none does.
	Clusters map[string]map[string]Manifests
	// Jobs holds, for each environment, the Jobs that a rollout starts by
	// themselves, each the only object under its key, and ClusterJobs, for each
	// cluster, those that differ there. They are nil when there are none.
	Jobs        map[string]Manifests
	ClusterJobs map[string]map[string]Manifests
}

// Objects gives what a service consists of in one cluster of an environment, in
// the order in which it is applied. It gives nothing for what the release does
// not have. The result is shared and must not be changed.
func (c Content) Objects(environment, cluster, service string) []json.RawMessage {
	if objects, differs := c.Clusters[environment][cluster][service]; differs {
		return objects
	}
	return c.Manifests[environment][service]
}

// Store keeps artifacts in registries. It is safe for concurrent use. A reference
// or repository that no registry could have is InvalidInput in every method.
type Store interface {
	// Put stores an artifact and points the tags at it. The same artifact gives
	// the same digest and sends nothing again. Unavailable, Unauthorized.
	Put(ctx context.Context, repository string, artifact Artifact, tags ...string) (Reference, error)
	// Get reads an artifact and verifies its digests. Callers share the result and
	// must not change it. NotFound, InvalidInput when it is larger than any artifact
	// of ours, Unavailable, Unauthorized.
	Get(ctx context.Context, ref Reference) (Artifact, error)
	// Resolve finds what a tag points at. NotFound, Unavailable, Unauthorized.
	Resolve(ctx context.Context, repository, tag string) (Reference, error)
	// Tag points a tag at an artifact that is already stored, moving it if need
	// be. NotFound, Unavailable, Unauthorized.
	Tag(ctx context.Context, ref Reference, tag string) error
	// Exists tells whether a registry holds a manifest, given as a full
	// reference by digest. Unavailable, Unauthorized.
	Exists(ctx context.Context, image string) (bool, error)
}

// Artifact is a small set of named files with a type.
type Artifact struct {
	// Type is the artifactType of the OCI manifest.
	Type string
	// Created is recorded in the manifest; zero leaves it out, so that equal
	// content has equal digests.
	Created time.Time
	Files   []File
	// Annotations of the manifest, for people with a registry browser.
	Annotations map[string]string
}

// File is one layer of an artifact.
type File struct {
	Name      string
	MediaType string
	Content   []byte
}
