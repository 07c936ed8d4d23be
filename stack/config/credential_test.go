package config

import (
	"strings"
	"testing"
)

func TestCredential(t *testing.T) {
	t.Parallel()
	const written, connection = "a credential written out", "a connection string with its password"
	for _, test := range []struct{ path, text, want string }{
		{"db.password", "hunter2", written},
		{"db.password", "postgres", written},
		{"db.password", "correct horse battery staple", written},
		{"dbPassword", "hunter2", written},
		{"DB_PASSWORD", "hunter2", written},
		{"dbpassword", "hunter2", written},
		{"password2", "hunter2", written},
		{"api-key", "9a8b7c6d5e4f", written},
		{"apiKey", "9a8b7c6d5e4f", written},
		{"api.key", "9a8b7c6d5e4f", written},
		{"http.tokens.0", "9a8b7c6d5e4f", written},
		{`"client.secret"`, "9a8b7c6d5e4f", written},
		{"jwt.secret", "c2VjcmV0IQ==", written},
		{"aws.secret-key", "/Kd0abc+def1234567890", written},

		{"db.passwords.admin", "hunter2", written},
		{"secrets.stripe", "9a8b7c6d5e4f", written},
		{"credentials.username", "cart-service", ""},
		{"secrets.manager.region", "eu-west-1-north", ""},

		{"db.password", "", ""},
		{"db.password", "test", ""},
		{"db.password", "changeme", ""},
		{"db.password", "ChangeMe", ""},
		{"db.password", "********", ""},
		{"db.password", "<your password>", ""},
		{"db.password", "${DB_PASSWORD}", ""},
		{"db.password", "$DB_PASSWORD", ""},
		{"db.password", "DB_PASSWORD", ""},
		{"db.password", "{{ .password }}", ""},
		{"db.password", "/run/secrets/db", ""},
		{"db.password", "vault:shop/db#password", ""},
		{"auth.token", "https://login.example.com/token", ""},
		{"auth.token", "bearer", ""},
		{"auth.token", "12 hours", ""},
		{"auth.token", "1800s", ""},
		{"auth.token-lifetime", "twelve hours or so", ""},
		{"password-min-length", "1234567890", ""},
		{"secret-name", "cart-db-credentials", ""},
		{"token.url", "login.example.com", ""},
		{"bypass", "sometimes yes", ""},
		{"key", "9a8b7c6d5e4f", ""},
		{"a.b.greeting", "hunter2", ""},
		{"broken..path.password", "hunter2", ""},

		{"a", "AKIAIOSFODNN7EXAMPLE", "an AWS access key"},
		{"a", "ghp_" + strings.Repeat("a1", 18), "a GitHub token"},
		{"a", "github_pat_" + strings.Repeat("a1", 18), "a GitHub token"},
		{"a", "glpat-" + strings.Repeat("a1", 10), "a GitLab token"},
		{"a", "xoxb-123456789012-abcdef", "a Slack token"},
		{"a", "https://hooks.slack.com/services/T0/B0/XyZ", "a Slack webhook"},
		{"a", "sk_live_" + strings.Repeat("a1", 10), "a Stripe key"},
		{"a", "AIza" + strings.Repeat("a1b2c", 7), "a Google API key"},
		{"a", "SG." + strings.Repeat("a1", 11) + "." + strings.Repeat("b2", 20), "a SendGrid key"},
		{"a", "npm_" + strings.Repeat("a1", 18), "an npm token"},
		{"a", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "a private key"},
		{"a", "-----BEGIN PRIVATE KEY-----", "a private key"},
		{"a", "-----BEGIN PUBLIC KEY-----", ""},
		{"a", "-----BEGIN CERTIFICATE-----", ""},
		{"a", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "a JSON Web Token"},
		{"a", "eyJhbGciOiJIUzI1NiJ9", ""},
		{"a", "AKIAI", ""},

		{"a", "postgres://cart:hunter22@db:5432/cart", connection},
		{"a", "amqps://cart:p%40ssw0rd1@mq", connection},
		{"a", "redis://:hunter22@cache", connection},
		{"a", "jdbc:postgresql://db/cart?user=cart&password=hunter22", connection},
		{"a", "Server=db;User Id=cart;Password=hunter22;", connection},
		{"a", "postgres://cart@db:5432/cart", ""},
		{"a", "postgres://cart:@db/cart", ""},
		{"a", "postgres://cart:changeme@db/cart", ""},
		{"a", "postgres://cart:${DB_PASSWORD}@db/cart", ""},
		{"a", "http://store-0.store:8080,http://store-1.store:8080", ""},
		{"a", "jdbc:postgresql://db/cart?user=cart&password=", ""},
		{"a", "the password = changeme", ""},
	} {
		if got := credential(NamesSecret(test.path), test.text); got != test.want {
			t.Errorf("%s = %s: got %q, want %q", test.path, test.text, got, test.want)
		}
	}
}

func TestNamesSecret(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"db.password": true, "HTTPToken": true, "httpToken": true, "x.credentials": true, "private_key": true, "pwd": true,
		"": false, "a..b": false, "tokenizer": false, "secrets.enabled": false, `""`: false, "0": false, "monkey": false,
	} {
		if got := NamesSecret(path); got != want {
			t.Errorf("%q: got %t", path, got)
		}
	}
}
