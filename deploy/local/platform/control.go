package platform

import (
	"context"
	"fmt"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/control"
)

// restartTimeout bounds how long a component may take to serve again.
const restartTimeout = 2 * time.Minute

func (p *Platform) startControl() error {
	config := control.Config{
		Clusters: make(map[string]control.Cluster, len(p.clusters)),
		Registry: control.Registry{
			Front:  control.Front{Gate: &p.registry.Gate, Listener: p.registry.listener},
			Ledger: &p.registry.Ledger,
		},
		Temporal: p.newSwitch(temporalName, p.runTemporal),
	}
	for _, member := range p.clusters {
		config.Clusters[member.Name] = control.Cluster{
			Front:  control.Front{Gate: &member.proxy.Gate, Listener: member.server.listener},
			Ledger: &member.proxy.Ledger,
			APIServer: p.newSwitch(member.APIServerName(), func(ctx context.Context) error {
				return p.runAPIServer(ctx, member)
			}),
		}
	}
	listening, err := p.serve(0, control.New(config), tlsFiles{})
	if err != nil {
		return fmt.Errorf("starting the control API: %w", err)
	}
	p.control = listening
	return nil
}

func (p *Platform) newSwitch(name string, start func(context.Context) error) control.Switch {
	return control.Switch{
		Kill: func() error {
			defer p.refreshState()
			return p.group.Kill(name)
		},
		Start: func(ctx context.Context) error {
			defer p.refreshState()
			// The one who asked may go away; the process should not hang
			// between started and known for it.
			ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), restartTimeout,
				fmt.Errorf("not ready after %s", restartTimeout))
			defer cancel()
			return start(ctx)
		},
	}
}
