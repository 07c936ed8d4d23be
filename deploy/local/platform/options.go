package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipway-dev/slipway/deploy/local/ports"
)

// The ports that people know, used when asked for with --fixed-ports.
const (
	TemporalPort = 7233
	UIPort       = 8233
	RegistryPort = 5000
)

// maxClusters and maxNodes are far above what a machine bears; they catch a
// mistyped number before it starts a thousand processes.
const (
	maxClusters = 20
	maxNodes    = 1000
)

// Options say what to start and where.
type Options struct {
	// Dir holds the state: what was released, built and recorded survives in
	// it from one start to the next.
	Dir string
	// Bin holds slipway-kubernetes, slipway-kwok and slipway-temporal.
	Bin string
	// Clusters is how many clusters, Nodes how many simulated nodes in each.
	Clusters int
	Nodes    int
	// The ports; zero takes a free one.
	TemporalPort int
	UIPort       int
	RegistryPort int
}

// Validate checks the options and makes the directories absolute. It finds a
// missing binary or a taken port before anything is started.
func (o *Options) Validate() error {
	if o.Dir == "" {
		return errors.New("--dir is missing: name the directory that holds the platform's state")
	}
	if o.Clusters < 1 || o.Clusters > maxClusters {
		return fmt.Errorf("--clusters %d: want 1 to %d", o.Clusters, maxClusters)
	}
	if o.Nodes < 1 || o.Nodes > maxNodes {
		return fmt.Errorf("--nodes %d: want 1 to %d", o.Nodes, maxNodes)
	}
	for _, directory := range []*string{&o.Dir, &o.Bin} {
		absolute, err := filepath.Abs(*directory)
		if err != nil {
			return fmt.Errorf("resolving %s: %w", *directory, err)
		}
		*directory = absolute
	}
	for _, binary := range []string{"slipway-kubernetes", "slipway-kwok", "slipway-temporal"} {
		if _, err := os.Stat(filepath.Join(o.Bin, binary)); err != nil {
			return fmt.Errorf("looking for %s in --bin %s: %w; build it first", binary, o.Bin, err)
		}
	}
	return o.checkPorts()
}

func (o *Options) checkPorts() error {
	var problems []error
	for _, wanted := range []struct {
		flag string
		port int
	}{{"--temporal-port", o.TemporalPort}, {"--ui-port", o.UIPort}, {"--registry-port", o.RegistryPort}} {
		if wanted.port == 0 {
			continue
		}
		if err := ports.Check(wanted.port); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", wanted.flag, err))
		}
	}
	return errors.Join(problems...)
}
