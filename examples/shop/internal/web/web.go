// Package web serves HTTP the way every service of the shop does: with probes,
// timeouts and a graceful stop.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

// stopTime is less than the grace period in the manifests, so that the service
// ends by itself before it is killed.
const stopTime = 4 * time.Second

// A Check tells whether something that the service needs can be used.
type Check func(ctx context.Context) error

// Serve answers requests until SIGTERM or SIGINT, then finishes those that it
// has begun. It adds GET /livez, which is always well, and GET /readyz, which
// is as well as the checks, by their names.
func Serve(address string, mux *http.ServeMux, needs map[string]Check) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return serve(ctx, listener, mux, needs)
}

func serve(ctx context.Context, listener net.Listener, mux *http.ServeMux, needs map[string]Check) error {
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", readyz(needs))
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	slog.Info("serving", "address", listener.Addr().String())

	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping")
	// The context that ended is the reason to stop, not the limit of stopping.
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func readyz(needs map[string]Check) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		for name, check := range needs {
			if err := check(ctx); err != nil {
				http.Error(w, name+": "+err.Error(), http.StatusServiceUnavailable)
				return
			}
		}
	}
}
