package starter

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/user"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

// connectTime is what a CI job should wait to learn that there is no server; a
// server that answers does so in milliseconds.
const connectTime = 5 * time.Second

// connect dials Temporal as the TEMPORAL_* variables and the profile file say.
func connect(ctx context.Context) (client.Client, client.Options, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, options, fail(ExitBadInput, "reading the connection to Temporal from TEMPORAL_* and its profile file: %w", err)
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	options.Identity = identity()
	options.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	options.ConnectionOptions.GetSystemInfoTimeout = connectTime
	limit, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	c, err := client.DialContext(limit, options)
	if err != nil {
		return nil, options, unreachable(options, err)
	}
	return c, options, nil
}

func unreachable(options client.Options, err error) error {
	reason := err.Error()
	var denied *serviceerror.PermissionDenied
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		reason = "no answer within " + connectTime.String()
	case errors.As(err, &denied):
		reason = "permission denied"
	}
	return fail(ExitNoConnection, "connecting to Temporal at %s, namespace %s: %s; TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or a profile, say where it is",
		options.HostPort, options.Namespace, reason)
}

// identity is what Temporal shows for calls of this process.
func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return "starter of " + person() + " on " + host
}

// person gives who asks, as CI systems and the machine claim it.
func person() string {
	for _, name := range []string{"SLIPWAY_BY", "GITHUB_ACTOR", "CIRCLE_USERNAME"} {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	if account, err := user.Current(); err == nil {
		return account.Username
	}
	return ""
}
