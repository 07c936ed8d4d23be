package kubernetes

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
)

func configOf(data map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": data, "immutable": true}}
}

// linesOf gives a diff as people read it, below the head.
func linesOf(diff *workload.Diff) []string {
	lines := workload.ChangeLines([]workload.Change{{Service: "s", Object: "o", Action: workload.Replace, Diff: diff}})[2:]
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "    ")
	}
	return lines
}

func TestConfigIsComparedByKeyAndTextByLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, now map[string]any
		want     []string
	}{
		"values of a file": {
			map[string]any{"application.conf": "db { host = a, pool = 10 }\nold = 1\n"},
			map[string]any{"application.conf": "db { host = b, pool = 10 }\nnew = [1, 2]\n"},
			[]string{`db.host: "a" -> "b"`, "new.0: + 1", "new.1: + 2", "old: - 1"},
		},
		"what is left open": {
			map[string]any{"application.conf": "db.password = ${DB_PASSWORD}\n"},
			map[string]any{"application.conf": "db.url = ${?DB_URL}\ndb.password = ${DB_PASSWORD}\n"},
			[]string{"db.url: + ${?DB_URL}"},
		},
		"what is called a secret": {
			map[string]any{"application.json": `{"db": {"password": "hunter2-hunter2"}}`},
			map[string]any{"application.json": `{"db": {"password": "hunter3-hunter3"}}`},
			[]string{"db.password: (secret) -> (secret)"},
		},
		"variables": {
			map[string]any{"DB_POOL": "10", "DB_PASSWORD": "hunter2-hunter2", "GONE": "x"},
			map[string]any{"DB_POOL": "20", "DB_PASSWORD": "hunter3-hunter3", "URL": "postgres://u:hunter3-hunter3@h/db"},
			[]string{".data.DB_PASSWORD: (secret) -> (secret)", ".data.DB_POOL: 10 -> 20", ".data.GONE: - x", ".data.URL: + postgres://[redacted]@h/db"},
		},
		"lines of a file that is no config": {
			map[string]any{"nginx": "a\nb\nc\nd\ne\n"},
			map[string]any{"nginx": "a\nB\nc\nd\ne\nf\n"},
			[]string{".data.nginx:", "  - b", "  + B", "    …", "  + f"},
		},
		"a secret that spans lines": {
			map[string]any{"key.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
			map[string]any{"key.pem": "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n"},
			[]string{".data.key.pem: (secret) -> (secret)"},
		},
		"one line that becomes two": {
			map[string]any{"motd": "hello"},
			map[string]any{"motd": "hello\nworld"},
			[]string{".data.motd:", "  + world"},
		},
		"the end of a text": {
			map[string]any{"motd": "a\nb\n"},
			map[string]any{"motd": "a\nb"},
			[]string{".data.motd:", "  only the end of the last line"},
		},
		"a file that cannot be read": {
			map[string]any{"application.conf": "a {\n"},
			map[string]any{"application.conf": "a {}\n"},
			[]string{".data.application.conf: \"a {\\n\" -> \"a {}\\n\""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := linesOf(dataDiff(configOf(c.old), configOf(c.now))); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestWhatMayBeSecretIsNotInADiff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		name  string
		value any
		want  string
	}{
		"a text":                     {"image", "registry/cart:1", "registry/cart:1"},
		"an empty text":              {"path", "", `""`},
		"a number":                   {"replicas", int64(3), "3"},
		"called a secret":            {"DB_PASSWORD", "hunter2-hunter2", hiddenValue},
		"a number called a secret":   {"pin-token", int64(1234), hiddenValue},
		"a switch about one":         {"automountServiceAccountToken", false, "false"},
		"a variable in a list":       {"env", []any{map[string]any{"name": "API_KEY", "value": "abc"}}, `[{"name":"API_KEY","value":"(secret)"}]`},
		"the name of one":            {"", map[string]any{"secretName": "cart-db", "secretKeyRef": map[string]any{"key": "password"}}, `{"secretKeyRef":{"key":"password"},"secretName":"cart-db"}`},
		"an argument with one":       {"args", []any{"--db-password=hunter2-hunter2"}, `["--db-password=[redacted]"]`},
		"a token of another kind":    {"args", []any{"glpat-0123456789abcdefghij"}, `["(secret)"]`},
		"what would command a pager": {"text", "a\nb", `a\nb`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := shownText(c.name, c.value); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if long := shownText("", strings.Repeat("ü", 10_000)); len(long) > maxShown+len("…") {
		t.Errorf("%d bytes are shown of a long text", len(long))
	}
}
