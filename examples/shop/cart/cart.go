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

// config is what config/cart.conf comes to.
type config struct {
	Store struct {
		Nodes string `json:"nodes"`
	} `json:"store"`
	Cart struct {
		MaxOfOneProduct int `json:"max-of-one-product"`
	} `json:"cart"`
}

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

func add(carts shelf.Shelf, maxOfOne int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		customer, product := r.PathValue("customer"), r.PathValue("product")
		list, err := items(r.Context(), carts, customer)
		if err != nil {
			web.Fail(w, err)
			return
		}
		if len(list) >= maxItems || count(list, product) >= maxOfOne || strings.Contains(product, ",") {
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

func count(list []string, product string) int {
	found := 0
	for _, item := range list {
		if item == product {
			found++
		}
	}
	return found
}
