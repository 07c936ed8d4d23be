// Package stack knows what is released together: it reads slipway.yaml, the
// version that a Git tag names, the order that services are moved in, and it
// renders their manifests.
//
// It is pure but for reading files below the root that it is given: it talks to
// no cluster, no registry and no network, starts no program, and the same
// input gives the same result.
package stack

import "github.com/slipway-dev/slipway/stack/config"

// FileName is the name of the stack file, which lies at the root of its
// repository.
const FileName = "slipway.yaml"

// Stack is the services that are released together, as slipway.yaml describes
// them. A Stack from Parse or Load has passed every check; one that was put
// together by hand has not.
type Stack struct {
	Name string `json:"stack"`

	// Version is what the snapshots of this stack carry. It is zero when the
	// file gives none; see SnapshotBase for what counts then.
	Version Version `json:"version,omitzero"`

	// Registries get every image, in this order. The first is where clusters
	// pull from and where bundles live. There is at least one.
	Registries []Registry `json:"registries"`

	// Config is where the config of services is, and how much of it stays.
	Config Config `json:"config,omitzero"`

	// Services, Hooks and Environments keep the order of the file.
	Services     []Service     `json:"services"`
	Hooks        []Hook        `json:"hooks,omitempty"`
	Environments []Environment `json:"environments"`
}

// Registry is a place for images: a registry's host and the path below it, to
// which a service's name is added.
type Registry struct {
	Push string `json:"push"`

	// Pull is the name of the same place inside the clusters. It equals Push
	// unless the file says otherwise.
	Pull string `json:"pull"`
}

// Service is one deployable.
type Service struct {
	Name      string    `json:"name"`
	Build     *Build    `json:"build,omitempty"`
	Manifests Manifests `json:"manifests"`

	// Needs names the services that are moved, and healthy, before this one.
	Needs []string `json:"needs,omitempty"`

	// Config says how config is rendered for the service. It is nil when the file
	// says nothing of it; the service has config all the same if one of its
	// layers exists.
	Config *config.Spec `json:"config,omitempty"`

	// Checker judges the config before it is rolled out. It is nil when the file
	// names none.
	Checker *Checker `json:"checker,omitempty"`
}

// Config is where the config of services is, and how much of it stays. The zero
// Config is that of a file that does not speak of it.
type Config struct {
	// Layers are the paths of config files from the general to the special, with
	// {service}, {environment} and {cluster} in the places of names. None mean
	// config.DefaultLayers.
	Layers []string `json:"layers,omitempty"`

	// Keep is how many ConfigMaps of a service stay that nothing uses any more.
	// Zero means three.
	Keep int `json:"keep,omitempty"`
}

// Drift says what is done when the objects of an environment are not as its
// recorded release has them.
type Drift string

// What is done about drift.
const (
	DriftReport    Drift = "report"
	DriftReconcile Drift = "reconcile"
)

// Build says how the image of a service is made. A service without a Build
// brings manifests only.
type Build struct {
	// Go is the directory of a main package, relative to the root of the
	// repository, with slashes and without a leading "./". Its module is found
	// upwards from there.
	Go string `json:"go"`
}

// Manifests says where the manifests of a service are. It is a struct, though
// the file gives only a path, so that a path for each environment can join it
// without breaking callers.
type Manifests struct {
	// Path is a YAML file, a directory of them, or a kustomization directory,
	// relative to the root of the repository, with slashes and without a
	// leading "./".
	Path string `json:"path"`
}

// Environment is where a channel goes.
type Environment struct {
	Name    string  `json:"name"`
	Channel Channel `json:"channel"`

	// Clusters are contexts of a kubeconfig. There is at least one.
	Clusters []string `json:"clusters"`

	// Namespace is the stack's name unless the file says otherwise.
	Namespace string `json:"namespace"`

	// Deadline is how long one wave may take; DefaultDeadline unless the file
	// says otherwise.
	Deadline Duration `json:"deadline"`

	// Drift is DriftReport unless the file says otherwise.
	Drift Drift `json:"drift"`

	// Order is OrderTogether unless the file says otherwise.
	Order Order `json:"order"`

	// AtOnce is how many services of a wave move together; zero means all.
	AtOnce int `json:"atOnce,omitempty"`

	// Gates are what a release has to pass before its first write.
	Gates Gates `json:"gates,omitzero"`

	// Verify is what a release of channel rc has to pass, once it runs here, to
	// count as verified.
	Verify Verify `json:"verify,omitzero"`

	// FastRollback is how long after a release a rollback skips the gates;
	// DefaultFastRollback unless the file says otherwise.
	FastRollback Duration `json:"fastRollback"`
}

// Order says how the clusters of an environment follow one another.
type Order string

// How the clusters of an environment follow one another.
const (
	// OrderTogether moves each wave on all clusters side by side.
	OrderTogether Order = "together"
	// OrderInTurn moves all waves on one cluster before the next one begins.
	OrderInTurn Order = "inTurn"
)

// Service returns the service of that name and whether there is one.
func (s *Stack) Service(name string) (Service, bool) {
	for _, service := range s.Services {
		if service.Name == name {
			return service, true
		}
	}
	return Service{}, false
}

// Environment returns the environment of that name and whether there is one.
func (s *Stack) Environment(name string) (Environment, bool) {
	for _, environment := range s.Environments {
		if environment.Name == name {
			return environment, true
		}
	}
	return Environment{}, false
}

// EnvironmentsOf returns the environments that take the channel, in the order
// of the file. There may be none, and there may be several.
func (s *Stack) EnvironmentsOf(channel Channel) []Environment {
	var taking []Environment
	for _, environment := range s.Environments {
		if environment.Channel == channel {
			taking = append(taking, environment)
		}
	}
	return taking
}
