package platform

import (
	"context"
	"crypto/tls"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slipway-dev/slipway/deploy/local/cluster"
	"github.com/slipway-dev/slipway/deploy/local/clusterproxy"
	"github.com/slipway-dev/slipway/deploy/local/credentials"
	"github.com/slipway-dev/slipway/deploy/local/ports"
)

// clusterServer is a cluster and the proxy before it.
type clusterServer struct {
	*cluster.Cluster
	proxy  *clusterproxy.Proxy
	server *server
}

func (p *Platform) startClusters(ctx context.Context) error {
	etcdPort, err := p.picker.Pick()
	if err != nil {
		return fmt.Errorf("choosing the port of etcd: %w", err)
	}
	etcd := "http://" + ports.Address(etcdPort)
	for number := range p.options.Clusters {
		name := fmt.Sprintf("local-%d", number+1)
		member, err := cluster.New(cluster.Config{
			Name:        name,
			Nodes:       p.options.Nodes,
			Directory:   filepath.Join(p.options.Dir, "clusters", name),
			Binaries:    p.options.Bin,
			Credentials: p.credentials,
			Etcd:        etcd,
			Ports:       p.picker,
		})
		if err != nil {
			return err
		}
		p.clusters = append(p.clusters, &clusterServer{Cluster: member})
	}
	if err := p.startEtcd(ctx, etcdPort, etcd); err != nil {
		return err
	}
	tasks, ctx := errgroup.WithContext(ctx)
	for _, member := range p.clusters {
		tasks.Go(func() error { return p.startCluster(ctx, member) })
	}
	return tasks.Wait()
}

func (p *Platform) startEtcd(ctx context.Context, port int, url string) error {
	begin := time.Now()
	err := p.launch(ctx, cluster.Etcd(p.options.Bin, p.options.Dir, p.logs(), port), func(ctx context.Context) error {
		return cluster.Poll(ctx, "etcd", func(ctx context.Context) error { return healthy(ctx, url+"/health") })
	})
	if err != nil {
		return err
	}
	p.progress.line(fmt.Sprintf("etcd ready in %s", seconds(time.Since(begin))))
	return nil
}

func (p *Platform) startCluster(ctx context.Context, member *clusterServer) error {
	begin := time.Now()
	if err := member.Prepare(); err != nil {
		return err
	}
	if err := p.startProxy(member); err != nil {
		return fmt.Errorf("starting the proxy of %s: %w", member.Name, err)
	}
	if err := p.runAPIServer(ctx, member); err != nil {
		return err
	}
	p.progress.line(fmt.Sprintf("%s API server ready in %s", member.Name, seconds(time.Since(begin))))
	if err := member.CreateObjects(ctx); err != nil {
		return err
	}
	if err := p.runComponents(ctx, member); err != nil {
		return err
	}
	p.progress.line(fmt.Sprintf("%s ready in %s: %d simulated nodes, %s",
		member.Name, seconds(time.Since(begin)), member.Nodes, member.server.url))
	return nil
}

// runComponents starts the API server's three companions together; each of them
// waits for what it needs.
func (p *Platform) runComponents(ctx context.Context, member *clusterServer) error {
	logs := p.logs()
	return p.launch(ctx, member.ControllerManager(logs), func(ctx context.Context) error {
		return p.launch(ctx, member.Scheduler(logs), func(ctx context.Context) error {
			return p.launch(ctx, member.Kwok(logs), member.WaitComponents)
		})
	})
}

func (p *Platform) runAPIServer(ctx context.Context, member *clusterServer) error {
	return p.launch(ctx, member.APIServer(p.logs()), member.WaitAPIServer)
}

// startProxy puts the proxy up before its API server, so that its URL is known.
func (p *Platform) startProxy(member *clusterServer) error {
	pool, err := cluster.Authority(p.credentials)
	if err != nil {
		return err
	}
	settings := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	member.proxy, err = clusterproxy.New(member.Direct(), p.credentials.Tokens["proxy"], settings)
	if err != nil {
		return err
	}
	files := tlsFiles{certificate: p.credentials.Certificate, key: p.credentials.Key}
	member.server, err = p.serve(0, member.proxy, files)
	return err
}

func (p *Platform) writeKubeconfig(name string) error {
	contexts := make([]cluster.Context, 0, len(p.clusters))
	for _, member := range p.clusters {
		contexts = append(contexts, cluster.Context{
			Name: member.Name, Server: member.server.url, Token: p.credentials.Tokens[credentials.Admin],
		})
	}
	return cluster.WriteKubeconfig(name, p.credentials, contexts...)
}
