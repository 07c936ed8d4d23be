// Package cluster knows how one local Kubernetes cluster is put together: the
// command lines of its control plane, its kubeconfigs, and what has to be there
// before it counts as ready. Its processes are run by others.
package cluster

import (
	"fmt"
	"path/filepath"

	"github.com/slipway-dev/slipway/deploy/local/credentials"
	"github.com/slipway-dev/slipway/deploy/local/ports"
)

// Cluster is one control plane with simulated nodes.
type Cluster struct {
	// Name is "local-1" and so on; it is also the name of the kubeconfig
	// context and the prefix of the keys in etcd.
	Name string
	// Nodes is how many simulated nodes it has.
	Nodes int

	directory   string
	binaries    string
	credentials *credentials.Set
	etcd        string
	apiServer   int
	controllers int
	scheduler   int
	kwok        int
}

// Config is what a Cluster is made of.
type Config struct {
	Name  string
	Nodes int
	// Directory is the cluster's own; Binaries holds slipway-kubernetes and
	// slipway-kwok.
	Directory, Binaries string
	Credentials         *credentials.Set
	// Etcd is the client URL that all clusters share.
	Etcd  string
	Ports *ports.Picker
}

// New picks the cluster's ports. It starts and writes nothing.
func New(config Config) (*Cluster, error) {
	cluster := &Cluster{
		Name:        config.Name,
		Nodes:       config.Nodes,
		directory:   config.Directory,
		binaries:    config.Binaries,
		credentials: config.Credentials,
		etcd:        config.Etcd,
	}
	for _, port := range []*int{&cluster.apiServer, &cluster.controllers, &cluster.scheduler, &cluster.kwok} {
		picked, err := config.Ports.Pick()
		if err != nil {
			return nil, fmt.Errorf("choosing ports of cluster %s: %w", config.Name, err)
		}
		*port = picked
	}
	return cluster, nil
}

// Direct is the URL of the API server itself, past any proxy.
func (c *Cluster) Direct() string {
	return "https://" + ports.Address(c.apiServer)
}

// APIServerName is the name of the API server's process.
func (c *Cluster) APIServerName() string { return c.Name + "-apiserver" }

func (c *Cluster) file(name string) string {
	return filepath.Join(c.directory, name)
}
