package kubernetes

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSecretsAreRedactedFromLogs(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, line, want string }{
		{"a setting that sounds like a secret", "DB_PASSWORD=hunter2 host=db", "DB_PASSWORD=[redacted] host=db"},
		{"a JSON field", `{"apiKey": "abc123", "user": "ann"}`, `{"apiKey": [redacted], "user": "ann"}`},
		{"a YAML field", "client_secret: 's3cr3t'", "client_secret: [redacted]"},
		{"credentials in a URL", "dial postgres://ann:hunter2@db:5432/shop", "dial postgres://[redacted]@db:5432/shop"},
		{"an authorization header", "Authorization: Bearer abcdefghijkl", "Authorization: Bearer [redacted]"},
		{"a web token", "got eyJhbGciOiJI.eyJzdWIiOiIx.c2ln here", "got [redacted] here"},
		{"a key of AWS", "using AKIAIOSFODNN7EXAMPLE now", "using [redacted] now"},
		{"a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\ndone", "[redacted]\ndone"},
		{"a private key that was cut", "-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted]"},
		{"an ordinary line", "listening on :8080, 3 tables", "listening on :8080, 3 tables"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := redact(c.line); got != c.want {
				t.Errorf("redacted to %q, want %q", got, c.want)
			}
		})
	}
}

func TestLogsAreCutToWholeLinesFromTheEnd(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line of the log\n", 500) + "the last one"
	got := tail(text, logBytes)
	if len(got) > logBytes || !strings.HasPrefix(got, "a line") || !strings.HasSuffix(got, "the last one") {
		t.Errorf("cut to %d bytes, from %q", len(got), got[:20])
	}
	if long := tail(strings.Repeat("é", 3000), logBytes); len(long) > logBytes || !utf8.ValidString(long) {
		t.Errorf("one long line was cut to %d bytes of %t", len(long), utf8.ValidString(long))
	}
}
