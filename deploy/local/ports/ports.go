// Package ports finds TCP ports on the loopback interface for processes that
// cannot be handed an open socket, and says who has one that is taken.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Loopback is the only address that the platform listens on.
const Loopback = "127.0.0.1"

// Free ports are taken from below the range from which Linux serves outgoing
// connections and port 0 (32768 and up by default): nothing slips in between
// the look and the use except another platform, and platforms start looking at
// different places.
const (
	lowest  = 18000
	highest = 32000
)

// Picker hands out free ports, none of them twice.
type Picker struct {
	mu   sync.Mutex
	next int
}

// NewPicker makes a Picker that begins at a random port.
func NewPicker() *Picker {
	return &Picker{next: lowest + rand.IntN(highest-lowest)} //nolint:gosec // spread, not secrecy
}

// Or returns the port, or a free one when it is zero.
func (p *Picker) Or(port int) (int, error) {
	if port != 0 {
		return port, nil
	}
	return p.Pick()
}

// Pick returns a port on which nothing listens now. It does not reserve it.
func (p *Picker) Pick() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range highest - lowest {
		port := p.next
		p.next++
		if p.next >= highest {
			p.next = lowest
		}
		if Check(port) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", lowest, highest)
}

// Check returns an error that names the owner when something listens on the
// port.
func Check(port int) error {
	listener, err := Listen(port)
	if err != nil {
		return err
	}
	return listener.Close()
}

// Listen opens the port on the loopback interface. Its error names the process that has the port, when that can be seen.
func Listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", Address(port))
	if err == nil {
		return listener, nil
	}
	if holder := owner(port); holder != "" {
		return nil, fmt.Errorf("port %d is in use by %s: stop it or choose another port", port, holder)
	}
	return nil, fmt.Errorf("port %d cannot be used: %w", port, err)
}

// Address is the port on the loopback interface.
func Address(port int) string {
	return net.JoinHostPort(Loopback, strconv.Itoa(port))
}
