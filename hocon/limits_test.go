package hocon

import (
	"fmt"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		limits     Limits
		want       string // empty: it is allowed
	}{
		{"bytes", "a = 123", Limits{Bytes: 6}, "t.conf: the files hold more than 6 bytes; raise Limits.Bytes"},
		{"bytes to the last", "a = 12", Limits{Bytes: 6}, ""},
		{"depth of a path", "a.b.c.d = 1", Limits{Depth: 3}, "t.conf:1:1: values are nested more than 3 deep"},
		{"depth to the last", "a.b.c = 1", Limits{Depth: 3}, ""},
		{"depth of lists", "a = [[[1]]]", Limits{Depth: 3}, "t.conf:1:7: values are nested more than 3 deep"},
		{"depth of a substitution", "x = ${?a.b.c.d}", Limits{Depth: 3}, "t.conf:1:5: values are nested more than 3 deep"},
		{"depth by substitution", "a.b.c = 1, d.e = ${a}", Limits{Depth: 3}, "t.conf:1:12: values are nested more than 3 deep"},
		{"depth has an end", strings.Repeat("a.", 2000) + "a = 1", Limits{Depth: 1 << 30}, "t.conf:1:1: values are nested more than 1000 deep"},
		{"values", "a = [1, 2, 3]", Limits{Values: 4}, "t.conf:1:1: the resolved document has more than 4 values"},
		{"values to the last", "a = [1, 2, 3]", Limits{Values: 5}, ""},
		{"values by substitution", "a = [1, 2], b = [${a}, ${a}]", Limits{Values: 9}, "t.conf:1:1: the resolved document has more than 9 values"},
		{"joined text", "a = 0123456789, b = ${a}${a}${a}${a}", Limits{Bytes: 39}, "t.conf:1:21: more than 39 bytes of text are joined"},
		{
			"printed text", `a = "` + strings.Repeat("x", 900) + `", b = [${a}, ${a}, ${a}, ${a}, ${a}, ${a}, ${a}, ${a}]`,
			Limits{Bytes: 1000},
			"t.conf:1:1: the text of the resolved document takes more than 8000 bytes",
		},
		{"a chain", chain(2001), Limits{}, "t.conf:2001:9: more than 2000 substitutions need one another"},
		{"a shorter chain", chain(1999), Limits{}, ""},
		{"optional ones that all need one another", tangle(24), Limits{}, "t.conf:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := Parse("t.conf", []byte(test.text), Options{Limits: test.limits})
			if err == nil {
				_, err = d.Resolve(ResolveOptions{})
			}
			if test.want != "" {
				refused(t, fmt.Sprintf("%.100s", test.text), err, Limit, test.want)
			} else if err != nil {
				t.Errorf("%.100s\n%v", test.text, err)
			}
		})
	}
}

// chain is substitutions that each lead to the next one.
func chain(links int) string {
	var b strings.Builder
	for i := range links {
		fmt.Fprintf(&b, "a%d = ${a%d}\n", i, i+1)
	}
	fmt.Fprintf(&b, "a%d = 1\n", links)
	return b.String()
}

// tangle is substitutions of which each leads to all others.
func tangle(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d = ", i)
		for j := range n {
			if i != j {
				fmt.Fprintf(&b, "${?a%d}", j)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestIncludeLimits(t *testing.T) {
	t.Parallel()
	nested := map[string]string{}
	for i := range 60 {
		nested[fmt.Sprintf("f%d.conf", i)] = fmt.Sprintf("include \"f%d\"\n", i+1)
	}
	_, err := included(`include "f0"`, nested, Options{})
	refused(t, "nested", err, Limit, "f48.conf:1:1: more than 50 files include one another")

	twice := map[string]string{"a.conf": "x = 1"}
	_, err = included("include \"a\"\ninclude \"a\"\ninclude \"a\"", twice, Options{Limits: Limits{Includes: 2}})
	refused(t, "many", err, Limit, "main.conf:3:1: more than 2 files are included")

	large := map[string]string{"a.conf": "x = 0123456789"}
	_, err = included("include \"a\"", large, Options{Limits: Limits{Bytes: 20}})
	refused(t, "large", err, Limit, "a.conf: the files hold more than 20 bytes")

	deep := map[string]string{"a.conf": "c.d = 1"}
	_, err = included("a.b { include \"a\" }", deep, Options{Limits: Limits{Depth: 3}})
	refused(t, "deep", err, Limit, "a.conf:1:1: values are nested more than 3 deep")
}
