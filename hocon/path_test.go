package hocon

import (
	"slices"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"a":             {"a"},
		"a.b-c.d_e":     {"a", "b-c", "d_e"},
		`"a.b".c`:       {"a.b", "c"},
		`a."".b`:        {"a", "", "b"},
		`x"y.z".w`:      {"xy.z", "w"},
		"1.5":           {"1", "5"},
		"10.20x":        {"10", "20x"},
		" a b . c ":     {"a b ", " c"},
		"true.null":     {"true", "null"},
		`"\u0061\n".b`:  {"a\n", "b"},
		"größe.\"$\".x": {"größe", "$", "x"},
	} {
		got, err := ParsePath(path)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("ParsePath(%s) = %q, %v, want %q", path, got, err, want)
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":       "found the end of the file",
		".a":     "begins or ends with a dot",
		"a.":     "begins or ends with a dot",
		"a..b":   "two in a row",
		"a=b":    "found '='",
		"a\nb":   "found the end of the line",
		"${a}":   "found '${'",
		"a?":     "'?' is reserved",
		`"a`:     "does not end",
		"a\xffb": "is not UTF-8",
	} {
		keys, err := ParsePath(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePath(%q) = %q, %v, want an error with %q", path, keys, err, want)
		}
	}
}

func TestJoinPathIsReadBack(t *testing.T) {
	t.Parallel()
	for want, keys := range map[string][]string{
		"a.b":                  {"a", "b"},
		`a."b.c"`:              {"a", "b.c"},
		`""`:                   {""},
		`"a b"."\"\\\n\t"`:     {"a b", "\"\\\n\t"},
		`"\u0001\u0085\u007f"`: {"\x01\u0085\x7f"},
		"größe.-_9":            {"größe", "-_9"},
		`"${x}"`:               {"${x}"},
	} {
		got := JoinPath(keys...)
		if got != want {
			t.Errorf("JoinPath(%q) = %s, want %s", keys, got, want)
		}
		if back, err := ParsePath(got); err != nil || !slices.Equal(back, keys) {
			t.Errorf("ParsePath(%s) = %q, %v, want %q", got, back, err, keys)
		}
	}
}
