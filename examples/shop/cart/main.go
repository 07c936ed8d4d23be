// Command cart remembers what customers want to buy.
package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/shop/internal/settings"
	"example.com/shop/internal/shelf"
	"example.com/shop/internal/web"
)

func main() {
	var config config
	config.Store.Nodes = "http://localhost:8081"
	config.Cart.MaxOfOneProduct = maxItems
	if err := settings.Read(web.Env("CONFIG", ""), &config); err != nil {
		log.Fatal(fmt.Errorf("cart: reading the config: %w", err))
	}
	carts := shelf.New(config.Store.Nodes)
	mux := http.NewServeMux()
	mux.Handle("GET /carts/{customer}", show(carts))
	mux.Handle("POST /carts/{customer}/{product}", add(carts, config.Cart.MaxOfOneProduct))
	needs := map[string]web.Check{"store": carts.Ready}
	if err := web.Serve(web.Env("ADDRESS", ":8080"), mux, needs); err != nil {
		log.Fatal(fmt.Errorf("cart: %w", err))
	}
}
