package registry

import "testing"

func TestParse(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]place{
		"/v2/":                             {},
		"/other":                           {},
		"/v2/shop/cart/manifests/1.0.0":    {"manifests", "shop/cart", "1.0.0"},
		"/v2/shop/cart/blobs/sha256:ab":    {"blobs", "shop/cart", "sha256:ab"},
		"/v2/shop/cart/blobs/uploads/":     {"uploads", "shop/cart", ""},
		"/v2/shop/cart/blobs/uploads/1-2":  {"uploads", "shop/cart", "1-2"},
		"/v2/shop/cart/tags/list":          {"tags", "shop/cart", "list"},
		"/v2/shop/manifests/x/manifests/1": {"manifests", "shop/manifests/x", "1"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			if got := parse(path); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
