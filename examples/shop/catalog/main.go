// Command catalog tells what the shop sells and how much of it is left.
package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/shop/internal/shelf"
	"example.com/shop/internal/web"
)

func main() {
	stock := shelf.New(web.Env("STORE_NODES", "http://localhost:8081"))
	mux := http.NewServeMux()
	mux.Handle("GET /products", products(stock))
	needs := map[string]web.Check{"store": stock.Ready}
	if err := web.Serve(web.Env("ADDRESS", ":8080"), mux, needs); err != nil {
		log.Fatal(fmt.Errorf("catalog: %w", err))
	}
}
