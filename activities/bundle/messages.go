package bundle

import "github.com/slipway-dev/slipway/stack"

// FindReleaseInput asks for the recorded release of a version.
type FindReleaseInput struct {
	Repository string `json:"repository"`
	Version    string `json:"version"`
}

// FoundRelease is a recorded release; Bundle is zero when there is none.
type FoundRelease struct {
	Bundle Reference `json:"bundle"`
	Commit string    `json:"commit,omitempty"`
}

// AssembleBundleInput names what goes into a bundle.
type AssembleBundleInput struct {
	Source  string `json:"source"`
	Commit  string `json:"commit"`
	Version string `json:"version"`
	// Digests of the images by service; every service with a build has one.
	Digests map[string]string `json:"digests"`
}

// AssembledBundle is a stored bundle.
type AssembledBundle struct {
	Bundle       Reference `json:"bundle"`
	Environments []string  `json:"environments"`
}

// ReadPlanInput asks what a release puts into an environment.
type ReadPlanInput struct {
	Bundle      Reference `json:"bundle"`
	Environment string    `json:"environment"`
}

// Plan is what a rollout needs to know of a bundle; the content stays there.
type Plan struct {
	Stack     string         `json:"stack"`
	Version   string         `json:"version"`
	Commit    string         `json:"commit"`
	Channel   stack.Channel  `json:"channel"`
	Targets   []string       `json:"targets"`
	Namespace string         `json:"namespace"`
	Deadline  stack.Duration `json:"deadline"`
	Waves     [][]string     `json:"waves"`
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
}

// FindCurrentInput asks what an environment runs according to its tag.
type FindCurrentInput struct {
	Repository  string `json:"repository"`
	Environment string `json:"environment"`
}

// Current is what an environment runs; Bundle is zero when nothing is recorded.
type Current struct {
	Bundle  Reference `json:"bundle"`
	Version string    `json:"version,omitempty"`
	Commit  string    `json:"commit,omitempty"`
}

// RecordCurrentInput names the bundle that an environment runs from now on.
type RecordCurrentInput struct {
	Bundle      Reference `json:"bundle"`
	Environment string    `json:"environment"`
}
