package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"example.com/shop/internal/shelf"
)

func TestACartFillsUntilItIsFull(t *testing.T) {
	t.Parallel()
	server := cartServer(t, maxItems)
	for i := range maxItems {
		if code, text := post(t, server+"/carts/ada/apple"); code != http.StatusOK || strings.Count(text, "apple") != i+1 {
			t.Fatalf("item %d: got %d %s", i+1, code, text)
		}
	}
	if code, _ := post(t, server+"/carts/ada/pear"); code != http.StatusConflict {
		t.Errorf("a full cart answered %d, want %d", code, http.StatusConflict)
	}
	if code, text := post(t, server+"/carts/bob/pear"); code != http.StatusOK || strings.Contains(text, "apple") {
		t.Errorf("another customer's cart: got %d %s", code, text)
	}
}

func TestACartTakesOnlySoManyOfOneProduct(t *testing.T) {
	t.Parallel()
	server := cartServer(t, 2)
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusConflict} {
		if code, text := post(t, server+"/carts/ada/apple"); code != want {
			t.Errorf("apple %d: got %d %s, want %d", i+1, code, text, want)
		}
	}
	if code, text := post(t, server+"/carts/ada/pear"); code != http.StatusOK {
		t.Errorf("another product: got %d %s", code, text)
	}
}

// cartServer runs the cart over a store of one map.
func cartServer(t *testing.T, maxOfOne int) string {
	t.Helper()
	var mu sync.Mutex
	values := map[string]string{}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPut {
			text, _ := io.ReadAll(r.Body)
			values[r.URL.Path] = string(text)
			return
		}
		value, ok := values[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "%q", value)
	}))
	t.Cleanup(store.Close)
	mux := http.NewServeMux()
	mux.Handle("POST /carts/{customer}/{product}", add(shelf.New(store.URL), maxOfOne))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func post(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Post(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}
