package workers

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

// Dial connects to Temporal as the TEMPORAL_* variables and the profile file of
// the temporal CLI say; TLS and API keys come from there too. It fails when the
// server does not answer. It also gives the name of the namespace.
func Dial(ctx context.Context, logger *slog.Logger) (c client.Client, namespace string, err error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, "", fmt.Errorf("reading the connection from TEMPORAL_* and the profile file: %w", err)
	}
	options.Logger = log.NewStructuredLogger(logger)
	c, err = client.DialContext(ctx, options)
	if err != nil {
		return nil, "", fmt.Errorf("connecting to Temporal at %s: %w", address(options), err)
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	return c, options.Namespace, nil
}

func address(options client.Options) string {
	if options.HostPort == "" {
		return client.DefaultHostPort
	}
	return options.HostPort
}
