package main

import (
	"net/http"
	"strconv"

	"example.com/shop/internal/shelf"
	"example.com/shop/internal/web"
)

type product struct {
	Name  string `json:"name"`
	Cents int    `json:"cents"`
	Left  int    `json:"left"`
}

func assortment() []product {
	return []product{{Name: "apple", Cents: 40}, {Name: "pear", Cents: 55}, {Name: "quince", Cents: 120}}
}

// products lists what is sold; delivered is what the shop starts with of each.
func products(stock shelf.Shelf, delivered int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all := assortment()
		for i := range all {
			sold, err := stock.Get(r.Context(), "sold/"+all[i].Name)
			if err != nil {
				web.Fail(w, err)
				return
			}
			// No number, or none yet, counts as nothing sold.
			count, _ := strconv.Atoi(sold)
			all[i].Left = max(delivered-count, 0)
		}
		web.JSON(w, all)
	}
}
