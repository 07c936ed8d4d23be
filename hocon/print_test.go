package hocon_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/hocon"
)

const printText = `
name = cart
10 = ten, 9 = nine, 010 = "oh ten", a1 = x
numbers = [007, 01.50, 1., -.5, 2E+3, -0, 1.10]
words = [yes, "true", "null", "1", 1s, "a b", "", "//x", a//
  /x/y, "${no}", "include"]
"quoted key" { "a.b" = 1, "" = 2, "include" = 3 }
text = """first
	second \ "quoted"
"""
escapes = "\u0000\b\f\r\t\n\"\\\u007f\u0085é🚀</>"
nested { list = [[], {}, [1, [2]], { b = 1, a = null }], empty {} }
long = [aaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc]
`

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	want := `{"9":"nine","010":"oh ten","10":"ten","a1":"x","escapes":"\u0000\b\f\r\t\n\"\\\u007f\u0085é🚀</>",` +
		`"long":["aaaaaaaaaaaaaaaaaaaaaaaa","bbbbbbbbbbbbbbbbbbbbbbbbbbbb","cccccccccccccccccccccccc"],"name":"cart",` +
		`"nested":{"empty":{},"list":[[],{},[1,[2]],{"a":null,"b":1}]},"numbers":[7,1.50,1,-0.5,2E+3,-0,1.10],` +
		`"quoted key":{"":2,"a.b":1,"include":3},"text":"first\n\tsecond \\ \"quoted\"\n",` +
		`"words":["yes","true","null","1","1s","a b","","//x","a","/x/y","${no}","include"]}`
	config := resolved(t, printText)
	if got := text(t, config.WriteJSON); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	appended, err := config.Root().AppendJSON([]byte("before "))
	if err != nil || string(appended) != "before "+want {
		t.Errorf("appended: %s, %v", appended, err)
	}
}

func TestWriteIndentedJSON(t *testing.T) {
	t.Parallel()
	want := `{
  "a": {
    "b": [
      1,
      {
        "c": "x"
      }
    ],
    "d": []
  },
  "e": {}
}
`
	if got := text(t, resolved(t, "e {}, a { d = [], b = [1, { c = x }] }").WriteIndentedJSON); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := text(t, resolved(t, "").WriteIndentedJSON); got != "{}\n" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestWriteHOCON(t *testing.T) {
	t.Parallel()
	want := `9 = nine
010 = "oh ten"
10 = ten
a1 = x
escapes = "\u0000\b\f\r\t\n\"\\\u007f\u0085é🚀</>"
long = [
  aaaaaaaaaaaaaaaaaaaaaaaa
  bbbbbbbbbbbbbbbbbbbbbbbbbbbb
  cccccccccccccccccccccccc
]
name = cart
nested {
  empty {}
  list = [
    []
    {}
    [
      1
      [2]
    ]
    {
      a = null
      b = 1
    }
  ]
}
numbers = [007, 01.50, 1., -.5, 2E+3, -0, 1.10]
"quoted key" {
  "" = 2
  "a.b" = 1
  "include" = 3
}
text = """first
	second \ "quoted"
"""
words = [
  yes
  "true"
  "null"
  "1"
  "1s"
  "a b"
  ""
  "//x"
  a
  /x/y
  "${no}"
  "include"
]
`
	config := resolved(t, printText)
	got := text(t, config.WriteHOCON)
	if got != want {
		t.Errorf("got\n%s", got)
	}
	again := resolved(t, got)
	if text(t, again.WriteJSON) != text(t, config.WriteJSON) || text(t, again.WriteHOCON) != got {
		t.Errorf("read back it is\n%s", text(t, again.WriteHOCON))
	}
}

// TestWriteHOCONKeepsSubstitutions holds that what is printed means the same, in
// each environment, as what it was printed from.
func TestWriteHOCONKeepsSubstitutions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"required", "a = ${X}", "a = ${X}\n"},
		{"fallback", "a = 1, a = ${?X}", "a = 1\na = ${?X}\n"},
		{"fallback of a fallback", "a = 1, a = ${?X}, a = ${?Y}", "a = 1\na = ${?X}\na = ${?Y}\n"},
		{"what is hidden anyway", "a = 0, a = 1, a = ${?X}", "a = 1\na = ${?X}\n"},
		{"fallback below a required one", "a = secret, a = ${X}", "a = ${X}\n"},
		{"fallback below a text", "a = secret, a = p${?X}", "a = \"p\"${?X}\n"},
		{"fallback below a required one below an optional one", "a = secret, a = ${X}, a = ${?Y}", "a = ${X}\na = ${?Y}\n"},
		{"fallback below several", "a = 1, a = ${?X}${?Y}", "a = 1\na = ${?X}${?Y}\n"},
		{"fallback below white space", "a = secret, a = ${?X} ${?Y}", "a = ${?X} ${?Y}\n"},
		{"itself below a required one", "o.a = 1, o.a = ${?X}, o.a = ${o.a}m, o.a = ${?Y}", "o {\n  a = 1\n  a = ${?X}\n  a = ${o.a}\"m\"\n  a = ${?Y}\n}\n"},
		{"object as fallback", "a { b = 1 }, a = ${?X}", "a {\n  b = 1\n}\na = ${?X}\n"},
		{"nested", "o { a = 1, a = ${?X} }", "o {\n  a = 1\n  a = ${?X}\n}\n"},
		{"joined", `a = "p-"${X}":"${?Y}`, "a = \"p-\"${X}\":\"${?Y}\n"},
		{"joined with what is known", "b = x, a = ${b}${X}", "a = \"x\"${X}\nb = x\n"},
		{"joined with a number", "a = 1${?X}", "a = 1${?X}\n"},
		{"white space between", "a = ${?X}  ${?Y}", "a = ${?X}  ${?Y}\n"},
		{"white space beside what is not set", "a = ${?b} ${?X}, b = null", "a = \"null \"${?X}\nb = null\n"},
		{"in a list", "a = [${?X}, y]", "a = [${?X}, y]\n"},
		{"with a fallback, in a list", "a = 1, a = ${?X}, l = [${a}]", "a = 1\na = ${?X}\nl = [${a}]\n"},
		{"referred to", "a = 1, a = ${?X}, b = ${a}", "a = 1\na = ${?X}\nb = 1\nb = ${?X}\n"},
		{"referred to within a text", "a = 1, a = ${?X}, b = ${a}m", "a = 1\na = ${?X}\nb = ${a}\"m\"\n"},
		{"itself", "a = 1, a = ${?X}, a = ${a}m", "a = 1\na = ${?X}\na = ${a}\"m\"\n"},
		{"quoted path", `a = ${"X Y".z}`, "a = ${\"X Y\".z}\n"},
	} {
		config := resolved(t, test.text)
		got := text(t, config.WriteHOCON)
		if got != test.want {
			t.Errorf("%s: got\n%snot\n%s", test.name, got, test.want)
			continue
		}
		for _, env := range []map[string]string{{"X": "one", "Y": "two"}, {"X": "one"}, {"Y": "two"}, {}} {
			want, one := meaning(t, test.text, env)
			got, other := meaning(t, got, env)
			if got != want || (one == nil) != (other == nil) {
				t.Errorf("%s with %v: got %s, %v, not %s, %v", test.name, env, got, other, want, one)
			}
		}
	}
}

// meaning is a text as JSON in an environment.
func meaning(t *testing.T, hoconText string, env map[string]string) (string, error) {
	t.Helper()
	document, err := hocon.Parse("a.conf", []byte(hoconText), hocon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config, err := document.Resolve(hocon.ResolveOptions{Env: env})
	if err != nil {
		return "", err
	}
	return text(t, config.WriteJSON), nil
}

func TestWriteProperties(t *testing.T) {
	t.Parallel()
	config := resolved(t, `
db { pool = 010, "max wait" = " 1 s " }
hosts = [a, { port = 1 }]
"log.level" { com = on }
empty { list = [], object {}, null = null }
"=:#!" = "=:#!\\\n\t\r\f\u0008é🚀"
"" = none
text = "#no"
`)
	want := `=none
\=\:#!==:#!\\\n\t\r\f\u0008\u00e9\ud83d\ude80
db.max\ wait=\ 1 s 
db.pool=010
hosts.0=a
hosts.1.port=1
log.level.com=on
text=\#no
`
	got := text(t, config.WriteProperties)
	if got != want {
		t.Errorf("got\n%s", got)
	}
	document, err := hocon.Parse("a.properties", []byte(got), hocon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := document.Resolve(hocon.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, again.WriteProperties); got != want {
		t.Errorf("read back it is\n%s", got)
	}
}

func TestWritePropertiesRefusesPathsThatBecomeTheSame(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := resolved(t, `a.b = 1, "a.b" = 2, c = 3`).WriteProperties(&out)
	want := "shop.conf:1:18: a.b: is the same property as the one at shop.conf:1; " +
		"properties cannot tell a key with a dot in it from two keys: rename one, or print JSON or HOCON"
	if err == nil || err.Error() != want || out.Len() > 0 {
		t.Errorf("got %v and %q, not %s", err, out.String(), want)
	}
}

// TestPrintersRefuseOpenSubstitutions holds that nothing is written, and that
// what is known beside the substitution isn't shown.
func TestPrintersRefuseOpenSubstitutions(t *testing.T) {
	t.Parallel()
	config := resolved(t, "b = [x, ${?X}], a = p${Y}${Z}, c = 1")
	want := "shop.conf:1:21: a: ${Y} and ${Z} is kept open, so the value is not known; print it as HOCON, or resolve it\n" +
		"shop.conf:1:9: b.1: ${?X} is kept open, so the value is not known; print it as HOCON, or resolve it"
	for name, write := range map[string]func(io.Writer) error{
		"JSON": config.WriteJSON, "indented JSON": config.WriteIndentedJSON, "properties": config.WriteProperties,
	} {
		var out bytes.Buffer
		err := write(&out)
		if err == nil || err.Error() != want || out.Len() > 0 {
			t.Errorf("%s: %v and %q", name, err, out.String())
		}
	}
	if _, err := config.Root().AppendJSON(nil); err == nil || err.Error() != want {
		t.Errorf("appended: %v", err)
	}
}

func TestPrintersTellOfSoManyOpenSubstitutions(t *testing.T) {
	t.Parallel()
	var errs hocon.Errors
	err := resolved(t, "a = ["+strings.Repeat("${X}\n", 1000)+"]").WriteJSON(io.Discard)
	if !errors.As(err, &errs) || len(errs) != 25 {
		t.Errorf("%d errors: %v", len(errs), err)
	}
}

func TestLeaves(t *testing.T) {
	t.Parallel()
	config := resolved(t, `b = [x, [], [1]], "a.b" { "" = 1, c {}, d = null, e = ${?X} }`)
	var got []string
	for path, v := range config.Leaves() {
		got = append(got, path+" "+v.Kind().String())
	}
	want := `"a.b"."" number, "a.b".c object, "a.b".d null, "a.b".e open substitution, b.0 string, b.1 list, b.2.0 number`
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	for path := range config.Leaves() {
		got = append(got[:0], path)
		if path == `"a.b".d` {
			break
		}
	}
	if got[0] != `"a.b".d` {
		t.Errorf("the walk ended at %s", got[0])
	}
	for path, v := range resolved(t, "").Leaves() {
		if path != "" || v.Kind() != hocon.Object {
			t.Errorf("nothing has the leaf %q", path)
		}
	}
}

// TestLargeOutputComesInPieces holds that a large document is handed on while it
// is being printed, whole and in order.
func TestLargeOutputComesInPieces(t *testing.T) {
	t.Parallel()
	var large strings.Builder
	for range 20_000 {
		large.WriteString("l += some text\n")
	}
	config := resolved(t, large.String()+"o { a { b = 1 } }")
	whole, err := config.Root().AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out pieces
	if err := config.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if out.String() != string(whole) || out.most > 64<<10 {
		t.Errorf("%d of %d bytes, up to %d at once", out.Len(), len(whole), out.most)
	}
	for name, write := range map[string]func(io.Writer) error{
		"JSON": config.WriteJSON, "indented JSON": config.WriteIndentedJSON, "HOCON": config.WriteHOCON, "properties": config.WriteProperties,
	} {
		if err := write(&pieces{room: 1000}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s on a full disk: %v", name, err)
		}
	}
}

// pieces notes the longest piece that is written; room, if there is any, is all
// that it takes.
type pieces struct {
	bytes.Buffer
	most, room int
}

func (p *pieces) Write(b []byte) (int, error) {
	if p.room > 0 && len(b) > p.room {
		return 0, io.ErrShortWrite
	}
	p.most = max(p.most, len(b))
	return p.Buffer.Write(b)
}

// TestPrintEnvironmentThatIsNotUTF8 holds that what is printed is UTF-8 all the
// same.
func TestPrintEnvironmentThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	got, err := meaning(t, "a = ${X}", map[string]string{"X": "a\xffb"})
	if want := `{"a":"a\ufffdb"}`; err != nil || got != want {
		t.Errorf("got %s, %v, not %s", got, err, want)
	}
}

// text is what a printer writes.
func text(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
