package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

type node struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Metadata   metadata   `json:"metadata"`
	Status     nodeStatus `json:"status,omitzero"`
}

type metadata struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type nodeStatus struct {
	Conditions []struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	} `json:"conditions,omitempty"`
}

// CreateObjects creates what a cluster has from the start, its nodes and the
// default storage class. What exists is left, also nodes of an earlier run with
// more of them.
func (c *Cluster) CreateObjects(ctx context.Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	for number := range c.Nodes {
		if err := client.create(ctx, "/api/v1/nodes", newNode(fmt.Sprintf("%s-node-%d", c.Name, number+1))); err != nil {
			return err
		}
	}
	return client.create(ctx, "/apis/storage.k8s.io/v1/storageclasses", storageClass)
}

func newNode(name string) node {
	return node{APIVersion: "v1", Kind: "Node", Metadata: metadata{
		Name: name,
		Labels: map[string]string{
			"kubernetes.io/hostname": name,
			"kubernetes.io/os":       "linux",
			"kubernetes.io/arch":     "amd64",
			"slipway.dev/simulated":  "true",
		},
	}}
}

// storageClass is the one whose claims the simulation provisions.
var storageClass = map[string]any{
	"apiVersion": "storage.k8s.io/v1",
	"kind":       "StorageClass",
	"metadata": metadata{
		Name:        "simulated",
		Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
	},
	"provisioner": "slipway.dev/simulated",
}

func (c *Client) create(ctx context.Context, collection string, object any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("creating an object in %s: %w", collection, err)
	}
	status, err := c.do(ctx, http.MethodPost, collection, body, nil)
	if err != nil && status != http.StatusConflict {
		return fmt.Errorf("creating an object in %s: %w", collection, err)
	}
	return nil
}

func (c *Cluster) nodesReady(ctx context.Context, client *Client) error {
	var nodes struct {
		Items []node `json:"items"`
	}
	if _, err := client.get(ctx, "/api/v1/nodes", &nodes); err != nil {
		return err
	}
	ready := 0
	for _, item := range nodes.Items {
		for _, condition := range item.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" {
				ready++
			}
		}
	}
	if ready < c.Nodes {
		return fmt.Errorf("%d of %d nodes are ready", ready, c.Nodes)
	}
	return nil
}
