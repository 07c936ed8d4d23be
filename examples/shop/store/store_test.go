package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/shop/internal/shelf"
)

func TestKeysAreSharedAmongNodesAndFoundAgain(t *testing.T) {
	t.Parallel()
	var urls []string
	nodes := []*store{newStore(), newStore()}
	for _, node := range nodes {
		mux := http.NewServeMux()
		node.handle(mux)
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		urls = append(urls, server.URL)
	}
	client := shelf.New(strings.Join(urls, ","))
	keys := []string{"stock/apple", "stock/pear", "cart/ada", "cart/a b", "x", "y", "z"}
	for _, key := range keys {
		if err := client.Put(t.Context(), key, "value of "+key); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range keys {
		got, err := client.Get(t.Context(), key)
		if err != nil || got != "value of "+key {
			t.Errorf("%s: got %q, %v", key, got, err)
		}
	}
	if a, b := len(nodes[0].values), len(nodes[1].values); a == 0 || b == 0 || a+b != len(keys) {
		t.Errorf("nodes hold %d and %d of %d keys, want each key on one and some on both", a, b, len(keys))
	}
}

func TestAMissingKeyIsEmptyAndAValueTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	newStore().handle(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	client := shelf.New(server.URL)
	if got, err := client.Get(t.Context(), "nothing"); got != "" || err != nil {
		t.Errorf("missing key: got %q, %v", got, err)
	}
	if err := client.Put(t.Context(), "big", strings.Repeat("x", maxValue+1)); err == nil {
		t.Error("a value too large was taken")
	}
}
