package configsync_test

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/workflows/configsync"
)

func TestValidateTakesNoCredentials(t *testing.T) {
	t.Parallel()
	const (
		secret = "ghp_x"
		holds  = " holds a password or a token"
		no     = "repository: it is no URL that can be read"
	)
	for address, want := range map[string]string{
		"https://git.example/shop.git":          "",
		"https://git.example/shop.git@v2":       "",
		"ssh://git@git.example/shop.git":        "",
		"git@git.example:shop.git":              "",
		"git.example:shop.git":                  "",
		"file:///srv/shop.git":                  "",
		"/srv/shop.git":                         "",
		"https://ghp_x@git.example/shop.git":    "repository: https://git.example/shop.git" + holds,
		"HTTPS://ghp_x@git.example/shop.git":    "repository: https://git.example/shop.git" + holds,
		"http://me:ghp_x@git.example/shop.git":  "repository: http://git.example/shop.git" + holds,
		"ssh://git:ghp_x@git.example/shop.git":  "repository: ssh://git.example/shop.git" + holds,
		"https://me:ghp_x%@git.example/shop":    no,
		"https://ghp_x@git.example:port/shop":   no,
		"http::https://ghp_x@git.example/shop":  no,
		"git@git.example:https://ghp_x@git.exa": no,
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			err := configsync.Input{Stack: "shop", Repository: address, Mode: configsync.Plan}.Validate()
			if (err == nil) != (want == "") {
				t.Fatalf("got %v, want %q", err, want)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), secret)) {
				t.Errorf("got %q, want %q and no %s", err, want, secret)
			}
		})
	}
}
