package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/credentials"
	"github.com/slipway-dev/slipway/deploy/local/ports"
)

// pollInterval is short beside the seconds that a start takes and long beside
// the fraction of a millisecond that a refused connection costs.
const pollInterval = 25 * time.Millisecond

// answerLimit bounds what is read of an answer that should be one object.
const answerLimit = 1 << 20

// Client speaks to a cluster's API server past the proxy, as administrator.
type Client struct {
	base   string
	token  string
	client *http.Client
}

// Client makes a client for the API server itself.
func (c *Cluster) Client() (*Client, error) {
	pool, err := Authority(c.credentials)
	if err != nil {
		return nil, err
	}
	return &Client{
		base:  c.Direct(),
		token: c.credentials.Tokens[credentials.Admin],
		client: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		}},
	}, nil
}

// Authority is the pool with the platform's own certificate authority.
func Authority(set *credentials.Set) (*x509.CertPool, error) {
	content, err := os.ReadFile(set.CA)
	if err != nil {
		return nil, fmt.Errorf("reading certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("reading certificate authority %s: no certificate in it", set.CA)
	}
	return pool, nil
}

// get reads a path of the API server into the target, which may be nil. The
// status comes back with the error when there was an answer.
func (c *Client) get(ctx context.Context, path string, target any) (int, error) {
	return c.do(ctx, http.MethodGet, path, nil, target)
}

func (c *Client) do(ctx context.Context, method, path string, body []byte, target any) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return response.StatusCode, err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return response.StatusCode, fmt.Errorf("%s %s: %s: %.300s", method, path, response.Status, content)
	}
	if target == nil {
		return response.StatusCode, nil
	}
	return response.StatusCode, json.Unmarshal(content, target)
}

// WaitAPIServer waits until the API server says that it is ready.
func (c *Cluster) WaitAPIServer(ctx context.Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	return Poll(ctx, c.Name+" API server", func(ctx context.Context) error {
		_, err := client.get(ctx, "/readyz", nil)
		return err
	})
}

// WaitComponents waits until controllers, scheduler and kwok answer, the nodes
// are ready, and pods can be made in the default namespace.
func (c *Cluster) WaitComponents(ctx context.Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	checks := map[string]func(context.Context) error{
		"controller manager": client.healthy("https://" + ports.Address(c.controllers) + "/healthz"),
		"scheduler":          client.healthy("https://" + ports.Address(c.scheduler) + "/readyz"),
		"kwok":               client.healthy("http://" + ports.Address(c.kwok) + "/healthz"),
		"nodes":              func(ctx context.Context) error { return c.nodesReady(ctx, client) },
		"default service account": func(ctx context.Context) error {
			_, err := client.get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
			return err
		},
		"root certificate config map": func(ctx context.Context) error {
			_, err := client.get(ctx, "/api/v1/namespaces/default/configmaps/kube-root-ca.crt", nil)
			return err
		},
	}
	for name, check := range checks {
		if err := Poll(ctx, c.Name+" "+name, check); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) healthy(url string) func(context.Context) error {
	at := &Client{base: url, token: c.token, client: c.client}
	return func(ctx context.Context) error {
		_, err := at.get(ctx, "", nil)
		return err
	}
}

// Poll repeats the check until it passes. When the context ends first, the
// error says what was waited for and why the last check did not pass.
func Poll(ctx context.Context, what string, check func(context.Context) error) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	var last error
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			if last == nil {
				return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
			}
			return fmt.Errorf("waiting for %s (%w): %w", what, last, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}
