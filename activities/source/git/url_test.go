package git

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		// refused is a part of the reason, empty when the URL is taken.
		refused string
	}{
		{"https is taken", "https://git.example.com/shop.git", ""},
		{"a port is taken", "http://127.0.0.1:8080/shop", ""},
		{"ssh with a user is taken", "ssh://git@git.example.com/shop.git", ""},
		{"the short form of ssh is taken", "git@git.example.com:acme/shop.git", ""},
		{"a file URL is taken", "file:///srv/shop.git", ""},
		{"an absolute path is taken", "/srv/shop.git", ""},
		{"nothing is refused", "", "is empty"},
		{"an option is refused", "--upload-pack=touch x", "dash"},
		{"a helper program is refused", "ext::sh -c id", "spaces"},
		{"a helper program without spaces is refused", "ext::id", "transport program"},
		{"a relative path is refused", "../shop", "relative path"},
		{"a word is refused", "shop", "relative path"},
		{"a line break is refused", "https://git.example.com/shop\n[core]", "control"},
		{"an option as a host is refused", "ssh://-oProxyCommand=id/shop", "no host"},
		{"a missing host is refused", "https:///shop", "no host"},
		{"a file URL of another machine is refused", "file://nas/shop", "absolute path"},
		{"an unknown scheme is refused", "gopher://git.example.com/shop", "unknown scheme"},
		{"a password is refused", "https://ann:hunter2@git.example.com/shop", "credentials"},
		{"a token as a user is refused", "https://hunter2@git.example.com/shop", "credentials"},
		{"a password of ssh is refused", "ssh://git:hunter2@git.example.com/shop", "credentials"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := checkURL(test.url)
			switch {
			case test.refused == "" && err != nil:
				t.Errorf("got %v, want it taken", err)
			case test.refused != "" && (fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), test.refused)):
				t.Errorf("got %v, want InvalidInput with %q", err, test.refused)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"fatal: unable to access 'https://ann:hunter2@h/x/': no": "fatal: unable to access 'https://***@h/x/': no",
		"https://hunter2@h/x and http://a:b@h":                   "https://***@h/x and http://***@h",
		"ssh://git@h/x":                                          "ssh://git@h/x",
		"ssh://git:hunter2@h/x":                                  "ssh://***@h/x",
		"HTTPS://hunter2@h":                                      "HTTPS://***@h",
		"https://h/x@y":                                          "https://h/x@y",
		"git@h:x":                                                "git@h:x",
	}
	for text, want := range tests {
		if got := redact(text); got != want {
			t.Errorf("redact(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSubmoduleURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ parent, child, want string }{
		{"https://h/acme/shop.git", "../lib.git", "https://h/acme/lib.git"},
		{"https://h/acme/shop.git/", "../../x/lib", "https://h/x/lib"},
		{"https://h/acme/shop", "./sub", "https://h/acme/shop/sub"},
		{"git@h:acme/shop", "../lib", "git@h:acme/lib"},
		{"git@h:shop", "../lib", "git@h:lib"},
		{"/srv/shop", "../lib", "/srv/lib"},
		{"https://h/acme/shop", "https://other/lib", "https://other/lib"},
	}
	for _, test := range tests {
		if got := submoduleURL(test.parent, test.child); got != test.want {
			t.Errorf("%s in %s: got %s, want %s", test.child, test.parent, got, test.want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := strings.Join(environment([]string{
		"HOME=/home/ann", "PATH=/bin", "GIT_DIR=/other", "GIT_TRACE_CURL=1", "GIT_INDEX_FILE=/i", "LC_ALL=de_DE", "SSH_ASKPASS=/bin/gui",
		"GIT_SSH_COMMAND=ssh -i key", "SSH_AUTH_SOCK=/agent", "GIT_CONFIG_COUNT=1",
	}), " ")
	for _, want := range []string{"HOME=/home/ann", "GIT_SSH_COMMAND=ssh -i key", "SSH_AUTH_SOCK=/agent", "LC_ALL=C", "GIT_TERMINAL_PROMPT=0"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	for _, unwanted := range []string{"/other", "TRACE", "/i", "de_DE", "gui", "CONFIG_COUNT"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%q is left in %s", unwanted, got)
		}
	}
}
