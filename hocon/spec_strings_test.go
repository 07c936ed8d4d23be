package hocon_test

// Sections "Unquoted strings" and "Multi-line strings", and quoted strings as
// they are in JSON.
var specStrings = []specCase{
	{name: "unquoted", text: "a = hello", json: `{"a":"hello"}`},
	{name: "unquoted characters", text: "a = x/y_z.w;(v)<u>|t~s%r'q", json: `{"a":"x/y_z.w;(v)<u>|t~s%r'q"}`},
	{name: "unquoted beyond ASCII", text: "a = größe-日本-🚀", json: `{"a":"größe-日本-🚀"}`},
	{name: "hyphen within", text: "a = x-1, b = -x", json: `{"a":"x-1","b":"-x"}`},
	{name: "reserved characters", text: "a = b@c", fails: "syntax 1:6"},
	{name: "reserved plus", text: "a = b+c", fails: "syntax 1:6"},
	{name: "reserved question mark", text: "a = what?", fails: "syntax 1:9"},
	{name: "reserved star", text: "a = *", fails: "syntax 1:5"},
	{name: "reserved backslash", text: `a = b\c`, fails: "syntax 1:6"},
	{name: "reserved backquote", text: "a = `b`", fails: "syntax 1:5"},
	{name: "reserved in a key", text: "a&b = 1", fails: "syntax 1:2"},
	{name: "colon in a value", text: "a = http://x", fails: "syntax 1:9"},
	{name: "dollar without brace", text: "a = $b", fails: "syntax 1:5"},
	{name: "keywords begin strings", text: "a = truefoo, b = nullable, c = falsey, d = true", json: `{"a":"truefoo","b":"nullable","c":"falsey","d":true}`},
	{name: "keywords within strings", text: "a = footrue, b = nonnull", json: `{"a":"footrue","b":"nonnull"}`},
	{name: "keywords are lower case", text: "a = True, b = NULL", json: `{"a":"True","b":"NULL"}`},
	{name: "include as a value", text: "a = include, b = [include]", json: `{"a":"include","b":["include"]}`},
	{name: "escapes", text: `a = "\" \\ \/ \b \f \n \r \t \u00e9 \ud83d\ude80"`, json: `{"a":"\" \\ / \b \f \n \r \t é 🚀"}`},
	{name: "empty", text: `a = "", b = """"""`, json: `{"a":"","b":""}`},
	{name: "bad escape", text: `a = "x\q"`, fails: "syntax 1:7"},
	{name: "bad unicode escape", text: `a = "\u12g4"`, fails: "syntax 1:6"},
	{name: "short unicode escape", text: `a = "\u12"`, fails: "syntax 1:6"},
	{name: "not closed", text: "a = \"x\nb = 1", fails: "syntax 1:5"},
	{name: "not closed at the end", text: `a = "x`, fails: "syntax 1:5"},
	{name: "control character", text: "a = \"x\u0001\"", fails: "syntax 1:7"},
	{name: "tab in quotes", text: "a = \"x\ty\"", fails: "syntax 1:7"},
	{name: "no substitution in quotes", text: `a = "${b}", b = 1`, json: `{"a":"${b}","b":1}`},
	{name: "triple quotes", text: "a = \"\"\"one\n  \"two\" \\n\n\"\"\"", json: `{"a":"one\n  \"two\" \\n\n"}`},
	{name: "triple quotes keep carriage returns", text: "a = \"\"\"x\r\ny\"\"\"", json: `{"a":"x\r\ny"}`},
	{name: "triple quotes end at the last of many quotes", text: `a = """x""""", b = """"y"""`, json: `{"a":"x\"\"","b":"\"y"}`},
	{name: "triple quotes not closed", text: "a = \"\"\"x\ny\"\"", fails: "syntax 1:5"},
	{name: "no substitution in triple quotes", text: `a = """${b}"""`, json: `{"a":"${b}"}`},
	{name: "position after triple quotes", text: "a = \"\"\"x\ny\"\"\"\nb = ]", fails: "syntax 3:5"},
}

// Numbers have JSON's grammar in the text; what looks like one but isn't is a
// string.
var specNumbers = []specCase{
	{name: "integers", text: "a = 0, b = -12, c = 9223372036854775807", json: `{"a":0,"b":-12,"c":9223372036854775807}`},
	{name: "fractions and exponents", text: "a = 1.5, b = 2e3, c = -1.25E-2", json: `{"a":1.5,"b":2e3,"c":-1.25E-2}`},
	{name: "number then text", text: "a = 10ms, b = 1.2.3, c = 10.0.0.1, d = 1st", json: `{"a":"10ms","b":"1.2.3","c":"10.0.0.1","d":"1st"}`},
	{name: "hyphens", text: "a = 1-2, b = 2024-01-31, c = -", json: `{"a":"1-2","b":"2024-01-31","c":"-"}`},
	{name: "kept as written in strings", text: `a = 1.0 x, b = 1e5"", c = 007 agents`, json: `{"a":"1.0 x","b":"1e5","c":"007 agents"}`},
	{name: "no number of the language", text: "a = NaN, b = Infinity, c = 0x10", json: `{"a":"NaN","b":"Infinity","c":"0x10"}`},
}
