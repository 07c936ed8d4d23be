// Package faultstest serves tests on listeners that can be cut.
package faultstest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/ports"
)

// Listen listens on a port that nobody takes while it is cut. The test's end
// closes it.
func Listen(t testing.TB) *faults.Listener {
	t.Helper()
	port, err := ports.NewPicker().Pick()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ports.Listen(port)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := faults.NewListener(plain)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// Serve serves the handler there, with TLS and HTTP/2 as the cluster proxies
// have them, until the test's end.
func Serve(t testing.TB, handler http.Handler) (*httptest.Server, *faults.Listener) {
	t.Helper()
	listener := Listen(t)
	server := httptest.NewUnstartedServer(handler)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Config.ConnContext = faults.ConnContext
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server, listener
}
