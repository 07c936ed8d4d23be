// Command cart remembers what customers want to buy.
package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/shop/internal/shelf"
	"example.com/shop/internal/web"
)

func main() {
	carts := shelf.New(web.Env("STORE_NODES", "http://localhost:8081"))
	mux := http.NewServeMux()
	mux.Handle("GET /carts/{customer}", show(carts))
	mux.Handle("POST /carts/{customer}/{product}", add(carts))
	needs := map[string]web.Check{"store": carts.Ready}
	if err := web.Serve(web.Env("ADDRESS", ":8080"), mux, needs); err != nil {
		log.Fatal(fmt.Errorf("cart: %w", err))
	}
}
