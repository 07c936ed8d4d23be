// Package kubernetes runs workloads on Kubernetes clusters.
//
// It writes by server-side apply with the field manager "slipway", never
// forced. Each write carries the resourceVersion that its attempt read, and a
// ConfigMap for each stack and environment, the fence, holds the epoch below
// which nothing is written. It deletes only what it created, and config of the
// recorded release that somebody else has made anew; never a namespace, a
// PersistentVolumeClaim or a CustomResourceDefinition.
package kubernetes

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Options of Clusters.
type Options struct {
	// Kubeconfig is the file that contexts come from. Empty means what kubectl
	// would use: the files of KUBECONFIG, else ~/.kube/config.
	Kubeconfig string
	// Version of Slipway, for the user agent.
	Version string
}

// Clusters opens the clusters of a kubeconfig by the names of its contexts. It
// is safe for concurrent use.
type Clusters struct {
	options Options

	mu   sync.Mutex
	open map[string]*cluster
}

// New gives the clusters of a kubeconfig. It reads the file each time that a
// cluster is opened, so that renewed credentials count without a restart.
func New(options Options) *Clusters {
	return &Clusters{options: options, open: map[string]*cluster{}}
}

// Target opens the cluster of a context. It does not talk to it. NotFound names
// the contexts that there are; InvalidInput for a kubeconfig that can't be read.
func (c *Clusters) Target(name string) (workload.Target, error) {
	found, err := c.cluster(name)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Contexts lists the names of the contexts. InvalidInput for a kubeconfig that
// can't be read.
func (c *Clusters) Contexts() ([]string, error) {
	config, err := c.load()
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(config.Contexts)), nil
}

// Close ends the watches of all clusters; those in use end with their last user.
func (c *Clusters) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, open := range c.open {
		open.close()
		delete(c.open, name)
	}
}

func (c *Clusters) cluster(name string) (*cluster, error) {
	config, err := c.load()
	if err != nil {
		return nil, err
	}
	if config.Contexts[name] == nil {
		return nil, fault.New(fault.NotFound, "unknown kubeconfig context %q; there is %s", name, known(config))
	}
	settings, err := clientcmd.NewNonInteractiveClientConfig(config, name, nil, nil).ClientConfig()
	if err != nil {
		return nil, fault.New(fault.InvalidInput, "reading kubeconfig context %q: %w", name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if open := c.open[name]; open != nil && sameServer(open.settings, settings) {
		return open, nil
	}
	opened, err := newCluster(name, settings, c.options.Version)
	if err != nil {
		return nil, fault.New(fault.InvalidInput, "opening cluster %q: %w", name, err)
	}
	if replaced := c.open[name]; replaced != nil {
		replaced.close()
	}
	c.open[name] = opened
	return opened, nil
}

func (c *Clusters) load() (clientcmdapi.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if c.options.Kubeconfig != "" {
		rules.ExplicitPath = c.options.Kubeconfig
	}
	config, err := rules.Load()
	if err != nil {
		return clientcmdapi.Config{}, fault.New(fault.InvalidInput, "reading kubeconfig: %w", err)
	}
	return *config, nil
}

func known(config clientcmdapi.Config) string {
	if len(config.Contexts) == 0 {
		return "none at all: is KUBECONFIG set for this worker?"
	}
	return strings.Join(slices.Sorted(maps.Keys(config.Contexts)), ", ")
}

// sameServer tells whether a client that was made by one configuration serves
// for the other.
func sameServer(a, b *rest.Config) bool {
	return a.Host == b.Host && a.BearerToken == b.BearerToken && a.BearerTokenFile == b.BearerTokenFile &&
		a.Username == b.Username && a.Password == b.Password &&
		slices.Equal(a.CAData, b.CAData) && a.CAFile == b.CAFile &&
		slices.Equal(a.CertData, b.CertData) && a.CertFile == b.CertFile &&
		slices.Equal(a.KeyData, b.KeyData) && a.KeyFile == b.KeyFile
}
