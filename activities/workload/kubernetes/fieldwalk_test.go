package kubernetes

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/yaml"
)

func tree(t *testing.T, text string) map[string]any {
	t.Helper()
	return *from[map[string]any](t, text)
}

func set(t *testing.T, text string) *fieldpath.Set {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	fields := &fieldpath.Set{}
	if err := fields.FromJSON(strings.NewReader(string(raw))); err != nil {
		t.Fatal(err)
	}
	return fields
}

func text(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func port(number int, protocol string) fieldpath.PathElement {
	return fieldpath.PathElement{Key: fieldpath.KeyByFields("port", number, "protocol", protocol)}
}

func TestPickTakesOnlyTheFieldsOfTheSet(t *testing.T) {
	t.Parallel()
	live := tree(t, `{spec: {size: 3, engine: a, ports: [{port: 1, protocol: TCP, name: x}, {port: 1, protocol: UDP, name: why}], tags: [a, b], rules: [1, 2]}, status: {ready: true}}`)
	fields := set(t, `
f:spec:
  f:size: {}
  f:ports:
    'k:{"port":1,"protocol":"UDP"}': {".": {}, f:port: {}, f:name: {}}
  f:tags: {'v:"b"': {}}
  f:rules: {}
`)
	want := `{"spec":{"ports":[{"name":"why","port":1}],"rules":[1,2],"size":3,"tags":["b"]}}`
	if got := text(t, pick(live, fields)); got != want {
		t.Errorf("picked %s, want %s", got, want)
	}
}

func TestWithAndWithoutChangeOneField(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, before string
		path         fieldpath.Path
		value        any
		with         string
		without      string
	}{
		{"a field", `{data: {a: 1, b: 2}}`, fieldpath.MakePathOrDie("data", "a"), int64(5), `{"data":{"a":5,"b":2}}`, `{"data":{"b":2}}`},
		{"a field whose parents are missing", `{kind: A}`, fieldpath.MakePathOrDie("spec", "size"), int64(5), `{"kind":"A","spec":{"size":5}}`, `{"kind":"A"}`},
		{"a field of a list item", `{ports: [{port: 1, protocol: TCP, name: x}]}`, fieldpath.MakePathOrDie("ports", port(1, "TCP"), "name"), "y", `{"ports":[{"name":"y","port":1,"protocol":"TCP"}]}`, `{"ports":[{"port":1,"protocol":"TCP"}]}`},
		{"a list item that is missing", `{ports: []}`, fieldpath.MakePathOrDie("ports", port(2, "TCP"), "name"), "y", `{"ports":[{"name":"y","port":2,"protocol":"TCP"}]}`, `{"ports":[]}`},
		{"a whole list item", `{ports: [{port: 1, protocol: TCP}, {port: 2, protocol: TCP}]}`, fieldpath.MakePathOrDie("ports", port(1, "TCP")), map[string]any{"port": int64(1), "protocol": "TCP", "name": "z"}, `{"ports":[{"name":"z","port":1,"protocol":"TCP"},{"port":2,"protocol":"TCP"}]}`, `{"ports":[{"port":2,"protocol":"TCP"}]}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := text(t, with(tree(t, c.before), c.path, c.value)); got != c.with {
				t.Errorf("with it: %s, want %s", got, c.with)
			}
			if got := text(t, without(tree(t, c.before), c.path)); got != c.without {
				t.Errorf("without it: %s, want %s", got, c.without)
			}
		})
	}
}
