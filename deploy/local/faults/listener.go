// Package faults makes a server fail in the ways a network and a busy API
// server do, on demand and at an exact point: connections cut and refused,
// requests delayed, answered with an error, dropped, or held until released.
package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// backlog is how many connections may wait to be accepted after a mend; the
// kernel's own default limit.
const backlog = 4096

// Listener is a TCP listener whose port can be made to refuse connections and
// to accept them again. Between the two the port stays its own.
type Listener struct {
	inner *net.TCPListener
	mu    sync.Mutex
	open  map[*connection]struct{}
	// mended is closed when connections are accepted again; nil while they are.
	mended chan struct{}
	closed chan struct{}
}

// NewListener wraps a TCP listener, which must have been opened on a port given
// by number: the kernel takes a port that it chose itself back at the cut.
func NewListener(inner net.Listener) (*Listener, error) {
	tcp, ok := inner.(*net.TCPListener)
	if !ok {
		return nil, fmt.Errorf("cutting needs a TCP listener, not %T", inner)
	}
	return &Listener{inner: tcp, open: make(map[*connection]struct{}), closed: make(chan struct{})}, nil
}

// Addr is the address listened on.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Accept waits for the next connection, over a cut if there is one.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.inner.Accept()
		if err != nil {
			if waitErr := l.waitMended(); waitErr != nil {
				return nil, err
			}
			continue
		}
		wrapped := &connection{Conn: accepted, listener: l}
		if l.track(wrapped) {
			return wrapped, nil
		}
		// Accepted in the instant of the cut.
		_ = wrapped.Drop()
	}
}

// Close stops listening for good. Open connections stay.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		return nil
	default:
		close(l.closed)
		return l.inner.Close()
	}
}

// Cut drops every connection and refuses new ones until Mend. Cutting twice is
// the same as once.
func (l *Listener) Cut() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mended != nil {
		return nil
	}
	// On Linux shutting down a listening socket ends the listening and keeps
	// the port. Nobody else can take it in the meantime, unless both sides allow
	// its reuse, which Go's listeners do.
	err := l.control(func(descriptor int) error {
		return errors.Join(setReuse(descriptor, 0), syscall.Shutdown(descriptor, syscall.SHUT_RD))
	})
	if err != nil {
		return fmt.Errorf("cutting %s: %w", l.Addr(), err)
	}
	l.mended = make(chan struct{})
	for open := range l.open {
		_ = open.drop()
	}
	clear(l.open)
	return nil
}

// Mend accepts connections again.
func (l *Listener) Mend() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mended == nil {
		return nil
	}
	// Connections of before the cut may linger, so the port has to be reused.
	err := l.control(func(descriptor int) error {
		return errors.Join(setReuse(descriptor, 1), syscall.Listen(descriptor, backlog))
	})
	if err != nil {
		return fmt.Errorf("mending %s: %w", l.Addr(), err)
	}
	close(l.mended)
	l.mended = nil
	return nil
}

// IsCut tells whether connections are refused now.
func (l *Listener) IsCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mended != nil
}

// waitMended returns nil once connections are accepted again, at once when
// there is no cut, and an error when the listener was closed.
func (l *Listener) waitMended() error {
	l.mu.Lock()
	mended := l.mended
	l.mu.Unlock()
	if mended == nil {
		select {
		case <-l.closed:
			return net.ErrClosed
		default:
			return nil
		}
	}
	select {
	case <-mended:
		return nil
	case <-l.closed:
		return net.ErrClosed
	}
}

func setReuse(descriptor, value int) error {
	return syscall.SetsockoptInt(descriptor, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, value)
}

func (l *Listener) control(call func(descriptor int) error) error {
	raw, err := l.inner.SyscallConn()
	if err != nil {
		return err
	}
	var callErr error
	err = raw.Control(func(descriptor uintptr) { callErr = call(int(descriptor)) })
	return errors.Join(err, callErr)
}

func (l *Listener) track(open *connection) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mended != nil {
		return false
	}
	l.open[open] = struct{}{}
	return true
}

func (l *Listener) forget(closed *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, closed)
}

type connection struct {
	net.Conn
	listener *Listener
}

// Close closes the connection in the ordinary way.
func (c *connection) Close() error {
	c.listener.forget(c)
	return c.Conn.Close()
}

// Drop resets the connection, as a firewall or a dying machine does.
func (c *connection) Drop() error {
	c.listener.forget(c)
	return c.drop()
}

func (c *connection) drop() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return c.Conn.Close()
}

type connectionKey struct{}

// ConnContext is for http.Server: it lets DropConnection find the connection of
// a request.
func ConnContext(ctx context.Context, accepted net.Conn) context.Context {
	if encrypted, ok := accepted.(*tls.Conn); ok {
		accepted = encrypted.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, accepted)
}

// DropConnection resets the connection that the request came on, and with it
// every other request on that connection. It does nothing when the client has
// given up the request by itself: with HTTP/2 it may still use the connection.
// The server must use ConnContext and listen on a Listener.
func DropConnection(request *http.Request) {
	if request.Context().Err() != nil {
		return
	}
	if dropped, ok := request.Context().Value(connectionKey{}).(*connection); ok {
		_ = dropped.Drop()
	}
}
