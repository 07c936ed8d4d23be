package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// Options say where the server listens and what it keeps its state in.
type Options struct {
	// Address is the host:port of the gRPC frontend.
	Address string
	// UIAddress is the host:port of the web UI.
	UIAddress string
	// Database is the SQLite file; its directory must exist.
	Database string
	// LogLevel is debug, info, warn or error.
	LogLevel string
}

// Validate checks the options without touching a port or the file.
func (o Options) Validate() error {
	if o.Database == "" {
		return errors.New("--db is missing: name the SQLite file, for example --db temporal.db")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, o.LogLevel) {
		return fmt.Errorf("--log-level %q: want debug, info, warn or error", o.LogLevel)
	}
	for flag, address := range map[string]string{"--address": o.Address, "--ui-address": o.UIAddress} {
		if _, err := splitAddress(address); err != nil {
			return fmt.Errorf("%s %q: %w", flag, address, err)
		}
	}
	return nil
}

// endpoint is an address taken apart. Temporal's services are found by IP, so a
// host name is refused.
type endpoint struct {
	ip   string
	port int
}

func (e endpoint) String() string {
	return net.JoinHostPort(e.ip, strconv.Itoa(e.port))
}

func splitAddress(address string) (endpoint, error) {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return endpoint{}, errors.New("want an IP address and a port, such as 127.0.0.1:7233")
	}
	if parsed.Port() == 0 {
		return endpoint{}, errors.New("the port must be given: clients could not find a random one")
	}
	return endpoint{ip: parsed.Addr().String(), port: int(parsed.Port())}, nil
}

// checkFree reports a port that somebody else listens on, before anything is
// started: the server itself would only say so after half a minute of retries.
func checkFree(flag string, at endpoint) error {
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return fmt.Errorf("%s %s cannot be used, choose another: %w", flag, at, err)
	}
	return listener.Close()
}

// freeEndpoint picks a port that nobody listens on now.
func freeEndpoint(ip string) (endpoint, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		return endpoint{}, fmt.Errorf("looking for a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return splitAddress(listener.Addr().String())
}
