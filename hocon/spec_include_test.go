package hocon_test

// Section "Includes".
var specInclude = []specCase{
	{name: "plain", text: `include "a.conf"`, files: map[string]string{"a.conf": "x = 1"}, json: `{"x":1}`},
	{name: "forms", text: "include \"a.conf\"\ninclude file(\"b.conf\")\ninclude required(\"c.conf\"), include required( file( \"d.conf\" ) )", files: map[string]string{"a.conf": "a = 1", "b.conf": "b = 1", "c.conf": "c = 1", "d.conf": "d = 1"}, json: `{"a":1,"b":1,"c":1,"d":1}`},
	{name: "name on the next line", text: "include\n\n  \"a.conf\"", files: map[string]string{"a.conf": "x = 1"}, json: `{"x":1}`},
	{name: "in an object", text: "a { include \"a.conf\" }, b.c { y = 0, include \"a.conf\" }", files: map[string]string{"a.conf": "x = 1"}, json: `{"a":{"x":1},"b":{"c":{"x":1,"y":0}}}`},
	{name: "overrides what is before, yields to what is after", text: "x = 1, y = 1, o { p = 1 }\ninclude \"a.conf\"\ny = 3", files: map[string]string{"a.conf": "x = 2, y = 2, o { q = 2 }"}, json: `{"o":{"p":1,"q":2},"x":2,"y":3}`},
	{name: "missing", text: "include \"nowhere.conf\", a = 1", json: `{"a":1}`},
	{name: "missing without extension", text: "include \"nowhere\", a = 1", json: `{"a":1}`},
	{name: "missing and required", text: "a = 1\ninclude required(\"nowhere.conf\")", fails: "include 2:1"},
	{name: "missing file and required", text: "include required(file(\"nowhere.conf\"))", fails: "include 1:1"},
	{name: "relative to the including file", text: `include "sub/a.conf"`, files: map[string]string{"sub/a.conf": "include \"b.conf\"\ninclude \"../c.conf\"", "sub/b.conf": "b = 1", "c.conf": "c = 1", "b.conf": "b = 2"}, json: `{"b":1,"c":1}`},
	{name: "syntax error in the included file", text: "include \"sub/a.conf\"", files: map[string]string{"sub/a.conf": "a = 1\nb = ]"}, fails: "syntax sub/a.conf:2:5"},
	{name: "list at the root of the included file", text: "include \"a.conf\"", files: map[string]string{"a.conf": "[1]"}, fails: "type a.conf:1:1"},
	{name: "all extensions, the last wins", text: `include "a"`, files: map[string]string{"a.conf": "x = conf", "a.json": `{"x": "json", "y": "json"}`, "a.properties": "x = properties\ny = properties\nz = properties\n"}, json: `{"x":"conf","y":"json","z":"properties"}`},
	{name: "substitution is made relative", text: `a { include "a.conf" }`, files: map[string]string{"a.conf": "x = 10, y = ${x}"}, json: `{"a":{"x":10,"y":10}}`},
	{name: "relative and overridden", text: "a { include \"a.conf\" }\na { x = 42 }", files: map[string]string{"a.conf": "x = 10, y = ${x}"}, json: `{"a":{"x":42,"y":42}}`},
	{name: "substitution of the root, too", text: "bar = 1\na { include \"a.conf\" }", files: map[string]string{"a.conf": "y = ${bar}"}, json: `{"a":{"y":1},"bar":1}`},
	{name: "the relative one goes first", text: "bar = 1\na { bar = 2, include \"a.conf\" }", files: map[string]string{"a.conf": "y = ${bar}"}, json: `{"a":{"bar":2,"y":2},"bar":1}`},
	{name: "sees a later value of the including file", text: "include \"a.conf\"\na = 2", files: map[string]string{"a.conf": "a = 1, b = ${a}"}, json: `{"a":2,"b":2}`},
	{name: "relative through two files", text: `a { include "b.conf" }`, files: map[string]string{"b.conf": `b { include "c.conf" }`, "c.conf": "x = 1, y = ${x}"}, json: `{"a":{"b":{"x":1,"y":1}}}`},
	{name: "self-reference across files", text: "path = [a]\ninclude \"a.conf\"\npath += c", files: map[string]string{"a.conf": "path = ${path} [b]"}, json: `{"path":["a","b","c"]}`},
	{name: "appending in an included object", text: "o { l = [a] }\no { include \"a.conf\" }", files: map[string]string{"a.conf": "l += b"}, json: `{"o":{"l":["a","b"]}}`},
	{name: "the same file twice", text: "a { include \"a.conf\" }, b { include \"a.conf\", x = 2 }", files: map[string]string{"a.conf": "x = 1, y = ${x}"}, json: `{"a":{"x":1,"y":1},"b":{"x":2,"y":2}}`},
	{name: "missing substitution in an included file", text: "\na { include \"a.conf\" }", files: map[string]string{"a.conf": "x = 1\ny = ${z}"}, fails: "missing a.conf:2:5"},
	{name: "a file that includes itself", text: "include \"main.conf\"", fails: "include 1:1"},
	{name: "two that include each other", text: "include \"a.conf\"", files: map[string]string{"a.conf": "include \"main.conf\""}, fails: "include a.conf:1:1"},
	{name: "unquoted name", text: "include a.conf", fails: "syntax 1:9"},
	{name: "substitution as name", text: "include ${a}", fails: "syntax 1:9"},
	{name: "joined name", text: "include \"a\" \"b\"", fails: "syntax 1:13"},
	{name: "parenthesis not closed", text: "include file(\"a.conf\"", fails: "syntax 1:22"},
	{name: "class path", text: "include classpath(\"a.conf\")", fails: "include 1:9", differs: "left out on purpose"},
	{name: "url", text: "include url(\"file:///a.conf\")", fails: "include 1:9", differs: "left out on purpose"},
	{name: "JSON file by its name", text: "include \"a.json\"", files: map[string]string{"a.json": `{"a.b": {"c": "${d}"}}`}, json: `{"a.b":{"c":"${d}"}}`},
	{name: "JSON file by its name is read as the including file's syntax", text: "include \"a.json\"", files: map[string]string{"a.json": `{"a": 1, b: 2}`}, json: `{"a":1,"b":2}`},
	{name: "JSON found without its extension is strict", text: "include \"a\"", files: map[string]string{"a.json": `{"a": 1, b: 2}`}, fails: "syntax a.json:1:10"},
}

// Section "Substitution fallback to environment variables", with the map that
// is given in place of the process's environment.
var specEnvironment = []specCase{
	{name: "fallback", text: "a = ${REGION}", json: `{"a":"eu-1"}`},
	{name: "the document goes first", text: "a = ${REGION}, REGION = us", json: `{"REGION":"us","a":"us"}`},
	{name: "null hides it", text: "REGION = null, a = ${REGION}, b = ${?REGION}", json: `{"REGION":null,"a":null,"b":null}`},
	{name: "override", text: "a = 1, a = ${?ONE}, b = 1, b = ${?NONE}", json: `{"a":"1","b":1}`},
	{name: "always a string", text: "a = ${ONE}, b = ${TRUE}, c = ${LIST}", json: `{"a":"1","b":"true","c":"[1]"}`},
	{name: "empty is set", text: "a = 1, a = ${?EMPTY}", json: `{"a":""}`},
	{name: "no substitution in it", text: "a = ${OPEN}, b = 1", json: `{"a":"${b}","b":1}`},
	{name: "in an included object", text: `a { include "a.conf" }`, files: map[string]string{"a.conf": "x = ${REGION}"}, json: `{"a":{"x":"eu-1"}}`},
	{name: "not by a path", text: "a = ${?x.y}, b { c = ${?b.REGION} }", json: `{"b":{}}`},
	{name: "not below one", text: "a = ${?REGION.b}", json: `{}`},
	{name: "unused ones leave no trace", text: "a = 1", json: `{"a":1}`},
	{name: "not of the process", text: "a = ${PATH}", fails: "missing 1:5"},
	{name: "itself", text: "REGION = ${REGION}", fails: "cycle 1:10"},
	{name: "itself, optional", text: "REGION = ${?REGION}", json: `{}`},
	{name: "itself over a default", text: "REGION = here, REGION = ${?REGION}", json: `{"REGION":"here"}`},
	{name: "itself in a string", text: "REGION = ${?REGION}-a", json: `{"REGION":"-a"}`},
}

// Sections "Conversion of numerically-indexed objects to arrays" and "Java
// properties mapping".
var specConversion = []specCase{
	{name: "numeric keys join a list", text: "a { 0 = x, 1 = y }, b = [w] ${a}, c = ${a} [z]", json: `{"a":{"0":"x","1":"y"},"b":["w","x","y"],"c":["x","y","z"]}`},
	{name: "in the order of the numbers", text: "a { 10 = c, 2 = b, 0 = a }, b = [] ${a}", json: `{"a":{"0":"a","2":"b","10":"c"},"b":["a","b","c"]}`},
	{name: "other keys are left out", text: "a { 0 = x, k = y }, b = [] ${a}", json: `{"a":{"0":"x","k":"y"},"b":["x"]}`},
	{name: "no numeric key", text: "a { k = y }\nb = [] ${a}", fails: "type 2:5"},
	{name: "appending to numeric keys", text: "a { 0 = x }, a += y", json: `{"a":["x","y"]}`},
	{name: "not without a list", text: "a { 0 = x }, b = ${a}", json: `{"a":{"0":"x"},"b":{"0":"x"}}`},
	{name: "properties", text: `include "p"`, files: map[string]string{"p.properties": "a.b = 1\na.c: two words \nd   x\ne\n"}, json: `{"a":{"b":"1","c":"two words "},"d":"x","e":""}`},
	{name: "properties comments and continued lines", text: `include "p"`, files: map[string]string{"p.properties": "# one\n! two\na = x\\\n    y\nb = # no comment\n"}, json: `{"a":"xy","b":"# no comment"}`},
	{name: "properties escapes", text: `include "p"`, files: map[string]string{"p.properties": "a\\ b = \\u00e9\\t\\:\nc\\=d = \\q\n"}, json: `{"a b":"é\t:","c=d":"q"}`},
	{name: "properties object wins over string", text: `include "p"`, files: map[string]string{"p.properties": "a = hello\na.b = world\n"}, json: `{"a":{"b":"world"}}`},
	{name: "properties have no substitutions", text: "include \"p\"\nb = 1", files: map[string]string{"p.properties": "a = ${b}"}, json: `{"a":"${b}","b":1}`},
	{name: "properties merge like others", text: "a { b = 0, c = 0 }\ninclude \"p\"", files: map[string]string{"p.properties": "a.b = 1"}, json: `{"a":{"b":"1","c":0}}`},
	{name: "properties keys with empty elements", text: `include "p"`, files: map[string]string{"p.properties": "a. = 1\n.b = 2\n"}, json: `{"":{"b":"2"},"a":{"":"1"}}`},
}
