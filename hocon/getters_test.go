package hocon_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/hocon"
)

// resolved is the config that a text means, with every substitution kept open
// that it doesn't set.
func resolved(t *testing.T, text string) *hocon.Config {
	t.Helper()
	document, err := hocon.Parse("shop.conf", []byte(text), hocon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config, err := document.Resolve(hocon.ResolveOptions{Keep: func(string, bool) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// getter is a getter of any type.
type getter func(*hocon.Config, string) (any, error)

// of is a getter of one type as one of any.
func of[T any](get func(*hocon.Config, string) (T, error)) getter {
	return func(c *hocon.Config, path string) (any, error) { return get(c, path) }
}

const getterText = `text = abc
number = 007
fraction = 1.50
whole = 2.0
power = 1e3
huge = 123456789012345678901
far = 1e300
yes = yes
true = true
off = off
null = null
list = [1, "2"]
mixed = [1, x, null]
numbered { 10 = b, 2 = a, other = c }
object { inner = 5 }
open = ${OPEN}
"a.b" { c = 1 }
spaced = " 8 "
java = 1d
`

func TestGetters(t *testing.T) {
	t.Parallel()
	c := resolved(t, getterText)
	for _, test := range []struct {
		path  string
		get   getter
		want  any
		fails string // the whole error
	}{
		{path: "text", get: of((*hocon.Config).String), want: "abc"},
		{path: "number", get: of((*hocon.Config).String), want: "007"},
		{path: "fraction", get: of((*hocon.Config).String), want: "1.50"},
		{path: "true", get: of((*hocon.Config).String), want: "true"},
		{path: "list", get: of((*hocon.Config).String), fails: "shop.conf:12:8: list: is a list, not a string"},
		{path: "object", get: of((*hocon.Config).String), fails: "shop.conf:15:8: object: is an object, not a string"},
		{path: "null", get: of((*hocon.Config).String), fails: "shop.conf:11:8: null: is null, which counts as not set; set it to a string"},
		{path: "open", get: of((*hocon.Config).String), fails: "shop.conf:16:8: open: ${OPEN} is kept open, so the value is not known; resolve it before it is read"},
		{path: "object.other", get: of((*hocon.Config).String), fails: "shop.conf:15:8: object.other: is not set; object is set here, but without other"},

		{path: "yes", get: of((*hocon.Config).Bool), want: true},
		{path: "true", get: of((*hocon.Config).Bool), want: true},
		{path: "off", get: of((*hocon.Config).Bool), want: false},
		{path: "text", get: of((*hocon.Config).Bool), fails: "shop.conf:1:8: text: is a string that is not a boolean (true, yes, on, false, no or off)"},
		{path: "number", get: of((*hocon.Config).Bool), fails: "shop.conf:2:10: number: is a number, not a boolean (true, yes, on, false, no or off)"},

		{path: "number", get: of((*hocon.Config).Int), want: 7},
		{path: "whole", get: of((*hocon.Config).Int), want: 2},
		{path: "power", get: of((*hocon.Config).Int64), want: int64(1000)},
		{path: "spaced", get: of((*hocon.Config).Int), want: 8},
		{path: `"a.b".c`, get: of((*hocon.Config).Int), want: 1},
		{path: "fraction", get: of((*hocon.Config).Int), fails: "shop.conf:3:12: fraction: is not a whole number"},
		{path: "huge", get: of((*hocon.Config).Int), fails: "shop.conf:6:8: huge: is a string that is out of range"},
		{path: "far", get: of((*hocon.Config).Int64), fails: "shop.conf:7:7: far: is out of range"},
		{path: "java", get: of((*hocon.Config).Int), fails: "shop.conf:19:8: java: is a string that is not a number"},
		{path: "true", get: of((*hocon.Config).Int), fails: "shop.conf:9:8: true: is a boolean, not a number"},

		{path: "fraction", get: of((*hocon.Config).Float64), want: 1.5},
		{path: "huge", get: of((*hocon.Config).Float64), want: 123456789012345678901.0},
		{path: "text", get: of((*hocon.Config).Float64), fails: "shop.conf:1:8: text: is a string that is not a number"},

		{path: "list", get: of((*hocon.Config).IntList), want: []int{1, 2}},
		{path: "list", get: of((*hocon.Config).Float64List), want: []float64{1, 2}},
		{path: "list", get: of((*hocon.Config).StringList), want: []string{"1", "2"}},
		{path: "list", get: of((*hocon.Config).DurationList), want: []time.Duration{time.Millisecond, 2 * time.Millisecond}},
		{path: "list", get: of((*hocon.Config).SizeList), want: []hocon.Size{1, 2}},
		{path: "numbered", get: of((*hocon.Config).StringList), want: []string{"a", "b"}},
		{path: "object", get: of((*hocon.Config).StringList), fails: "shop.conf:15:8: object: is an object, not a list"},
		{path: "text", get: of((*hocon.Config).BoolList), fails: "shop.conf:1:8: text: is a string that is not a list"},
		{path: "mixed", get: of((*hocon.Config).IntList), fails: "shop.conf:13:13: mixed.1: is a string that is not a number\n" +
			"shop.conf:13:16: mixed.2: is null, which counts as not set; set it to a number"},
	} {
		got, err := test.get(c, test.path)
		switch {
		case test.fails != "" && (err == nil || err.Error() != test.fails):
			t.Errorf("%s: got %v and %v, not %s", test.path, got, err, test.fails)
		case test.fails == "" && (err != nil || !reflect.DeepEqual(got, test.want)):
			t.Errorf("%s: got %#v and %v, not %#v", test.path, got, err, test.want)
		}
	}
}

func TestGetterErrorsHaveACode(t *testing.T) {
	t.Parallel()
	c := resolved(t, getterText)
	for path, want := range map[string]hocon.Code{
		"text": hocon.Type, "null": hocon.Missing, "none": hocon.Missing, "text.below": hocon.Missing,
		"open": hocon.Open, "open.below": hocon.Open, "a..b": hocon.Syntax,
	} {
		_, err := c.Duration(path)
		var e *hocon.Error
		if !errors.As(err, &e) || e.Code != want || e.Path != path {
			t.Errorf("%s: got %#v, not %s", path, err, want)
		}
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	c := resolved(t, getterText)
	for path, want := range map[string]bool{
		"text": true, "object.inner": true, "open": true, "null": false, "object.other": false, "text.below": false, "a..b": false,
	} {
		if got := c.Has(path); got != want {
			t.Errorf("Has(%s) is %v", path, got)
		}
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	c := resolved(t, getterText)
	object, err := c.At("object")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := object.Int("inner"); got != 5 || err != nil {
		t.Errorf("inner is %d, %v", got, err)
	}
	if _, err := c.At("list"); err == nil || err.Error() != "shop.conf:12:8: list: is a list, not an object" {
		t.Errorf("a list as an object: %v", err)
	}
}

func TestWalkingValues(t *testing.T) {
	t.Parallel()
	c := resolved(t, "o { b = 1, a = x }, l = [1, null]")
	var got []string
	object, _ := c.Root().Lookup("o")
	for key, v := range object.Members() {
		got = append(got, key+"="+v.Text())
	}
	items, err := c.List("l")
	if err != nil {
		t.Fatal(err)
	}
	items[0] = nil // what List gives away is not the config's own
	list, _ := c.Root().Lookup("l")
	for v := range list.Items() {
		got = append(got, v.Kind().String()+"="+v.Text())
	}
	if want := []string{"b=1", "a=x", "number=1", "null="}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, not %q", got, want)
	}
	for range object.Items() {
		t.Error("an object has an item")
	}
	for range list.Members() {
		t.Error("a list has a member")
	}
}
