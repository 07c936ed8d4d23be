package hocon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// files is a file system of texts.
func files(texts map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, text := range texts {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

// included is the compact JSON of main.conf among other files.
func included(main string, others map[string]string, o Options) (string, error) {
	all := files(others)
	all["main.conf"] = &fstest.MapFile{Data: []byte(main)}
	o.Files = all
	d, err := ParseFile("main.conf", o)
	if err != nil {
		return "", err
	}
	c, err := d.Resolve(ResolveOptions{Env: map[string]string{"E": "env"}})
	if err != nil {
		return "", err
	}
	b, err := c.Root().AppendJSON(nil)
	return string(b), err
}

func TestInclude(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"a.conf": "x = 1", "b.json": `{"x": "json", "y": "json"}`, "b.conf": "x = conf", "b.properties": "x=p\ny=p\nz=p",
		"sub/c.conf": `include "d", include file("a.conf")`, "sub/d.conf": "d = ${v}, e = ${?E}, v = inner",
		"only.properties": "n=1", "back.conf": "p = ${p}x", "colon.properties": "u=http://x",
	}
	for main, want := range map[string]string{
		`include "a"`:                           `{"x":1}`,
		`include "a.conf", x = 2`:               `{"x":2}`,
		"x = 0\ninclude\n\"a\"":                 `{"x":1}`,
		`include "b"`:                           `{"x":"conf","y":"json","z":"p"}`,
		`include "none", k = 1`:                 `{"k":1}`,
		`include ""`:                            `{}`,
		`include "a/"`:                          `{}`,
		`include required( file( "a" ) )`:       `{"x":1}`,
		`include "only.properties"`:             `{"n":1}`,
		`include file("only.properties")`:       `{"n":"1"}`,
		`include file("colon.properties")`:      `{"u":"http://x"}`,
		`include "sub/c"`:                       `{"d":"inner","e":"env","v":"inner","x":1}`,
		`o { include "sub/d" }, o.v = outer`:    `{"o":{"d":"outer","e":"env","v":"outer"}}`,
		`v = top, o { include "a", p = ${o.x}}`: `{"o":{"p":1,"x":1},"v":"top"}`,
		`p = 1, p = 2, include "back"`:          `{"p":"2x"}`,
		`l = [{ include "a" }]`:                 `{"l":[{"x":1}]}`,
		`"include" = 1, a.include = 2`:          `{"a":{"include":2},"include":1}`,
	} {
		if got, err := included(main, others, Options{}); err != nil || got != want {
			t.Errorf("%s\n got %s, %v\nwant %s", main, got, err, want)
		}
	}
}

func TestIncludeRefuses(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"a.conf": `include "sub/b"`, "sub/b.conf": `include "../a"`, "open.conf": "x = ${y}", "wrong.conf": "x = \n\n}",
	}
	for _, test := range []struct {
		main string
		code Code
		want string
	}{
		{`include required("none")`, Include, "main.conf:1:1: there is no file none.conf, .json or .properties"},
		{`include required(file("none.conf"))`, Include, "main.conf:1:1: there is no file none.conf;"},
		{`include "../secret"`, Include, `main.conf:1:1: "../secret" leaves the root`},
		{`include file("sub/../../secret.conf")`, Include, `main.conf:1:1: "sub/../../secret.conf" leaves the root`},
		{`include "/etc/passwd"`, Include, `main.conf:1:1: "/etc/passwd" is an absolute path`},
		{`include "https://example.org/a.conf"`, Include, `main.conf:1:1: "https://example.org/a.conf" is a URL`},
		{`include url("https://example.org")`, Include, "main.conf:1:9: url(…) reads from outside"},
		{`include required(classpath("a"))`, Include, "main.conf:1:9: classpath(…) reads from outside"},
		{`include "a"`, Include, "sub/b.conf:1:1: a file includes itself: a.conf includes sub/b.conf includes a.conf"},
		{`include a.conf`, Syntax, `main.conf:1:9: include is followed by "a.conf"`},
		{`include = 1`, Syntax, "main.conf:1:9: found '='"},
		{`include file("a"`, Syntax, `main.conf:1:17: include file(… ends with ""`},
		{`include req uired("a")`, Syntax, `main.conf:1:13: found the text "uired("`},
		{`l = [{ include "open" }]`, Include, "main.conf:1:8: open.conf holds substitutions and is included within a list"},
		{`include "wrong"`, Syntax, "wrong.conf:3:1: found '}', expected a value"},
	} {
		_, err := included(test.main, others, Options{})
		refused(t, test.main, err, test.code, test.want)
	}
	_, err := Parse("t.conf", []byte(`include "a"`), Options{})
	refused(t, "no files", err, Include, "t.conf:1:1: this text may not include files; set Options.Files")
	_, err = ParseFile("../t.conf", Options{Files: files(nil)})
	refused(t, "outside", err, Include, "../t.conf: is no path below the root")
	_, err = ParseFile("t.conf", Options{Files: files(nil)})
	refused(t, "none", err, Include, "t.conf: there is no such file")
}

func TestRequireIncludes(t *testing.T) {
	t.Parallel()
	strict := Options{RequireIncludes: true}
	for _, main := range []string{
		"include \"none\" # optional\n", "include \"none\" // optional", "x = 0\ninclude file(\"none\")# optional \ny = 1",
	} {
		if _, err := included(main, nil, strict); err != nil {
			t.Errorf("%s\n%v", main, err)
		}
	}
	for _, main := range []string{
		`include "none"`, "include \"none\" # not optional", "include \"none\"\n# optional", "include required(\"none\") # optional",
	} {
		_, err := included(main, nil, strict)
		refused(t, main, err, Include, "main.conf:1:1: there is no file none")
	}
}

func TestIncludeStaysBelowARoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.conf"), []byte("key = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(dir, "root")
	if err := os.Mkdir(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"out.conf": "../secret.conf", "abs.conf": filepath.Join(dir, "secret.conf"), "in.conf": "main.json"} {
		if err := os.Symlink(target, filepath.Join(inner, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(inner, "main.json"), []byte(`{"k": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(inner)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	o := Options{Files: root.FS()}
	for _, name := range []string{"out", "abs.conf"} {
		_, err := Parse("t.conf", []byte(`include "`+name+`"`), o)
		refused(t, name, err, Include, "t.conf:1:1: cannot read "+strings.TrimSuffix(name, ".conf")+".conf: path escapes from parent")
	}
	if _, err := Parse("t.conf", []byte(`include required("in")`), o); err != nil {
		t.Errorf("a link within the root: %v", err)
	}
}
