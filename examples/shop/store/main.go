// Command store is a key-value store over HTTP. Each pod of its StatefulSet
// keeps the keys that clients send it, in memory.
package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/shop/internal/web"
)

// maxKeys bounds the memory of a pod: 10,000 values of at most 4 KiB fit its limit.
const maxKeys = 10_000

func main() {
	mux := http.NewServeMux()
	newStore().handle(mux)
	if err := web.Serve(web.Env("ADDRESS", ":8080"), mux, nil); err != nil {
		log.Fatal(fmt.Errorf("store: %w", err))
	}
}
