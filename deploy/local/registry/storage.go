// Package registry is the platform's OCI registry: distribution/v3 on disk, with
// a ledger that tells which pushes brought something new.
package registry

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	// The storage driver registers itself under the name "filesystem".
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/sirupsen/logrus"
)

// newStorage is the registry itself. It serves plain HTTP to anybody, which is
// right for the loopback interface only; its images can be deleted.
func newStorage(ctx context.Context, directory string, logs io.Writer) (http.Handler, error) {
	if err := os.MkdirAll(directory, 0o750); err != nil {
		return nil, fmt.Errorf("creating registry directory: %w", err)
	}
	// The library knows only the process's one logger, and calls every question
	// for what is not there an error.
	logrus.SetOutput(logs)
	settings := &configuration.Configuration{
		Version: configuration.CurrentVersion,
		Storage: configuration.Storage{
			"filesystem": configuration.Parameters{"rootdirectory": directory},
			"delete":     configuration.Parameters{"enabled": true},
		},
	}
	settings.HTTP.Headers = http.Header{"X-Content-Type-Options": []string{"nosniff"}}
	// Signs the state of uploads in progress; they don't outlive the process.
	settings.HTTP.Secret = "slipway-local"
	settings.Log.Level = "error"
	settings.Log.AccessLog.Disabled = true
	settings.Catalog.MaxEntries = 1000
	return handlers.NewApp(ctx, settings), nil
}
