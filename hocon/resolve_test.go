package hocon

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"a late override is seen", "base { x = 1 }, d = ${base}, base.x = 2", `{"base":{"x":2},"d":{"x":2}}`},
		{"three levels", "a { x = 1 }, b = ${a} { y = 2 }, c = ${b} { z = 3 }, b.y = 5", `{"a":{"x":1},"b":{"x":1,"y":5},"c":{"x":1,"y":5,"z":3}}`},
		{"nested members merge", "b { l { x = 1 } }, d = ${b} { l.y = 2 }, d.l.z = 3", `{"b":{"l":{"x":1}},"d":{"l":{"x":1,"y":2,"z":3}}}`},
		{"in lists", "b { x = 1 }, l = [${b} { y = 2 }, ${b}]", `{"b":{"x":1},"l":[{"x":1,"y":2},{"x":1}]}`},
		{"optional between two", "b { x = 1 }, d = ${b}, d = ${?o}, d { z = 1 }", `{"b":{"x":1},"d":{"x":1,"z":1}}`},
		{"own member", "a { b = 1, c = ${a.b} }", `{"a":{"b":1,"c":1}}`},
		{"own member of a joined object, in two steps", "b { n = 1 }, x = ${b}\nx { u = ${x.n} }", `{"b":{"n":1},"x":{"n":1,"u":1}}`},
		{"look-back", "p = a, p = ${p}b, p = ${p}c", `{"p":"abc"}`},
		{"look-back into a member", "foo { a { c = 1 } }, foo = ${foo.a}, foo { a = 2 }", `{"foo":{"a":2,"c":1}}`},
		{"look-back that finds nothing", "p = ${?p}a, p = ${p}b", `{"p":"ab"}`},
		{"look-back elsewhere is whole", "a { k = 1 }, y = ${a.k}, a = ${b} { k = 2, j = ${a.k} }, b {}", `{"a":{"j":1,"k":2},"b":{},"y":2}`},
		{"append", "l += 1, l += ${x}, x = 2", `{"l":[1,2],"x":2}`},
		{"two that need one another", "a = 1, b = 2, a = ${b}, b = ${a}", `{"a":1,"b":1}`},
		{"optional cycle", "a = ${?b}, b = ${?a}, c = 1", `{"c":1}`},
		{"optional alone", "a = ${?x}, b = [${?x}, 1], c = x${?x}, d { e = ${?x} }", `{"b":[1],"c":"x","d":{}}`},
		{"kind survives next to nothing", "a = ${?x}5", `{"a":5}`},
		{"null hides", "b { x = 1 }, a = ${b}, a = null, a { y = 2 }", `{"a":{"y":2},"b":{"x":1}}`},
		{"what a substitution hides stays hidden", "t = 5, t { a = 1 }, b { b = 2 }, x = ${b}, x = ${t}", `{"b":{"b":2},"t":{"a":1},"x":{"a":1}}`},
		{"lists join", "a = [1], b = [0] ${a} [2]", `{"a":[1],"b":[0,1,2]}`},
		{"numbered object joins", "o { 1 = b, 0 = a }, l = ${o} [c]", `{"l":["a","b","c"],"o":{"0":"a","1":"b"}}`},
		{"an object hides a list below it", "b = [${t}], b { c = 1 }", `{"b":{"c":1}}`},
		{"itself within itself", "o { foo = 1, foo = ${o} }", `{"o":{"foo":{"foo":1}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := resolved(t, test.text); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.text, got, test.want)
			}
		})
	}
}

func TestResolveManyLayersOfOneself(t *testing.T) {
	t.Parallel()
	const layers = 5000
	got := resolved(t, "l = []\no {}\n"+strings.Repeat("l += 1\n", layers)+"n = ${l} [2]\nm = ${l} [3]")
	ones := strings.Repeat("1,", layers)
	want := fmt.Sprintf(`{"l":[%s],"m":[%s3],"n":[%s2],"o":{}}`, strings.TrimSuffix(ones, ","), ones, ones)
	if got != want {
		t.Errorf("got %.300s", got)
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		code       Code
		want       string
	}{
		{"missing", "a = ${b.c}", Missing, "t.conf:1:5: b.c: ${b.c} has no value; set b.c, or write ${?b.c}"},
		{"missing below a substitution", "a = ${b}, c = ${a.x}", Missing, "t.conf:1:5: b: ${b} has no value"},
		{"hidden by a substitution", "a = ${b}, a = ${c}, c = 1", Missing, "t.conf:1:5: b: "},
		{"itself", "a = ${a}", Cycle, "t.conf:1:5: a: ${a} (t.conf:1) needs itself"},
		{"a cycle of three", "a = ${b}\nb = x${c}\nc = [${a}]", Cycle, "t.conf:1:5: b: ${b} (t.conf:1) needs ${c} (t.conf:2) needs ${a} (t.conf:3) needs the first again; break"},
		{"own member of a joined object", "x = ${base} { u = ${x.n} }\nbase { n = 1 }", Cycle, "t.conf:1:19: x.n: ${x.n} (t.conf:1) needs itself; " +
			"x is joined from objects, one of which refers to x: write it in two steps, first x = ${base} and on the next line x { … }"},
		{"object and text", "a = ${b} x, b {}", Type, "t.conf:1:5: cannot join an object with a string"},
		{"a list below an open object", "b = [${t}], b { c = ${?u} }", Missing, "t.conf:1:6: t: ${t} has no value"},
		{"list and object", "a = ${b} [1], b { x = 1 }", Type, "t.conf:1:5: cannot join an object with a list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := Parse("t.conf", []byte(test.text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Resolve(ResolveOptions{})
			refused(t, test.text, err, test.code, test.want)
		})
	}
}

func TestResolveTellsAllThatIsMissing(t *testing.T) {
	t.Parallel()
	text := "a = ${x}\nb = [${y}, ${x}]\nc { d = ${?z}, e = 1${y} }\nf = ${a}\n" + strings.Repeat("g += ${w}\n", 100)
	d, err := Parse("t.conf", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Resolve(ResolveOptions{})
	var all Errors
	if !errors.As(err, &all) || len(all) != 25 {
		t.Fatalf("got %d errors: %v", len(all), err)
	}
	for i, want := range []string{"t.conf:1:5: x: ", "t.conf:2:6: y: ", "t.conf:2:12: x: ", "t.conf:3:21: y: "} {
		if !strings.HasPrefix(all[i].Error(), want) {
			t.Errorf("error %d is %v, want %s", i, all[i], want)
		}
	}
}

func TestResolveEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{"PORT": "80", "EMPTY": "", "a.b": "dotted"}
	c := config(t, `p = ${PORT}, e = ${?EMPTY}, n = null, q = ${"a.b"}, r = ${?a.b}, set = ${own}, own = 1`, ResolveOptions{Env: env})
	got, err := c.Root().AppendJSON(nil)
	if want := `{"e":"","n":null,"own":1,"p":"80","q":"dotted","set":1}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if v, err := c.Lookup("p"); err != nil || v.Kind() != String || v.Origin() != (Origin{}) {
		t.Errorf("p is %v from %+v, %v", v.Kind(), v.Origin(), err)
	}
}

// history is a value and what it lies over, as kind:text@line.
func history(v *Value) string {
	var all []string
	for ; v != nil; v = v.over {
		text := v.text
		if v.kind == Unresolved {
			text = v.parts[0].reference
		}
		all = append(all, fmt.Sprintf("%s:%s@%d", v.kind, text, v.Origin().Line))
	}
	return strings.Join(all, " > ")
}

func TestResolveKeepsWhatWasReplaced(t *testing.T) {
	t.Parallel()
	c := config(t, `a = 1
a = ${hidden}
a = 3
base { x = 1, y = 2 }
base.x = ${a}
d = ${base}
d { x = 7, z = 8 }
e = 5
e = ${a}
`, ResolveOptions{})
	for path, want := range map[string]string{
		"a":      "number:3@3 > open substitution:hidden@2 > number:1@1",
		"base.x": "number:3@3 > number:1@4",
		"d":      "object:@7 > object:@4",
		"d.x":    "number:7@7 > number:3@3 > number:1@4",
		"d.y":    "number:2@4",
		"d.z":    "number:8@7",
		"e":      "number:3@3 > number:5@8",
	} {
		v, err := c.Lookup(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if got := history(v); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

func TestResolveNotesEachFileThatSetsMembers(t *testing.T) {
	t.Parallel()
	others := files(map[string]string{"lower.conf": "db { x = 1 }\ndb.y = 2\ndb.z = 3"})
	d, err := Parse("t.conf", []byte("include \"lower\"\ndb.x = 4\ndb.y = 5"), Options{Files: others})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Resolve(ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var from []string
	for v, _ := c.Root().Lookup("db"); v != nil; v = v.over {
		from = append(from, v.Origin().String())
	}
	if got, want := strings.Join(from, " "), "t.conf:2 lower.conf:1"; got != want {
		t.Errorf("db is set at %s, want %s", got, want)
	}
}

func TestResolveIsSafeAtOnce(t *testing.T) {
	t.Parallel()
	d, err := Parse("t.conf", []byte("b { x = 1 }\nb.y = ${b.x}\nd = ${b} { z = ${?E} }\nl += 1\nl += ${d.y}"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			e := fmt.Sprint(i)
			c, err := d.Resolve(ResolveOptions{Env: map[string]string{"E": e}})
			if err != nil {
				t.Error(err)
				return
			}
			want := fmt.Sprintf(`{"b":{"x":1,"y":1},"d":{"x":1,"y":1,"z":%q},"l":[1,1]}`, e)
			if got, err := c.Root().AppendJSON(nil); err != nil || string(got) != want {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
		})
	}
	all.Wait()
}

func TestWithFallback(t *testing.T) {
	t.Parallel()
	upper, err := Parse("upper.conf", []byte("a { x = 1 }\nb = ${a.y}\np = ${?p}u\nn = 1\nn { m = ${a.x} }"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	lower, err := Parse("lower.conf", []byte("a { x = 0, y = ${n.m} }\np = l\nn { k = 2 }\nq = 3"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := upper.WithFallback(lower).Resolve(ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":{"x":1,"y":1},"b":1,"n":{"m":1},"p":"lu","q":3}`
	if got, err := c.Root().AppendJSON(nil); err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if v, _ := c.Root().Lookup("a.x"); v == nil || v.over == nil || v.over.Origin().File != "lower.conf" {
		t.Error("a.x has forgotten what it lies over")
	}
	// Neither of the two has changed.
	if _, err := upper.Resolve(ResolveOptions{}); err == nil {
		t.Error("the upper document has the lower one's a.y")
	}
	if len(lower.root.keys) != 4 || lower.root.find("p").below != nil {
		t.Error("the lower document has the upper one's settings")
	}
}
