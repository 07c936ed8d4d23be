package config_test

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/stack/config"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	const schema = `{
  "type": "object", "required": ["db"],
  "properties": {
    "db": {"type": "object", "required": ["host", "password"], "properties": {
      "port": {"$ref": "port.json"}, "password": {"type": "string", "minLength": 20}}},
    "mode": {"enum": ["fast", "safe"]}
  }
}`
	for _, test := range []struct{ name, text, schema, want string }{
		{"what fits", `db { host = a, port = 80, password = ${DB_PASSWORD} }`, schema, ""},
		{"an open value that falls back", "db { host = a }\ndb.password = ${?DB_PASSWORD}", schema, ""},
		{
			"wrong values, all at once", "db { host = a, password = ${DB_PASSWORD}\n  port = 70000 }\nmode = slow", schema,
			"config/cart.conf:2:10: db.port: does not meet the schema: maximum: got 70,000, want 65,535; the schema is config/cart.schema.json\n" +
				"config/cart.conf:3:8: mode: does not meet the schema: value must be one of 'fast', 'safe'; the schema is config/cart.schema.json",
		},
		{"a missing value", "db { }", schema, "config/cart.conf:1:4: db: does not meet the schema: missing properties 'host', 'password'; "},
		{"nothing at all", "", schema, "config/cart.conf:1:1: does not meet the schema: missing property 'db'; "},
		{"a list item", `hosts = ["a", 1]`, `{"properties": {"hosts": {"items": {"type": "string"}}}}`, `config/cart.conf:1:9: hosts.1: does not meet the schema: got number, want string; `},
		{"a schema that is none", "a = 1", `{"type": "objekt"}`, "config/cart.schema.json: is not a schema: "},
		{"a schema that is no JSON", "a = 1", `{`, "config/cart.schema.json: is not a schema: "},
		{"a schema elsewhere", "a = 1", `{"$ref": "https://example.com/schema.json"}`, `config/cart.schema.json: is not a schema: failing loading "https://example.com/schema.json": it is not in the repository`},
		{"a schema on the machine", "a = 1", `{"$ref": "file:///etc/passwd"}`, `config/cart.schema.json: is not a schema: failing loading "file:///etc/passwd": it is not in the repository`},
		{"a schema that is missing", "a = 1", `{"$ref": "other.json"}`, `config/cart.schema.json: is not a schema: failing loading "config/other.json": `},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := render(map[string]string{
				"config/cart.conf": test.text, "config/cart.schema.json": test.schema,
				"config/port.json": `{"type": "integer", "maximum": 65535}`,
			}, config.Spec{Schema: "config/cart.schema.json", Secrets: database})
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)):
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}
