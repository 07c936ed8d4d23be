package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestThePageShowsProductsAndTheCustomersCart(t *testing.T) {
	t.Parallel()
	shop := http.NewServeMux()
	shop.HandleFunc("GET /products", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"name": "apple", "cents": 40, "left": 99}]`)
	})
	shop.HandleFunc("GET /carts/{customer}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `["pear of %s"]`, r.PathValue("customer"))
	})
	server := httptest.NewServer(shop)
	defer server.Close()
	front := storefront{greeting: "Fresh <fruit>", catalog: server.URL, cart: server.URL}
	answer := httptest.NewRecorder()
	front.page(answer, httptest.NewRequest(http.MethodGet, "/?customer=ada", nil))
	for _, want := range []string{"Fresh &lt;fruit&gt;", "apple", "99 left", "pear of ada"} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, answer.Body)
		}
	}
}

func TestThePageFailsWhenTheCatalogDoes(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	answer := httptest.NewRecorder()
	storefront{catalog: server.URL}.page(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	if answer.Code != http.StatusBadGateway {
		t.Errorf("got %d, want %d", answer.Code, http.StatusBadGateway)
	}
}
