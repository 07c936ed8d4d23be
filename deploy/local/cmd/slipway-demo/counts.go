package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"
)

// counts are what the platform's proxies have counted: what really changed in
// the cluster and in the registry, whatever was attempted.
type counts struct {
	// writes counts the changes by object.
	writes map[string]int
	// manifests counts the manifests that were new to the registry, by
	// repository and digest.
	manifests map[string]int
}

// fence is the object in which a cluster remembers the latest attempt that may write.
const fence = "configmaps/slipway-shop-staging"

// client is the user agent of Slipway's workers at the API server.
const client = "slipway"

func (d *demo) counts(ctx context.Context) (counts, error) {
	c := counts{writes: map[string]int{}, manifests: map[string]int{}}
	var cluster struct {
		Effects []struct {
			UserAgent string `json:"userAgent"`
			Resource  string `json:"resource"`
			Name      string `json:"name"`
		} `json:"effects"`
	}
	path := "/clusters/" + d.state.Clusters[0].Context + "/counts?namespace=shop-staging"
	if err := d.ask(ctx, path, &cluster); err != nil {
		return c, err
	}
	for _, effect := range cluster.Effects {
		if strings.HasPrefix(effect.UserAgent, client) {
			c.writes[effect.Resource+"/"+effect.Name]++
		}
	}
	var registry struct {
		Manifests []struct {
			Repository string `json:"repository"`
			Digest     string `json:"digest"`
			Created    bool   `json:"created"`
		} `json:"manifests"`
	}
	if err := d.ask(ctx, "/registry/counts", &registry); err != nil {
		return c, err
	}
	for _, push := range registry.Manifests {
		if push.Created {
			c.manifests[push.Repository+"@"+push.Digest]++
		}
	}
	return c, nil
}

func (d *demo) ask(ctx context.Context, path string, out any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.state.Control+path, nil)
	if err != nil {
		return fmt.Errorf("reading the counts: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("reading the counts: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("reading the counts: %s answered %s", path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return fmt.Errorf("reading the counts: %w", err)
	}
	return nil
}

// expectNothingTwice checks what the third release did between two counts.
func (d *demo) expectNothingTwice(before, after counts) error {
	var names, twice []string
	for object, n := range after.writes {
		n -= before.writes[object]
		if n > 0 {
			names = append(names, object)
		}
		if n > 1 {
			twice = append(twice, fmt.Sprintf("%s was written %d times", object, n))
		}
	}
	manifests := 0
	for manifest, n := range after.manifests {
		manifests += n - before.manifests[manifest]
		if n > 1 {
			twice = append(twice, fmt.Sprintf("%s was pushed %d times", manifest, n))
		}
	}
	if len(twice) > 0 {
		sort.Strings(twice)
		return fmt.Errorf("the killed worker's work was done twice:\n  %s", strings.Join(twice, "\n  "))
	}
	if len(names) == 0 || manifests == 0 {
		return fmt.Errorf("the counters saw %d writes and %d manifests of a release that made some", len(names), manifests)
	}
	sort.Strings(names)
	d.say("counted at the API server and the registry, nothing was done twice:")
	d.say("  written once each: %s", strings.Join(names, ", "))
	d.say("  manifests new in the registry: %d, none pushed again", manifests)
	return nil
}
