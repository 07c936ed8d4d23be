package starter

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const configStack = `stack: shop
registries:
  - push: localhost:5000/shop
services:
  cart:
    manifests: cart.yaml
    config:
      secrets:
        DB_PASSWORD: {secret: cart-db, key: password}
environments:
  staging: {channel: rc, clusters: [eu, us], namespace: shop-staging}
  production: {channel: stable, clusters: [eu], namespace: shop}
`

// layeredConfig is a stack whose config has a layer of every kind.
func layeredConfig() map[string]string {
	return map[string]string{
		"slipway.yaml":     configStack,
		"config/cart.conf": "db { host = localhost, pool = 5, password = ${?DB_PASSWORD} }\n",
		"config/production/cart.conf": "include \"../cart.conf\"\n" +
			"db { host = db.prod, pool = 20 }\n",
		"config/staging/cart.conf":    "include \"../cart.conf\"\ndb.host = db.staging\n",
		"config/staging/us/cart.conf": "include \"../cart.conf\"\ndb.pool = 7\n",
	}
}

func writeConfig(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// runConfig runs a command to its end.
func runConfig(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(context.Background(), append([]string{"config"}, args...), Streams{Out: &out, Err: &errs})
	return code, out.String(), errs.String()
}

func TestConfigRender(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeConfig(t, dir, layeredConfig())
	tests := []struct {
		name string
		args []string
		want string
	}{
		{
			"the clusters without a layer of their own",
			[]string{"cart", "--env", "staging"},
			"db {\n  host = db.staging\n  password = ${?DB_PASSWORD}\n  pool = 5\n}\n",
		},
		{
			"a cluster with one",
			[]string{"cart", "--env", "staging", "--cluster", "us"},
			"db {\n  host = db.staging\n  password = ${?DB_PASSWORD}\n  pool = 7\n}\n",
		},
		{
			"a file by itself",
			[]string{"config/cart.conf"},
			"db {\n  host = localhost\n  password = ${?DB_PASSWORD}\n  pool = 5\n}\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runConfig(t, append([]string{"render", "--repo", dir}, test.args...)...)
			if code != 0 || stdout != test.want {
				t.Errorf("exit code %d, stderr %q\ngot  %q\nwant %q", code, stderr, stdout, test.want)
			}
		})
	}
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeConfig(t, dir, layeredConfig())
	tests := []struct {
		name string
		args []string
		text string
	}{
		{"an environment that is needed", []string{"render", "cart"}, "--env is needed: one of staging, production"},
		{"an unknown environment", []string{"render", "cart", "--env", "test"}, `--env "test" is no environment of the stack: it has staging, production`},
		{"a cluster of another environment", []string{"render", "cart", "--env", "production", "--cluster", "us"}, `--cluster "us" is none of production's: eu`},
		{"an unknown service", []string{"render", "card", "--env", "staging"}, `"card" is no service of slipway.yaml`},
		{"an open secret in JSON", []string{"render", "cart", "--env", "staging", "--output", "json"}, "config/cart.conf:1:"},
		{"a path that is not set", []string{"explain", "cart", "db.hots", "--env", "staging"}, "db.hots"},
		{"nothing to compare with", []string{"diff", "cart", "--env", "staging"}, "--against-env"},
		{"another form", []string{"render", "cart", "--env", "staging", "--output", "yaml"}, `--output "yaml": want hocon, json or properties`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runConfig(t, append(test.args, "--repo", dir)...)
			if code != int(ExitBadInput) || !strings.Contains(stderr, test.text) || stdout != "" {
				t.Errorf("exit code %d, stdout %q\ngot  %q\nwant %q", code, stdout, stderr, test.text)
			}
		})
	}
}

func TestConfigExplain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeConfig(t, dir, layeredConfig())
	code, stdout, stderr := runConfig(t, "explain", "cart", "db.pool", "--env", "production", "--repo", dir)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, part := range []string{"db.pool = 20", "config/production/cart.conf:2", "config/cart.conf:1", "5"} {
		if !strings.Contains(stdout, part) {
			t.Errorf("%q is missing in\n%s", part, stdout)
		}
	}
}

func TestConfigDiff(t *testing.T) {
	t.Parallel()
	dir, git := newRepository(t, configStack)
	writeConfig(t, dir, layeredConfig())
	git("add", "--all")
	git("commit", "--quiet", "--message", "config")
	git("tag", "v1")
	writeConfig(t, dir, map[string]string{"config/production/cart.conf": "include \"../cart.conf\"\ndb.pool = 30\n"})

	tests := []struct {
		name  string
		args  []string
		parts []string
	}{
		{"environments", []string{"--env", "staging", "--against-env", "production"}, []string{"db.host", "db.staging", "config/staging/cart.conf:2"}},
		{"clusters", []string{"--env", "staging", "--against-cluster", "us"}, []string{"db.pool", "7", "5", "config/staging/us/cart.conf:2"}},
		{"commits", []string{"--env", "production", "--against-ref", "v1"}, []string{"db.pool", "20", "30", "db.host"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runConfig(t, append([]string{"diff", "cart", "--exit-code", "--repo", dir}, test.args...)...)
			if code != int(ExitFailed) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			for _, part := range test.parts {
				if !strings.Contains(stdout, part) {
					t.Errorf("%q is missing in\n%s", part, stdout)
				}
			}
		})
	}
	t.Run("no difference", func(t *testing.T) {
		t.Parallel()
		code, stdout, stderr := runConfig(t, "diff", "cart", "--exit-code", "--repo", dir, "--env", "staging", "--against-ref", "v1")
		if code != 0 || stdout != "" {
			t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
		}
	})
}

func TestConfigLint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change map[string]string
		strict bool
		code   Code
		text   string
	}{
		{"nothing is wrong", nil, true, ExitReleased, "0 errors, 0 warnings"},
		{
			"a file of no environment",
			map[string]string{"config/prodution/cart.conf": "include \"../cart.conf\"\n"},
			true, ExitBadInput, "config/prodution/cart.conf: is read by no service in any environment",
		},
		{
			"a warning does no harm",
			map[string]string{"config/prodution/cart.conf": "include \"../cart.conf\"\n"},
			false, ExitReleased, "0 errors, 1 warning",
		},
		{
			"a layer that forgets the one before",
			map[string]string{"config/staging/us/cart.conf": "db.pool = 7\n"},
			true, ExitBadInput, `config/staging/us/cart.conf: does not include config/staging/cart.conf, so that nothing of it counts here; if it is to inherit, write: include "../cart.conf"`,
		},
		{
			"a secret that nothing refers to",
			map[string]string{"config/cart.conf": "db { host = localhost, pool = 5 }\n"},
			true, ExitBadInput, "services.cart.config.secrets.DB_PASSWORD: no config of the service refers to ${DB_PASSWORD}",
		},
		{
			"a missing include",
			map[string]string{"config/staging/cart.conf": "include \"../card.conf\"\n"},
			false, ExitBadInput, "config/staging/cart.conf:1:",
		},
		{
			"a cycle",
			map[string]string{"config/cart.conf": "a = ${b}\nb = ${a}\n"},
			false, ExitBadInput, "config/cart.conf:1:",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeConfig(t, dir, layeredConfig())
			writeConfig(t, dir, test.change)
			args := []string{"lint", "--repo", dir}
			if test.strict {
				args = append(args, "--strict")
			}
			code, stdout, stderr := runConfig(t, args...)
			if code != int(test.code) || !strings.Contains(stdout, test.text) {
				t.Errorf("exit code %d, want %d; stderr %q\ngot\n%s\nwant %q", code, test.code, stderr, stdout, test.text)
			}
		})
	}
}
