// Package shelf reads and writes the store, whose nodes hold a share of the
// keys each.
package shelf

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"net/url"
	"strings"

	"example.com/shop/internal/web"
)

// Shelf is a client of the store. The zero value has no nodes and must not be used.
type Shelf struct {
	nodes []string
}

// New takes the base URLs of the store's nodes, separated by commas, in the
// order of their ordinals: the order decides which node keeps a key.
func New(nodes string) Shelf { return Shelf{nodes: strings.Split(nodes, ",")} }

// Get gives the value of a key, empty when there is none.
func (s Shelf) Get(ctx context.Context, key string) (string, error) {
	var value string
	err := web.Do(ctx, http.MethodGet, s.at(key), nil, &value)
	var status *web.StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		return "", nil
	}
	return value, err
}

// Put sets the value of a key.
func (s Shelf) Put(ctx context.Context, key, value string) error {
	return web.Do(ctx, http.MethodPut, s.at(key), strings.NewReader(value), nil)
}

// Ready checks that every node is ready: each holds keys that no other has.
func (s Shelf) Ready(ctx context.Context) error {
	for _, node := range s.nodes {
		if err := web.Ready(node)(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s Shelf) at(key string) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(key)) // a hash never fails
	return s.nodes[sum.Sum64()%uint64(len(s.nodes))] + "/keys/" + url.PathEscape(key)
}
