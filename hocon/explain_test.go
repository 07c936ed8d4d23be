package hocon_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-dev/slipway/hocon"
)

// layered is a config of three files, the most special of which is read.
func layered(t *testing.T) *hocon.Config {
	t.Helper()
	files := fstest.MapFS{
		"cart.conf": {Data: []byte(`db { pool = 10, password = base }
hosts = [a]
region = eu
region = ${?REGION}
secret = 5
secret = ${?SECRET}
copy = ${db.pool}
`)},
		"production/cart.conf": {Data: []byte(`include required("../cart.conf")
db { pool = 20, timeout = 1s }
hosts += b
`)},
		"production/eu/cart.conf": {Data: []byte(`include required("../cart.conf")
db.pool = 30
db.password = null
db.password = ${PASSWORD}
mode = { a = 1 }
mode = fast
name = cart-${region}
long = [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbb, äääääääääääääää]
`)},
	}
	document, err := hocon.ParseFile("production/eu/cart.conf", hocon.Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	config, err := document.Resolve(hocon.ResolveOptions{
		Env:  map[string]string{"REGION": "us"},
		Keep: func(path string, _ bool) bool { return path == "PASSWORD" || path == "SECRET" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestExplain(t *testing.T) {
	t.Parallel()
	config := layered(t)
	for path, want := range map[string]string{
		"db.pool": `db.pool = 30
  set at production/eu/cart.conf:2
  over 20 at production/cart.conf:2
  over 10 at cart.conf:1`,
		"db.timeout": `db.timeout = "1s"
  set at production/cart.conf:2`,
		"hosts": `hosts = ["a", "b"]
  appended at production/cart.conf:3
  to ["a"] at cart.conf:2`,
		"region": `region = "us"
  set by the environment
  over "eu" at cart.conf:3`,
		"db.password": `db.password = ${PASSWORD}
  kept open at production/eu/cart.conf:4
  over null at production/eu/cart.conf:3
  over "base" at cart.conf:1`,
		"secret": `secret = ${?SECRET}
  kept open, optional at cart.conf:6
  or else 5 at cart.conf:5`,
		"mode": `mode = "fast"
  set at production/eu/cart.conf:6
  over {…} at production/eu/cart.conf:5`,
		"copy": `copy = 30
  set at production/eu/cart.conf:2
  over 20 at production/cart.conf:2
  over 10 at cart.conf:1`,
		"long": `long = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "ää…
  set at production/eu/cart.conf:8`,
	} {
		explanation, err := config.Explain(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := explanation.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	explanation, err := config.Explain("db")
	if err != nil {
		t.Fatal(err)
	}
	if got := explanation.String(); !strings.HasPrefix(got, `db = { password = ${PASSWORD}, pool = 30, timeout = "1s" }
  merged at production/`) || !strings.HasSuffix(got, "\n  with {…} at cart.conf:1") {
		t.Errorf("got\n%s", got)
	}
	if _, err := config.Explain("db.none"); err == nil || !strings.Contains(err.Error(), "db.none: is not set") {
		t.Errorf("what is not set: %v", err)
	}
}

func TestExplainHidesSecrets(t *testing.T) {
	t.Parallel()
	config := resolved(t, "a { token = old, x = 1 }, a.token = new, b = [s1, s2], b += s3")
	secret := func(path string) bool { return strings.HasSuffix(path, "token") || strings.HasPrefix(path, "b.") }
	for path, want := range map[string]string{
		"a.token": "a.token = (secret)\n  set at shop.conf:1\n  over (secret) at shop.conf:1",
		"b":       "b = [(secret), (secret), (secret)]\n  appended at shop.conf:1\n  to [(secret), (secret)] at shop.conf:1",
		"a":       "a = { token = (secret), x = 1 }",
	} {
		explanation, err := config.Explain(path, secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := explanation.String(); !strings.HasPrefix(got, want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestExplainWhatWasHidden holds that settings that nobody needed, and so nobody
// resolved, are told as they were written.
func TestExplainWhatWasHidden(t *testing.T) {
	t.Parallel()
	config := resolved(t, "b { c = 1 }, a = ${b} { d = 2 }, a = [1, ${b}], a = x${?b}, a = 5")
	explanation, err := config.Explain("a")
	if err != nil {
		t.Fatal(err)
	}
	want := `a = 5
  set at shop.conf:1
  over "x"${?b} at shop.conf:1
  over […] at shop.conf:1
  over ${b}{…} at shop.conf:1`
	if got := explanation.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old := resolved(t, `same = 1, moved = x
changed = 1
text = "1"
gone { a = 1, b = [2, {}] }
list = [a, b, c]
kind { x = 1 }
open = 1, open = ${?X}
empty = []
token = a
"a.b" { c = 1 }`)
	new := resolved(t, `moved = x, same = 1
changed = 1.0
text = 1
added { a { b = null } }
list = [a, d]
kind = 5
open = 2, open = ${?X}
empty = [1]
token = b
"a.b" { c = 2 }`)
	var got []string
	for _, c := range hocon.Diff(old, new, func(path string) bool { return path == "token" }) {
		got = append(got, strings.Join([]string{c.Path, string(c.Kind), c.Old, c.OldOrigin.String(), c.New, c.NewOrigin.String()}, "|"))
	}
	want := []string{
		`"a.b".c|changed|1|shop.conf:10|2|shop.conf:10`,
		`added.a.b|added|||null|shop.conf:4`,
		`changed|changed|1|shop.conf:2|1.0|shop.conf:2`,
		`empty|removed|[]|shop.conf:8||`,
		`empty.0|added|||1|shop.conf:8`,
		`gone.a|removed|1|shop.conf:4||`,
		`gone.b.0|removed|2|shop.conf:4||`,
		`gone.b.1|removed|{}|shop.conf:4||`,
		`kind.x|removed|1|shop.conf:6||`,
		`kind|added|||5|shop.conf:6`,
		`list.1|changed|"b"|shop.conf:5|"d"|shop.conf:5`,
		`list.2|removed|"c"|shop.conf:5||`,
		`open|changed|${?X} over 1|shop.conf:7|${?X} over 2|shop.conf:7`,
		`text|changed|"1"|shop.conf:3|1|shop.conf:3`,
		`token|changed|(secret)|shop.conf:9|(secret)|shop.conf:9`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if changes := hocon.Diff(old, old); len(changes) > 0 {
		t.Errorf("it differs from itself by %v", changes)
	}
	if changes := hocon.Diff(nil, resolved(t, "a { b = 1, c = 2 }")); len(changes) != 2 || changes[1].Path != "a.c" || changes[1].Kind != hocon.Added {
		t.Errorf("from nothing: %v", changes)
	}
	if changes := hocon.Diff(nil, layered(t)); changes[len(changes)-2].String() != `+ region = "us" (the environment)` {
		t.Errorf("of the environment: %v", changes[len(changes)-2])
	}
	if changes := hocon.Diff(resolved(t, "a = 1"), nil); len(changes) != 1 || changes[0].Kind != hocon.Removed {
		t.Errorf("to nothing: %v", changes)
	}
}
