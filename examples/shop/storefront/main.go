// Command storefront is the page that customers see.
package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/shop/internal/web"
)

func main() {
	front := storefront{
		greeting: web.Env("GREETING", "Welcome"),
		catalog:  web.Env("CATALOG", "http://localhost:8082"),
		cart:     web.Env("CART", "http://localhost:8083"),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", front.page)
	needs := map[string]web.Check{"catalog": web.Ready(front.catalog), "cart": web.Ready(front.cart)}
	if err := web.Serve(web.Env("ADDRESS", ":8080"), mux, needs); err != nil {
		log.Fatal(fmt.Errorf("storefront: %w", err))
	}
}
