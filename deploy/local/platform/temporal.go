package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/cluster"
	"github.com/slipway-dev/slipway/deploy/local/ports"
	"github.com/slipway-dev/slipway/deploy/local/process"
)

const temporalName = "temporal"

// temporalGrace is how long Temporal may take to drain; its file survives a
// kill just as well.
const temporalGrace = 10 * time.Second

type temporalServer struct {
	port, uiPort int
	spec         process.Spec
}

func (t *temporalServer) address() string { return ports.Address(t.port) }
func (t *temporalServer) ui() string      { return "http://" + ports.Address(t.uiPort) }

func (p *Platform) startTemporal(ctx context.Context) error {
	begin := time.Now()
	port, portErr := p.picker.Or(p.options.TemporalPort)
	uiPort, uiErr := p.picker.Or(p.options.UIPort)
	if err := errors.Join(portErr, uiErr); err != nil {
		return fmt.Errorf("choosing ports of Temporal: %w", err)
	}
	server := &temporalServer{port: port, uiPort: uiPort}
	server.spec = process.Spec{
		Name: temporalName,
		Path: filepath.Join(p.options.Bin, "slipway-temporal"),
		Args: []string{
			"--address", server.address(),
			"--ui-address", ports.Address(uiPort),
			"--db", filepath.Join(p.options.Dir, "temporal", "temporal.db"),
		},
		Log:   filepath.Join(p.logs(), "temporal.log"),
		Grace: temporalGrace,
	}
	p.temporal = server
	if err := p.runTemporal(ctx); err != nil {
		return err
	}
	p.progress.line(fmt.Sprintf("temporal ready in %s: %s, UI %s", seconds(time.Since(begin)), server.address(), server.ui()))
	return nil
}

// runTemporal starts the process and waits until it serves.
func (p *Platform) runTemporal(ctx context.Context) error {
	return p.launch(ctx, p.temporal.spec, func(ctx context.Context) error {
		return cluster.Poll(ctx, temporalName, func(ctx context.Context) error {
			return healthy(ctx, p.temporal.ui()+"/healthz")
		})
	})
}

// launch starts a process and waits until it serves, or only until it ends.
func (p *Platform) launch(ctx context.Context, spec process.Spec, wait func(context.Context) error) error {
	started, err := p.group.Start(spec)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	waited := make(chan struct{})
	defer close(waited)
	go func() {
		select {
		case <-started.Done():
			cancel(started.Death())
		case <-waited:
		}
	}()
	return wait(ctx)
}

func healthy(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
