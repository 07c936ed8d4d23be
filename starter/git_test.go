package starter

import "testing"

func TestMessagesShowAddressesWithoutUsers(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://git.example/shop.git":         "https://git.example/shop.git",
		"https://ghp_x@git.example/shop.git":   "https://git.example/shop.git",
		"https://me:ghp_x@git.example/s.git":   "https://git.example/s.git",
		"ssh://git@git.example/shop.git":       "ssh://git.example/shop.git",
		"../shop":                              "../shop",
		"git@git.example:shop.git":             "the repository as it was given",
		"https://me:ghp_x%@git.example/shop":   "the repository as it was given",
		"me:ghp_x@git.example/shop.git":        "the repository as it was given",
		"http::https://ghp_x@git.example/shop": "the repository as it was given",
	} {
		if got := withoutPassword(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}
