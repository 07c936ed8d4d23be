// Command catalog tells what the shop sells and how much of it is left.
package main

import (
	"fmt"
	"log"
	"net/http"
	"strconv"

	"example.com/shop/internal/shelf"
	"example.com/shop/internal/web"
)

func main() {
	stock := shelf.New(web.Env("STORE_NODES", "http://localhost:8081"))
	delivered, err := strconv.Atoi(web.Env("CATALOG_DELIVERED", "100"))
	if err != nil {
		log.Fatal(fmt.Errorf("catalog: CATALOG_DELIVERED: %w", err))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /products", products(stock, delivered))
	needs := map[string]web.Check{"store": stock.Ready}
	if err := web.Serve(web.Env("ADDRESS", ":8080"), mux, needs); err != nil {
		log.Fatal(fmt.Errorf("catalog: %w", err))
	}
}
