package platform

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/ports"
)

// headerTimeout keeps a client that never finishes its request from holding a
// connection for ever.
const headerTimeout = 30 * time.Second

// server is an HTTP server in this process whose connections can be cut.
type server struct {
	listener *faults.Listener
	http     *http.Server
	url      string
}

// tlsFiles are a certificate and its key; empty for plain HTTP.
type tlsFiles struct{ certificate, key string }

// serve starts a server on the port, a free one when it is zero.
func (p *Platform) serve(port int, handler http.Handler, files tlsFiles) (*server, error) {
	port, err := p.picker.Or(port)
	if err != nil {
		return nil, err
	}
	plain, err := ports.Listen(port)
	if err != nil {
		return nil, err
	}
	listener, err := faults.NewListener(plain)
	if err != nil {
		return nil, err
	}
	started := &server{
		listener: listener,
		http: &http.Server{
			Handler:           handler,
			ConnContext:       faults.ConnContext,
			ReadHeaderTimeout: headerTimeout,
			ErrorLog:          discardLog(),
		},
	}
	serveHTTP := func(l net.Listener) error { return started.http.Serve(l) }
	scheme := "http"
	if files.certificate != "" {
		serveHTTP = func(l net.Listener) error { return started.http.ServeTLS(l, files.certificate, files.key) }
		scheme = "https"
	}
	started.url = scheme + "://" + listener.Addr().String()
	go func() {
		if err := serveHTTP(listener); !errors.Is(err, http.ErrServerClosed) {
			p.report(fmt.Errorf("serving %s: %w", started.url, err))
		}
	}()
	return started, nil
}

// report says that something in this process failed.
func (p *Platform) report(err error) { p.progress.line(err.Error()) }

// Close ends the server and drops its connections.
func (s *server) Close() error {
	return s.http.Close()
}

// discardLog is for servers whose complaints are about clients that went away,
// which is what half of the tests here do.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
