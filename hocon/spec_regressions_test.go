package hocon_test

// Mistakes that other implementations make or made, as reported by those who
// met them.
var specRegressions = []specCase{
	{name: "inheritance keeps the base", text: "base { x = 1 }, d = ${base}{ y = 3 }", json: `{"base":{"x":1},"d":{"x":1,"y":3}}`},
	{name: "inheritance in a list", text: "d { x = 1 }, l = [${d}{ y = 2 }, ${d}{ x = 3 }]", json: `{"d":{"x":1},"l":[{"x":1,"y":2},{"x":3}]}`},
	{name: "substitutions in lists", text: "a = 1, l = [${a}, [${a}], { b = ${a} }]", json: `{"a":1,"l":[1,[1],{"b":1}]}`},
	{name: "unset optional is no empty string", text: "a = ${?X}, b = 5, b = ${?X}", json: `{"b":5}`},
	{name: "unset optional doesn't empty a string", text: "a = http${?X}/path", json: `{"a":"http/path"}`},
	{name: "two unset overrides in an included file keep the default", text: "a { include \"i.conf\" }", files: map[string]string{"i.conf": "x = 1\nx = ${?UNSET}\nx = ${?NONE}"}, json: `{"a":{"x":1}}`},
	{name: "include forms are no keys", text: "include required(\"i.conf\")\ninclude file(\"j.conf\")", files: map[string]string{"i.conf": "a = 1", "j.conf": "b = 2"}, json: `{"a":1,"b":2}`},
	{name: "appending to a new key", text: "a.b = {}, a.c += 1", json: `{"a":{"b":{},"c":[1]}}`},
	{name: "two-step self-reference", text: "a = 1, a = ${a}0, a = ${a}0, b = ${a}", json: `{"a":"100","b":"100"}`},
	{name: "comment without white space before it", text: "a = foo//bar\nb = foo#bar", json: `{"a":"foo","b":"foo"}`},
	{name: "no-break space in a key", text: "\u00a0a\u00a0=\u00a01", json: `{"a":1}`},
	{name: "numbers of 21 digits", text: "a = 123456789012345678901", json: `{"a":"123456789012345678901"}`},
	{name: "empty file", text: "include \"e.conf\"", files: map[string]string{"e.conf": ""}, json: `{}`},
	{name: "include order", text: "include \"one.conf\"\ninclude \"two.conf\"", files: map[string]string{"one.conf": "a = 1, b = ${a}", "two.conf": "a = 2"}, json: `{"a":2,"b":2}`},
	{name: "no false circle", text: "a { b { c = 1 }, d = ${a.b.c} }, e = ${a}, a.f = ${e.d}", json: `{"a":{"b":{"c":1},"d":1,"f":1},"e":{"b":{"c":1},"d":1,"f":1}}`},
	{name: "no false circle between siblings", text: "a { x = ${b.y}, z = 1 }, b { y = ${a.z}, w = ${a.x} }", json: `{"a":{"x":1,"z":1},"b":{"w":1,"y":1}}`},
	{name: "included file sees a later value", text: "include \"i.conf\"\na = later", files: map[string]string{"i.conf": "a = first\nb = ${a}"}, json: `{"a":"later","b":"later"}`},
	{name: "braces that don't match", text: "a { b = 1", fails: "syntax 1:10"},
	{name: "override by an optional object", text: "d { x = 1 }\nd = ${?o}\no { x = 2 }", json: `{"d":{"x":2},"o":{"x":2}}`},
	{name: "trailing comment without newline", text: "a = 1 //", json: `{"a":1}`},
	{name: "periods in quoted keys", text: `"www.example.com" { port = 80 }, p = ${"www.example.com".port}`, json: `{"p":80,"www.example.com":{"port":80}}`},
	{name: "override by the environment within a joined object", text: "base { a = 1 }, x = ${base} { port = 80, port = ${?ONE} }", json: `{"base":{"a":1},"x":{"a":1,"port":"1"}}`, differs: "the reference reports a bug of its own"},
	{name: "clearing an object with null", text: "a { x = 1 }, a = null\na { b { y = 2 }, c = ${?a.b}, d = ${?a.u} }", json: `{"a":{"b":{"y":2},"c":{"y":2}}}`, differs: "the reference does not find members of an object that replaced another value"},
}
