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

// createNamespaces does for every cluster what kubectl create namespace would.
func (i installation) createNamespaces(ctx context.Context, state platformState) error {
	set, err := credentials.Ensure(filepath.Join(i.dir, "credentials"))
	if err != nil {
		return fmt.Errorf("creating namespaces: %w", err)
	}
	client, err := clusterClient(set.CA)
	if err != nil {
		return fmt.Errorf("creating namespaces: %w", err)
	}
	for _, cluster := range state.Clusters {
		for _, name := range namespaces {
			if err := createNamespace(ctx, client, cluster.Server, set.Tokens[credentials.Admin], name); err != nil {
				return fmt.Errorf("creating namespace %s on %s: %w", name, cluster.Context, err)
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

func createNamespace(ctx context.Context, client *http.Client, server, token, name string) error {
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]string{"name": name},
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/api/v1/namespaces", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusCreated || response.StatusCode == http.StatusConflict {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	return fmt.Errorf("%s: %s", response.Status, text)
}
