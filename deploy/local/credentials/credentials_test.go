package credentials_test

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/deploy/local/credentials"
)

func ensure(t *testing.T, directory string) *credentials.Set {
	t.Helper()
	set, err := credentials.Ensure(directory)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestCredentialsAreMadeOnce(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	first, second := ensure(t, directory), ensure(t, directory)
	if !maps.Equal(first.Tokens, second.Tokens) {
		t.Error("the tokens changed")
	}
	if first.Tokens[credentials.Admin] == "" {
		t.Error("the administrator has no token")
	}
	distinct := slices.Compact(slices.Sorted(maps.Values(first.Tokens)))
	if len(distinct) != len(first.Tokens) {
		t.Error("two users share a token")
	}
}

func TestAnUnfinishedSetIsMadeAnew(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	set := ensure(t, directory)
	if err := os.Remove(set.TokenFile); err != nil {
		t.Fatal(err)
	}
	if again := ensure(t, directory); maps.Equal(set.Tokens, again.Tokens) {
		t.Error("the tokens are the old ones")
	}
}

func TestTheCertificateServesTheLoopbackInterface(t *testing.T) {
	t.Parallel()
	set := ensure(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(set.Certificate, set.Key)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(set.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	for _, host := range []string{"127.0.0.1", "localhost", "kubernetes.default.svc"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: pool}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestNobodyElseCanReadTheSecrets(t *testing.T) {
	t.Parallel()
	set := ensure(t, t.TempDir())
	for _, name := range []string{set.Key, set.ServiceAccountKey, set.TokenFile} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
	tokens, err := os.ReadFile(set.TokenFile)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(tokens), "\n"); lines != len(set.Tokens) {
		t.Errorf("%d lines for %d tokens", lines, len(set.Tokens))
	}
}
