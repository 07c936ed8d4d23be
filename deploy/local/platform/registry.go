package platform

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/registry"
)

type registryServer struct {
	*server
	*registry.Registry
	address string
}

func (p *Platform) startRegistry(ctx context.Context) error {
	begin := time.Now()
	logs, err := openLog(filepath.Join(p.logs(), "registry.log"))
	if err != nil {
		return err
	}
	// The registry's own tasks, and so its log, end with the process.
	handler, err := registry.New(context.WithoutCancel(ctx), filepath.Join(p.options.Dir, "registry"), logs)
	if err != nil {
		return err
	}
	listening, err := p.serve(p.options.RegistryPort, handler, tlsFiles{})
	if err != nil {
		return fmt.Errorf("starting the registry: %w", err)
	}
	p.registry = &registryServer{server: listening, Registry: handler, address: listening.listener.Addr().String()}
	p.progress.line(fmt.Sprintf("registry ready in %s: %s", seconds(time.Since(begin)), p.registry.address))
	return nil
}
