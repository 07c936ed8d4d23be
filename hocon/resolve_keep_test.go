package hocon

import (
	"strings"
	"testing"
)

// keepUpper keeps the substitutions whose paths are in capitals.
func keepUpper(path string, _ bool) bool { return path == strings.ToUpper(path) }

// written is an open value as it would be written, and what it lies over.
func written(v *Value) string {
	var b strings.Builder
	for _, p := range v.parts {
		switch {
		case p.known != nil:
			b.WriteString(p.known.string())
		case p.optional:
			b.WriteString("${?" + p.reference + "}")
		default:
			b.WriteString("${" + p.reference + "}")
		}
	}
	if v.over != nil {
		b.WriteString(" over " + v.over.string())
	}
	return b.String()
}

func TestKeep(t *testing.T) {
	t.Parallel()
	c := config(t, `
port = 80
port = ${?PORT}
url = "http://"${HOST}":1/"${?PATH}
same = ${port}
joined = p${port}
list = [${port}, ${HOST}, 1]
set = ${OWN}
OWN = 1
env = ${e}
`, ResolveOptions{Env: map[string]string{"PORT": "1", "e": "E"}, Keep: keepUpper})
	for path, want := range map[string]string{
		"port":   "${?PORT} over 80",
		"url":    "http://${HOST}:1/${?PATH}",
		"same":   "${?PORT} over 80",
		"joined": "p${port}",
	} {
		v, err := c.Lookup(path)
		if err != nil || v.Kind() != Unresolved || written(v) != want {
			t.Errorf("%s is %s, %v, want %s", path, written(v), err, want)
		}
	}
	list, err := c.Lookup("list")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := written(list.items[0]), written(list.items[1]); a != "${port}" || b != "${HOST}" || list.items[2].Kind() != Number {
		t.Errorf("list is %s, %s", a, b)
	}
	for path, want := range map[string]string{"set": "1", "env": "E"} {
		if v, err := c.Lookup(path); err != nil || v.string() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func TestKeepRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a = ${X} [1]":          "t.conf:1:5: a list is joined with a substitution that is kept open",
		"a = ${X} { b = 1 }":    "t.conf:1:5: an object is joined with a substitution that is kept open",
		"a = ${X}\na { b = 1 }": "t.conf:2:3: an object is merged with a substitution that is kept open",
		"a = ${X}, b = ${a.c}":  "t.conf:1:5: what c is below this cannot be known while it is kept open",
	} {
		d, err := Parse("t.conf", []byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Resolve(ResolveOptions{Keep: keepUpper})
		refused(t, text, err, Open, want)
	}
	c := config(t, "a = ${X}", ResolveOptions{Keep: keepUpper})
	_, err := c.Lookup("a.b")
	refused(t, "a.b", err, Open, "t.conf:1:5: a.b: is not known: a is kept open")
}
