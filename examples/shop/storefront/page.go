package main

import (
	"html/template"
	"log/slog"
	"net/http"
	"net/url"

	"example.com/shop/internal/web"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<title>Shop</title>
<h1>{{.Greeting}}</h1>
<table>{{range .Products}}
<tr><td>{{.Name}}<td>{{.Cents}} ct<td>{{.Left}} left{{end}}
</table>
<p>In your cart: {{range .Cart}}{{.}} {{else}}nothing yet{{end}}
`))

type storefront struct {
	greeting string
	catalog  string
	cart     string
}

func (s storefront) page(w http.ResponseWriter, r *http.Request) {
	view := struct {
		Greeting string
		Products []struct {
			Name        string
			Cents, Left int
		}
		Cart []string
	}{Greeting: s.greeting}
	if err := web.Do(r.Context(), http.MethodGet, s.catalog+"/products", nil, &view.Products); err != nil {
		web.Fail(w, err)
		return
	}
	customer := r.URL.Query().Get("customer")
	if customer != "" {
		if err := web.Do(r.Context(), http.MethodGet, s.cart+"/carts/"+url.PathEscape(customer), nil, &view.Cart); err != nil {
			web.Fail(w, err)
			return
		}
	}
	if err := page.Execute(w, view); err != nil {
		slog.Warn("writing the page", "error", err)
	}
}
