package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/stack/config"
)

var database = map[string]config.SecretKey{
	"DB_PASSWORD": {Secret: "cart-db", Key: "password"},
	"DB_USER":     {Secret: "cart-db", Key: "user"},
}

// render renders config/cart.conf.
func render(files map[string]string, spec config.Spec) (*config.Rendered, error) {
	return config.Open(tree(files), nil).Render("cart", spec, "config/cart.conf")
}

func TestRenderPrintsEveryForm(t *testing.T) {
	t.Parallel()
	const text = `
pool-size = 10
greeting = "a \"b\""
urls = ["http://a", "http://b"]
none = null
empty = []
db { name = cart, ratio = 0.50 }
`
	for file, want := range map[string]map[string]string{
		"": {"application.conf": "db {\n  name = cart\n  ratio = 0.50\n}\nempty = []\ngreeting = \"a \\\"b\\\"\"\nnone = null\npool-size = 10\n" +
			"urls = [\"http://a\", \"http://b\"]\n"},
		"cart.json": {"cart.json": "{\n  \"db\": {\n    \"name\": \"cart\",\n    \"ratio\": 0.50\n  },\n  \"empty\": [],\n  \"greeting\": \"a \\\"b\\\"\",\n" +
			"  \"none\": null,\n  \"pool-size\": 10,\n  \"urls\": [\n    \"http://a\",\n    \"http://b\"\n  ]\n}\n"},
		"cart.properties": {"cart.properties": "db.name=cart\ndb.ratio=0.50\ngreeting=a \"b\"\npool-size=10\nurls.0=http://a\nurls.1=http://b\n"},
		"env": {
			"DB_NAME": "cart", "DB_RATIO": "0.50", "GREETING": `a "b"`, "POOL_SIZE": "10",
			"URLS_0": "http://a", "URLS_1": "http://b",
		},
	} {
		rendered, err := render(map[string]string{"config/cart.conf": text}, config.Spec{File: file})
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		if diff := cmp.Diff(want, rendered.Data); diff != "" {
			t.Errorf("%q (-want +got)\n%s", file, diff)
		}
	}
}

func TestTheNameFollowsTheContentAlone(t *testing.T) {
	t.Parallel()
	name := func(service string, files map[string]string, spec config.Spec) string {
		rendered, err := config.Open(tree(files), nil).Render(service, spec, "config/cart.conf")
		if err != nil {
			t.Fatal(err)
		}
		return rendered.Name()
	}
	plain := name("cart", map[string]string{"config/cart.conf": "a = 1, b = 2"}, config.Spec{})
	if plain != "cart-config-1e63a21ccc" {
		t.Errorf("the name is %s: pods of every release would be replaced", plain)
	}
	for what, same := range map[string]string{
		"another spelling": name("cart", map[string]string{"config/cart.conf": "{b: 2, a: 1} # c"}, config.Spec{}),
		"an include":       name("cart", map[string]string{"config/cart.conf": "include \"x\"\nb=2", "config/x.conf": "a = 1"}, config.Spec{File: "application.conf"}),
	} {
		if same != plain {
			t.Errorf("%s: %s, want %s", what, same, plain)
		}
	}
	for what, other := range map[string]string{
		"another value":   name("cart", map[string]string{"config/cart.conf": "a = 1, b = 3"}, config.Spec{}),
		"another file":    name("cart", map[string]string{"config/cart.conf": "a = 1, b = 2"}, config.Spec{File: "x.conf"}),
		"another service": name("shelf", map[string]string{"config/cart.conf": "a = 1, b = 2"}, config.Spec{}),
	} {
		if other == plain {
			t.Errorf("%s has the same name", what)
		}
	}
}

func TestSecretsStayOpen(t *testing.T) {
	t.Parallel()
	rendered, err := render(map[string]string{"config/cart.conf": `
db.password = ${DB_PASSWORD}
db.url = "postgres://cart:"${DB_PASSWORD}"@db/cart"
db.timeout = 10
db.timeout = ${?DB_TIMEOUT}
`}, config.Spec{Secrets: database})
	if err != nil {
		t.Fatal(err)
	}
	want := "db {\n  password = ${DB_PASSWORD}\n  timeout = 10\n  url = \"postgres://cart:\"${DB_PASSWORD}\"@db/cart\"\n}\n"
	if got := rendered.Data["application.conf"]; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if diff := cmp.Diff(map[string]config.SecretKey{"DB_PASSWORD": database["DB_PASSWORD"]}, rendered.Secrets); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRequiredSecretHidesWhatItReplaced(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"${DB_PASSWORD}", `"x"${?DB_PASSWORD}`} {
		rendered, err := render(map[string]string{"config/cart.conf": "db.password = hunter22\ndb.password = " + open}, config.Spec{Secrets: database})
		if err != nil {
			t.Fatal(err)
		}
		if text := rendered.Data["application.conf"]; strings.Contains(text, "hunter22") {
			t.Errorf("the value that %s replaced is in the config:\n%s", open, text)
		}
	}
}

func TestTextAroundAnOpenSecretIsLookedAt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`db.url = "postgres://app:S3cr3tPassw0rd9x@db/"${DB_PASSWORD}`,
		`db.password = "S3cr3tPassw0rd9x"${DB_PASSWORD}`,
		`db.url = "postgres://app:S3cr3tPassw0rd9x@db/"${?DB_PASSWORD}`,
		"a = AKIAABCDEFGHIJKLMNOP${DB_PASSWORD}",
		"db.password = S3cr3tPassw0rd9x${DB_PASSWORD}\ndb.password = ${?DB_PASSWORD}",
		`a = ["S3cr3tPassw0rd9x://app:S3cr3tPassw0rd9x@db/"${DB_PASSWORD}]`,
	} {
		_, err := render(map[string]string{"config/cart.conf": text}, config.Spec{Secrets: database})
		if err == nil || !strings.Contains(err.Error(), "looks like") || strings.Contains(err.Error(), "S3cr3tPassw0rd9x") {
			t.Errorf("%s: got %v, want a refusal that does not show it", text, err)
		}
	}
	whole := `db.url = "postgres://app:"${DB_PASSWORD}"@db/cart"`
	if _, err := render(map[string]string{"config/cart.conf": whole}, config.Spec{Secrets: database}); err != nil {
		t.Errorf("%s: %v", whole, err)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	large := "a.big = \"" + strings.Repeat("x", 600_000) + "\"\na.more = \"" + strings.Repeat("x", 300_000) + "\"\n\"b.c\" = \"" +
		strings.Repeat("y", 200_000) + "\"\nd = 1\n"
	const ways = "; write a substitution such as ${DB_PASSWORD} and list it under services.cart.config.secrets; " +
		"if it is no credential, add "
	for _, test := range []struct {
		name string
		spec config.Spec
		text string
		want string
	}{
		{
			"a credential",
			config.Spec{},
			"db {\n  user = cart, password = hunter22\n}",
			`config/cart.conf:2:27: db.password: looks like a credential written out` + ways + `"db.password" to services.cart.config.notSecret`,
		},
		{
			"a credential that a secret falls back to",
			config.Spec{Secrets: database},
			"db.password = hunter22\ndb.password = ${?DB_PASSWORD}",
			`config/cart.conf:1:15: db.password: looks like a credential written out` + ways + `"db.password" to services.cart.config.notSecret`,
		},
		{
			"a credential in a list",
			config.Spec{NotSecret: []string{"a"}},
			`x = [{"api.key" = 0123456789abcdef}]`,
			`config/cart.conf:1:19: x.0."api.key": looks like a credential written out` + ways + `"x.0.\"api.key\"" to services.cart.config.notSecret`,
		},
		{
			"a substitution that nothing sets",
			config.Spec{},
			"db.password = ${DB_PASSWORD}",
			"config/cart.conf:1:15: DB_PASSWORD: ${DB_PASSWORD} has no value; set DB_PASSWORD, or write ${?DB_PASSWORD} if it need not be set; " +
				"if it is a secret, list it under services.cart.config.secrets",
		},
		{
			"a secret in JSON",
			config.Spec{File: "cart.json", Secrets: database},
			"db.password = ${DB_PASSWORD}",
			"config/cart.conf:1:15: db.password: ${DB_PASSWORD} is kept open, so the value is not known; " +
				"cart.json has no place for a secret: name the file application.conf, or let the service read the variable itself",
		},
		{
			"a secret in the environment",
			config.Spec{File: "env", Secrets: database},
			"db.password = ${DB_PASSWORD}",
			"config/cart.conf:1:15: db.password: is left open, and has no place among environment variables; " +
				"let the service read the variable itself, and let the manifest set it from the Secret",
		},
		{
			"two values for one variable",
			config.Spec{File: "env"},
			"a-b = 1\na.b = 2",
			"config/cart.conf:1:7: a-b: becomes the environment variable A_B, as a.b does; give the value another path",
		},
		{
			"a value that is no variable",
			config.Spec{File: "env"},
			`"ü" = 1, 2 = 3`,
			"config/cart.conf:1:14: 2: becomes \"2\", which is no environment variable; give the value another path\n" +
				"config/cart.conf:1:7: ü: becomes \"Ü\", which is no environment variable; give the value another path",
		},
		{
			"more than a ConfigMap holds",
			config.Spec{},
			large,
			"config/cart.conf: comes to 1100056 bytes, and a ConfigMap holds 1000000; the most room is taken by a (900011 bytes), " +
				"\"b.c\" (200005 bytes), d (2 bytes); move data out of the config, into the image or a volume",
		},
		{"a syntax error", config.Spec{}, "a = ]", "config/cart.conf:1:5: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rendered, err := render(map[string]string{"config/cart.conf": test.text}, test.spec)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			var found config.Errors
			if rendered != nil || !errors.As(err, &found) {
				t.Errorf("got %+v and a %T", rendered, err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter22") {
				t.Error("the error shows the value")
			}
		})
	}
}

func TestNotSecretAllowsAValueAndWhatIsBelow(t *testing.T) {
	t.Parallel()
	const text = `session { token = 0123456789abcdef }, x = [{"api.key" = 0123456789abcdef}]`
	for _, allowed := range [][]string{{"session.token", `x.0."api.key"`}, {"session", "x"}, {`"session"."token"`, "x"}} {
		if _, err := render(map[string]string{"config/cart.conf": text}, config.Spec{NotSecret: allowed}); err != nil {
			t.Errorf("%q: %v", allowed, err)
		}
	}
	for _, other := range [][]string{{"session.tok", "x"}, {"session.token.x", "x"}, {"x"}, {"a..b", "x"}} {
		if _, err := render(map[string]string{"config/cart.conf": text}, config.Spec{NotSecret: other}); err == nil {
			t.Errorf("%q allows session.token", other)
		}
	}
}
