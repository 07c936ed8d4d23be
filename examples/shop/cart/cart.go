package main

import (
	"context"
	"net/http"
	"strings"

	"example.com/shop/internal/shelf"
	"example.com/shop/internal/web"
)

// maxItems is what one customer can carry.
const maxItems = 20

func items(ctx context.Context, carts shelf.Shelf, customer string) ([]string, error) {
	text, err := carts.Get(ctx, "cart/"+customer)
	if err != nil || text == "" {
		return []string{}, err
	}
	return strings.Split(text, ","), nil
}

func show(carts shelf.Shelf) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		list, err := items(r.Context(), carts, r.PathValue("customer"))
		if err != nil {
			web.Fail(w, err)
			return
		}
		web.JSON(w, list)
	}
}

func add(carts shelf.Shelf) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		customer, product := r.PathValue("customer"), r.PathValue("product")
		list, err := items(r.Context(), carts, customer)
		if err != nil {
			web.Fail(w, err)
			return
		}
		if len(list) >= maxItems || strings.Contains(product, ",") {
			http.Error(w, "the cart cannot take that", http.StatusConflict)
			return
		}
		list = append(list, product)
		if err := carts.Put(r.Context(), "cart/"+customer, strings.Join(list, ",")); err != nil {
			web.Fail(w, err)
			return
		}
		web.JSON(w, list)
	}
}
