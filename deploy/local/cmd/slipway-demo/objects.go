package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// objects are what people want in staging, by kind and name: the spec of
// everything that has one, the data of the rest. Status, versions and the notes
// of controllers are no part of it.
type objects map[string]any

// watched are the collections that the shop's manifests make objects of.
var watched = []string{
	"/apis/apps/v1/namespaces/shop-staging/deployments",
	"/apis/apps/v1/namespaces/shop-staging/statefulsets",
	"/api/v1/namespaces/shop-staging/services",
	"/api/v1/namespaces/shop-staging/configmaps",
}

func (d *demo) objects(ctx context.Context) (objects, error) {
	clusters, err := d.connect(d.state)
	if err != nil {
		return nil, err
	}
	found := objects{}
	for _, path := range watched {
		status, answer, err := clusters[0].do(ctx, http.MethodGet, path, nil)
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("reading %s: status %d: %w", path, status, errors.Join(err, errors.New(string(answer))))
		}
		var list struct {
			Items []struct {
				Metadata struct {
					Name string `json:"name"`
				} `json:"metadata"`
				Spec map[string]any `json:"spec"`
				Data map[string]any `json:"data"`
			} `json:"items"`
		}
		if err := json.Unmarshal(answer, &list); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		kind := path[strings.LastIndexByte(path, '/')+1:]
		for _, item := range list.Items {
			// The fence counts attempts; it goes up, never back.
			if name := kind + "/" + item.Metadata.Name; name != fence {
				found[name] = []any{item.Spec, item.Data}
			}
		}
	}
	return found, nil
}

// expectSame checks that everything is as it was.
func (d *demo) expectSame(ctx context.Context, before objects) error {
	after, err := d.objects(ctx)
	if err != nil {
		return err
	}
	for name := range after {
		if _, known := before[name]; !known {
			return fmt.Errorf("%s is left over from the release that was rolled back", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !reflect.DeepEqual(before[name], after[name]) {
			return fmt.Errorf("%s was not restored: it was %v and is %v", name, before[name], after[name])
		}
	}
	d.say("compared with the cluster as it was: all %d objects are the same", len(before))
	return nil
}
