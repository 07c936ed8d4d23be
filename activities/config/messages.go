package config

import "github.com/slipway-dev/slipway/activities/bundle"

// ReadStackInput names a stack at a branch, a tag or a commit.
type ReadStackInput struct {
	// Stack that the caller expects; another name in slipway.yaml is refused.
	Stack string `json:"stack"`
	// Repository URL as git takes it, without credentials.
	Repository string `json:"repository"`
	// Ref is a branch, a tag or a commit; empty means the default branch.
	Ref string `json:"ref,omitempty"`
}

// Stack is what a commit says of where a stack goes.
type Stack struct {
	Commit           string   `json:"commit"`
	BundleRepository string   `json:"bundleRepository"`
	Environments     []string `json:"environments"`
}

// PlanConfigInput asks what the config of a commit would change in an environment.
type PlanConfigInput struct {
	Stack       string `json:"stack"`
	Repository  string `json:"repository"`
	Commit      string `json:"commit"`
	Environment string `json:"environment"`
	// Current is the release to compare with: what the environment runs.
	Current bundle.Reference `json:"current"`
	// ConfigOnly refuses a commit in which anything but config has changed.
	ConfigOnly bool `json:"configOnly,omitempty"`
}

// Plan is what the config of a commit would change. Histories carry this much of
// it; the whole is in the registry.
type Plan struct {
	// Version and Commit of the release that was compared with.
	Version string `json:"version"`
	Commit  string `json:"commit"`
	// Counts over all clusters.
	Counts
	// Clusters in which something changes.
	Clusters []ClusterPlan `json:"clusters,omitempty"`
	// Changes are the first ones, of Distinct: one that is the same in several
	// clusters is one.
	Changes  []Change `json:"changes,omitempty"`
	Distinct int      `json:"distinct,omitempty"`
	// Other lists the first files that have changed and are no config: for
	// them it takes a release.
	Other []string `json:"other,omitempty"`
	// OtherFiles counts them all.
	OtherFiles int `json:"otherFiles,omitempty"`
	// Report names the whole plan in the registry; zero when nothing changes.
	Report bundle.Reference `json:"report"`
}

// Counts of changed keys.
type Counts struct {
	// Services whose config changes, each counted once a cluster.
	Services int `json:"services"`
	Added    int `json:"added"`
	Changed  int `json:"changed"`
	Removed  int `json:"removed"`
}

// ClusterPlan counts what changes in one cluster.
type ClusterPlan struct {
	Cluster string `json:"cluster"`
	Counts
}

// Change is one key of one service's config.
type Change struct {
	Service string `json:"service"`
	// Clusters in which it changes so; those of one environment mostly agree.
	Clusters []string `json:"clusters"`
	// Path in the config.
	Path string `json:"path"`
	// Kind is "added", "changed" or "removed".
	Kind string `json:"kind"`
	// Old and New are the values as JSON, cut, and masked where they may be secret.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// OldAt and NewAt are file:line of what set them.
	OldAt string `json:"oldAt,omitempty"`
	NewAt string `json:"newAt,omitempty"`
}
