package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/shop/internal/shelf"
)

func TestWhatWasSoldIsNoLongerLeft(t *testing.T) {
	t.Parallel()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/sold/pear") {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, `"30"`)
	}))
	defer store.Close()
	answer := httptest.NewRecorder()
	products(shelf.New(store.URL), 100)(answer, httptest.NewRequest(http.MethodGet, "/products", nil))
	for _, want := range []string{`"apple","cents":40,"left":100`, `"pear","cents":55,"left":70`} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("the products lack %s:\n%s", want, answer.Body)
		}
	}
}
