package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/credentials"
)

// namespaces that the environments of the shop name. Slipway does not make
// namespaces that no manifest asks for.
var namespaces = []string{"shop-test", "shop-staging", "shop-production"}

// cluster speaks to one API server as kubectl would.
type cluster struct {
	client *http.Client
	server string
	token  string
}

func (i installation) connect(state platformState) ([]cluster, error) {
	set, err := credentials.Ensure(filepath.Join(i.dir, "credentials"))
	if err != nil {
		return nil, fmt.Errorf("connecting to the clusters: %w", err)
	}
	client, err := clusterClient(set.CA)
	if err != nil {
		return nil, fmt.Errorf("connecting to the clusters: %w", err)
	}
	clusters := make([]cluster, 0, len(state.Clusters))
	for _, c := range state.Clusters {
		clusters = append(clusters, cluster{client: client, server: c.Server, token: set.Tokens[credentials.Admin]})
	}
	return clusters, nil
}

// createNamespaces does for every cluster what kubectl create namespace would.
func (i installation) createNamespaces(ctx context.Context, state platformState) error {
	clusters, err := i.connect(state)
	if err != nil {
		return err
	}
	for _, c := range clusters {
		for _, name := range namespaces {
			if err := c.createNamespace(ctx, name); err != nil {
				return fmt.Errorf("creating namespace %s: %w", name, err)
			}
		}
	}
	return nil
}

func clusterClient(authority string) (*http.Client, error) {
	certificate, err := os.ReadFile(filepath.Clean(authority))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certificate) {
		return nil, errors.New(authority + " holds no certificate")
	}
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}, nil
}

func (c cluster) createNamespace(ctx context.Context, name string) error {
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]string{"name": name},
	})
	if err != nil {
		return err
	}
	status, answer, err := c.do(ctx, http.MethodPost, "/api/v1/namespaces", body)
	if err != nil || status == http.StatusCreated || status == http.StatusConflict {
		return err
	}
	return fmt.Errorf("status %d: %s", status, answer)
}

func (c cluster) do(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
