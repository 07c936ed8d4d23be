package hocon

import (
	"errors"
	"strings"
	"testing"
)

// resolved is the compact JSON of a text.
func resolved(t *testing.T, text string) string {
	t.Helper()
	c := config(t, text, ResolveOptions{})
	b, err := c.Root().AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// config is a text's, which has no mistakes.
func config(t *testing.T, text string, o ResolveOptions) *Config {
	t.Helper()
	d, err := Parse("t.conf", []byte(text), Options{})
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	c, err := d.Resolve(o)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return c
}

// refused checks that an error is of a code and begins with a text.
func refused(t *testing.T, text string, err error, code Code, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != code || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%s\n got %v\nwant %s error %s", text, err, code, want)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", `{}`},
		{"comments only", "# a\n// b", `{}`},
		{"braces", "{ a : 1 }", `{"a":1}`},
		{"separators", "a : 1, b = 2\nc 	{ d = 3, }", `{"a":1,"b":2,"c":{"d":3}}`},
		{"lists", "a = [1, 2\n3\n, 4,]", `{"a":[1,2,3,4]}`},
		{"value on the next line", "a =\n# why\n 1", `{"a":1}`},
		{"text keeps inner white space", "a =  b  c\t\"d\" 5 ", `{"a":"b  c\td 5"}`},
		{"text of many pieces", "a = 1.0 true null x", `{"a":"1.0 true null x"}`},
		{"words in text", "a = trueish, b = true, c = nullable", `{"a":"trueish","b":true,"c":"nullable"}`},
		{"objects join", "a = { b = 1 } { c = 2 } { b = 3 }", `{"a":{"b":3,"c":2}}`},
		{"lists join", "a = [1] [2]\t[3]", `{"a":[1,2,3]}`},
		{"numbered object joins a list", "a = { 10 = y, 2 = x, k = z } [w]", `{"a":["x","y","w"]}`},
		{"list joins a numbered object", "a = [w] { 0 = x }", `{"a":["w","x"]}`},
		{"paths", "a.b.c = 1\na.b.d = 2\n\"a.b\" = 3", `{"a":{"b":{"c":1,"d":2}},"a.b":3}`},
		{"path with spaces", "a b.c d = 1", `{"a b":{"c d":1}}`},
		{"numeric path", "1.5 = x", `{"1":{"5":"x"}}`},
		{"last one wins", "a = 1, a = 2", `{"a":2}`},
		{"objects merge", "a { b = 1 }, a { c = 2 }", `{"a":{"b":1,"c":2}}`},
		{"a value between parts objects", "a { b = 1 }, a = null, a { c = 2 }", `{"a":{"c":2}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := resolved(t, test.text); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.text, got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		code       Code
		want       string
	}{
		{"list at the top", "[1]", Type, "t.conf:1:1: the file holds a list"},
		{"behind the end", "{a=1} b", Syntax, `t.conf:1:7: found the text "b", expected the end of the file`},
		{"open object", "a {\n b = 1\n", Syntax, "t.conf:3:1: the file ends within an object; the { of t.conf:1 is never closed"},
		{"open list", "a = [1", Syntax, "t.conf:1:7: the file ends within a list; the [ of t.conf:1 is never closed"},
		{"open substitution", "a = ${b", Syntax, "t.conf:1:8: found the end of the file, expected } at the end of ${b"},
		{"brace too many", "a = 1 }", Syntax, "t.conf:1:7: found '}', expected a comma or the end of the line; is there one '}' too many"},
		{"no value", "a = \n}", Syntax, "t.conf:2:1: found '}', expected a value"},
		{"no separator", "a", Syntax, "t.conf:1:2: found the end of the file, expected = or : or { behind the key a"},
		{"two on a line", "a = 1 b = 2", Syntax, "t.conf:1:9: found '=', expected a comma or the end of the line; a text with '=' in it needs quotes"},
		{"unquoted URL", "a = http://x", Syntax, "t.conf:1:9: found ':'"},
		{"comma at the beginning", "{, a = 1}", Syntax, "t.conf:1:2: found ','"},
		{"two commas", "a = [1,,2]", Syntax, "t.conf:1:8: found ','"},
		{"object behind an object without a separator", "a { b = 1 } { c = 2 }", Syntax, "t.conf:1:13: found '{'"},
		{"empty key", "a..b = 1", Syntax, "t.conf:1:1: a path begins or ends with a dot"},
		{"list and text", "a = [1] x", Type, "t.conf:1:5: cannot join a list with a string"},
		{"object and list", "a = {b = 1} [2]", Type, "t.conf:1:5: cannot join an object with a list"},
		{"append within a list", "a = [{b += 1}]", Syntax, "t.conf:1:12: += within a list"},
		{"not UTF-8", "a = 1\nb = \xff", Encoding, "t.conf:2:5: the file is not UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("t.conf", []byte(test.text), Options{})
			refused(t, test.text, err, test.code, test.want)
		})
	}
}

func TestParseJSON(t *testing.T) {
	t.Parallel()
	d, err := Parse("t.json", []byte(`{ "a.b": [1, -2.5, "x", true, null], "c": {} }`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Resolve(ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Root().AppendJSON(nil); err != nil || string(got) != `{"a.b":[1,-2.5,"x",true,null],"c":{}}` {
		t.Errorf("got %s, %v", got, err)
	}
	for text, want := range map[string]string{
		``:                     "t.json:1:1: found the end of the file",
		`{a: 1}`:               "t.json:1:2: found the text",
		`{"a" = 1}`:            "t.json:1:6: found '='",
		`{"a": b}`:             "t.json:1:7: found the text",
		`{"a": ${b}}`:          "t.json:1:7: found '${'",
		`{"a": 1,}`:            "t.json:1:9: found '}'",
		`{"a": [1,]}`:          "t.json:1:10: found ']'",
		"{\"a\": 1\n\"b\": 2}": "t.json:2:1: found a quoted text",
		"{} # x":               "t.json:1:4: a comment in JSON",
		`{"a": 1, "a": 2}`:     "t.json:1:10: JSON has each key once, and a is set at t.json:1",
		`{"a": """b"""}`:       "t.json:1:9: found a quoted text",
	} {
		_, err := Parse("t.json", []byte(text), Options{})
		refused(t, text, err, Syntax, want)
	}
}

func TestParseProperties(t *testing.T) {
	t.Parallel()
	text := "# c\n! d\na.b=1\na = lost\n  k\\ e\\=y : v \\\n   w\nu=\\u00e9\\t\\q\ns=\\ud83d\\ude80\nempty\na.b=2\r\nx  y\n"
	d, err := Parse("t.properties", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Resolve(ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":{"b":"2"},"empty":"","k e=y":"v w","s":"🚀","u":"é\tq","x":"y"}`
	if got, err := c.Root().AppendJSON(nil); err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	v, err := c.Lookup("u")
	if err != nil || v.Origin() != (Origin{File: "t.properties", Line: 7, Column: 1}) {
		t.Errorf("u is at %+v, %v", v.Origin(), err)
	}
	d, err = Parse("t.properties", []byte(`\`), Options{})
	if err != nil || d.root.find("") == nil {
		t.Errorf("a backslash alone: %v, want the empty key", err)
	}
	_, err = Parse("t.properties", []byte("a=1\nb=\\u12"), Options{})
	refused(t, "b", err, Syntax, "t.properties:2:1: \\u is not followed by four hexadecimal digits")
}
