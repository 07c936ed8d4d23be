// Package platform runs everything that Slipway needs on one machine: Temporal
// with its UI, an OCI registry, and Kubernetes clusters with simulated nodes,
// each behind a proxy that counts and can fail.
//
// The components are child processes, except for the registry, the proxies and
// the control API, which live in the supervisor itself. No child outlives the
// supervisor, even when it is killed. A component that ends by itself is
// reported, not restarted.
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slipway-dev/slipway/deploy/local/credentials"
	"github.com/slipway-dev/slipway/deploy/local/ports"
	"github.com/slipway-dev/slipway/deploy/local/process"
)

const (
	// startTimeout is for a machine that compiles at the same time; a quiet one
	// takes seconds.
	startTimeout = 3 * time.Minute
	// stopTimeout bounds the stop of all processes together; what is left then
	// is killed.
	stopTimeout = 30 * time.Second
)

// Platform is one running platform.
type Platform struct {
	options     Options
	progress    *progress
	picker      *ports.Picker
	group       *process.Group
	credentials *credentials.Set
	temporal    *temporalServer
	registry    *registryServer
	clusters    []*clusterServer
	control     *server
	// ready tells that the start is over.
	ready atomic.Bool
	// stateMu orders the writing of platform.json.
	stateMu sync.Mutex
}

// Run brings a platform up, calls ready, and keeps it up until the context
// ends; then it stops everything, in the reverse order of the start. Progress
// goes to out, one line each.
func Run(ctx context.Context, options Options, out io.Writer, ready func()) error {
	if err := options.Validate(); err != nil {
		return err
	}
	lock, err := claim(options.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	removeState(options.Dir)

	platform := &Platform{
		options:  options,
		progress: newProgress(out),
		picker:   ports.NewPicker(),
		group:    process.NewGroup(filepath.Join(options.Dir, childrenFile)),
	}
	defer platform.stop() //nolint:contextcheck // the context is over by then
	starting, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go platform.watch(watching, fail)

	startErr := platform.start(starting)
	if ctx.Err() != nil {
		return nil
	}
	if startErr != nil {
		return startErr
	}
	ready()
	<-ctx.Done()
	return nil
}

// start brings everything up; it fails as soon as one part does.
func (p *Platform) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("not ready after %s", startTimeout))
	defer cancel()
	var err error
	if p.credentials, err = credentials.Ensure(filepath.Join(p.options.Dir, "credentials")); err != nil {
		return err
	}
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.Go(func() error { return p.startTemporal(ctx) })
	tasks.Go(func() error { return p.startRegistry(ctx) })
	tasks.Go(func() error { return p.startClusters(ctx) })
	if err := tasks.Wait(); err != nil {
		return err
	}
	if err := p.startControl(); err != nil {
		return err
	}
	if err := p.writeState(); err != nil {
		return err
	}
	p.ready.Store(true)
	p.progress.done("platform ready")
	return nil
}

// watch hears of components that end by themselves until the context ends. In
// the start that is a failure, later it is news.
func (p *Platform) watch(ctx context.Context, fail func(error)) {
	for {
		select {
		case death := <-p.group.Deaths():
			if !p.ready.Load() {
				fail(death)
				continue
			}
			p.progress.line(death.Error())
			p.refreshState()
		case <-ctx.Done():
			return
		}
	}
}

// stop ends everything that was started, however far the start came.
func (p *Platform) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	removeState(p.options.Dir)
	begin := time.Now()
	p.closeServers()
	p.group.Stop(ctx)
	p.progress.line(fmt.Sprintf("platform stopped in %s", seconds(time.Since(begin))))
}

// closeServers ends what lives in this process. Clients find their connections
// dropped.
func (p *Platform) closeServers() {
	if p.control != nil {
		_ = p.control.Close()
	}
	for _, cluster := range p.clusters {
		if cluster.server != nil {
			_ = cluster.server.Close()
		}
	}
	if p.registry != nil {
		_ = p.registry.Close()
	}
}

func (p *Platform) logs() string { return filepath.Join(p.options.Dir, logDirectory) }

// writeState writes the kubeconfig, platform.json and env.
func (p *Platform) writeState() error {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	state := State{
		Temporal:   TemporalState{Address: p.temporal.address(), UI: p.temporal.ui()},
		Registry:   p.registry.address,
		Kubeconfig: filepath.Join(p.options.Dir, kubeconfigFile),
		Control:    p.control.url,
		PIDs:       p.group.PIDs(),
	}
	state.PIDs["supervisor"] = os.Getpid()
	for _, cluster := range p.clusters {
		state.Clusters = append(state.Clusters, ClusterState{
			Name: cluster.Name, Context: cluster.Name, Server: cluster.server.url, Direct: cluster.Direct(),
		})
	}
	return errors.Join(p.writeKubeconfig(state.Kubeconfig), state.write(p.options.Dir))
}

// refreshState writes the state again after a process came or went.
func (p *Platform) refreshState() {
	if err := p.writeState(); err != nil {
		p.progress.line(err.Error())
	}
}
