package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
)

// startTimeout bounds what comes after the server's own start: the default
// namespace becoming visible and its search attributes. It takes milliseconds;
// the rest is for a machine that compiles at the same time.
const startTimeout = 60 * time.Second

// serve runs the server and its UI until the context ends or one of them fails.
func serve(ctx context.Context, options Options) error {
	frontend, err := splitAddress(options.Address)
	if err != nil {
		return err
	}
	ui, err := splitAddress(options.UIAddress)
	if err != nil {
		return err
	}
	if err := errors.Join(checkFree("--address", frontend), checkFree("--ui-address", ui)); err != nil {
		return err
	}
	database, err := openDatabase(options.Database)
	if err != nil {
		return err
	}
	defer database.Close()

	server, err := newServer(frontend, database, newLogger(options.LogLevel))
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	defer func() { _ = server.Stop() }()
	if err := registerSearchAttributes(ctx, frontend); err != nil {
		return err
	}
	return serveUI(ctx, ui, frontend)
}

// newLogger writes to standard error, where whoever started the process looks.
func newLogger(level string) log.Logger {
	return log.NewZapLogger(log.BuildZapLogger(log.Config{Level: level, Format: "console"}))
}

func newServer(frontend endpoint, database *database, logger log.Logger) (temporal.Server, error) {
	configuration, hosts, err := newConfig(frontend, database)
	if err != nil {
		return nil, err
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&configuration.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("building authorizer: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&configuration.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("building claim mapper: %w", err)
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(configuration),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
	if err != nil {
		return nil, fmt.Errorf("building the server: %w", err)
	}
	return server, nil
}

// serveUI blocks until the context ends or the UI fails.
func serveUI(ctx context.Context, ui, frontend endpoint) error {
	server := uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host:                ui.ip,
		Port:                ui.port,
		TemporalGRPCAddress: frontend.String(),
		EnableUI:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true},
		HideLogs:            true,
		// The news come from the Internet, which this may not have.
		DisableNewsFetch: true,
	}))
	failed := make(chan error, 1)
	go func() { failed <- server.Start() }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the UI on %s: %w", ui, err)
	case <-ctx.Done():
		server.Stop()
		return nil
	}
}
