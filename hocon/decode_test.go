package hocon_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/hocon"
)

type common struct {
	Name   string `hocon:",required"`
	Region string
}

type pool struct {
	MaxConns int
	MinConns *int
	Timeout  time.Duration `hocon:"wait"`
}

type level string

type service struct {
	common
	HTTPPort uint16
	Debug    bool
	Ratio    float32
	DB       pool
	Replicas map[string]*pool
	Hosts    []string
	Weights  [2]int8
	Address  netip.Addr
	Keep     hocon.Period
	Heap     hocon.Size
	Level    level
	Levels   map[level]level
	Extra    any
	Raw      *hocon.Value
	Ignored  string `hocon:"-"`
	hidden   string
}

func TestDecode(t *testing.T) {
	t.Parallel()
	c := resolved(t, `
name = cart
http-port = 8080
debug = on
ratio = 0.25
db { maxConns = "20", min-conns = 2, wait = 1.5 s }
replicas { eu { max-conns = 3 }, none = null }
hosts { 1 = b, 0 = a }
weights = [1, -2]
address = "10.0.0.1"
keep = 2 months
heap = 512M
level = warn
levels { "com.acme" = debug }
extra { i = 1, f = 1.0, s = x, b = true, n = null, l = [1, [a]] }
raw = ${OPEN}
Ignored = x, ignored = y, hidden = z
region = null
`)
	got := service{common: common{Region: "default"}, Ignored: "kept", Hosts: []string{"old", "old", "old"}, hidden: "kept"}
	if err := c.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Raw == nil || got.Raw.Kind() != hocon.Unresolved {
		t.Errorf("the open value is %v", got.Raw)
	}
	got.Raw = nil
	two := 2
	want := service{
		common: common{Name: "cart", Region: "default"}, HTTPPort: 8080, Debug: true, Ratio: 0.25,
		DB:       pool{MaxConns: 20, MinConns: &two, Timeout: 1500 * time.Millisecond},
		Replicas: map[string]*pool{"eu": {MaxConns: 3}}, Hosts: []string{"a", "b"}, Weights: [2]int8{1, -2},
		Address: netip.MustParseAddr("10.0.0.1"), Keep: hocon.Period{Months: 2}, Heap: 512 << 20,
		Level: "warn", Levels: map[level]level{"com.acme": "debug"},
		Extra: map[string]any{
			"i": int64(1), "f": 1.0, "s": "x", "b": true, "n": nil, "l": []any{int64(1), []any{"a"}},
		},
		Ignored: "kept", hidden: "kept",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestDecodeTellsEverything holds that all mistakes are told at once, each at
// its place.
func TestDecodeTellsEverything(t *testing.T) {
	t.Parallel()
	c := resolved(t, `http-port = 65536
httpPort = 1
debug = 1
db { max-conn = 1, wait = long, maxConns = 1.5 }
replicas = []
hosts = [a, {}, null]
weights = [300]
address = nowhere
extra = [${OPEN}]
"ratio " = 1
level = [x]
`)
	err := c.Decode(&service{}, hocon.RefuseUnknown())
	want := []string{
		"shop.conf:1:1: name: is not set; it is required",
		"shop.conf:2:12: httpPort: is also set as http-port at shop.conf:1; keep one of them",
		"shop.conf:3:9: debug: is a number, not a boolean (true, yes, on, false, no or off)",
		"shop.conf:4:44: db.maxConns: is not a whole number",
		"shop.conf:4:27: db.wait: is not a duration; write a number and ns, us, ms, s, m, h or d, such as 30s",
		"shop.conf:4:17: db.max-conn: is not known here; did you mean max-conns?",
		"shop.conf:5:12: replicas: is a list, not an object",
		"shop.conf:6:13: hosts.1: is an object, not a string",
		"shop.conf:6:17: hosts.2: is null, which counts as not set; set it to a value, or leave it out",
		"shop.conf:7:11: weights: has 1 items, not 2",
		`shop.conf:8:11: address: is not what was asked for: ParseAddr("nowhere"): unable to parse IP`,
		"shop.conf:11:9: level: is a list, not a string",
		"shop.conf:9:10: extra.0: ${OPEN} is kept open, so the value is not known; resolve it before it is read",
		`shop.conf:10:12: "ratio ": is not known here; did you mean ratio?`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestDecodeRanges(t *testing.T) {
	t.Parallel()
	type ranges struct {
		A int8
		B uint8
		C float32
		D uint64
		E uint64
		F uint32
		G []int
		H [1]int
		I pool
		J uint
	}
	var got ranges
	err := resolved(t, "a = 128, b = -1, c = 1e300, d = 18446744073709551615, e = 18446744073709551616\n"+
		"f = 4294967296, g = x, h = 1, i = [], j = 1e3").Decode(&got)
	want := "shop.conf:1:5: a: is out of the range of int8\n" +
		"shop.conf:1:14: b: is out of the range of uint8\n" +
		"shop.conf:1:22: c: is out of the range of float32\n" +
		"shop.conf:1:59: e: is a string that is out of range\n" +
		"shop.conf:2:5: f: is out of the range of uint32\n" +
		"shop.conf:2:21: g: is a string that is not a list\n" +
		"shop.conf:2:28: h: is a number, not a list\n" +
		"shop.conf:2:35: i: is a list, not an object"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if got.D != 18446744073709551615 || got.J != 1000 {
		t.Errorf("d is %d and j %d", got.D, got.J)
	}
}

func TestDecodeAt(t *testing.T) {
	t.Parallel()
	c := resolved(t, "a { list = [{ max-conns = 1 }, { max-conns = x }], one = 5 }")
	var one int
	if err := c.DecodeAt("a.one", &one); err != nil || one != 5 {
		t.Errorf("one is %d, %v", one, err)
	}
	var pools []pool
	err := c.DecodeAt("a.list", &pools)
	if want := "shop.conf:1:46: a.list.1.max-conns: is a string that is not a number"; err == nil || err.Error() != want {
		t.Errorf("got %v, not %s", err, want)
	}
	if err := c.DecodeAt("b", &one); err == nil || err.Error() != "shop.conf: b: is not set" {
		t.Errorf("what is not there: %v", err)
	}
}

type inner struct{ Port, Host string }

type Base struct{ Own string }

type Optional struct{ Deep string }

// TestDecodeEmbedded holds Go's rules: what is further out hides what is further
// in, and a pointer is set only if something is stored in it.
func TestDecodeEmbedded(t *testing.T) {
	t.Parallel()
	type outer struct {
		inner
		Base `hocon:"base"`
		*Optional
		Host int
	}
	var got outer
	if err := resolved(t, "port = 1, host = 2, base { own = x }").Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Port != "1" || got.Host != 2 || got.Own != "x" || got.inner.Host != "" || got.Optional != nil {
		t.Errorf("got %+v", got)
	}
	if err := resolved(t, "deep = y").Decode(&got); err != nil || got.Optional == nil || got.Deep != "y" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Endless embeds itself, which Go allows for a pointer.
type Endless struct {
	*Endless
	A int
}

func TestDecodeRequiredNull(t *testing.T) {
	t.Parallel()
	err := resolved(t, "name = null").Decode(&service{})
	if want := "shop.conf:1:8: name: is null, which counts as not set; set it to a value: it is required"; err == nil || err.Error() != want {
		t.Errorf("got %v, not %s", err, want)
	}
}

func TestDecodeIntoAnyKeepsWhatIsBeyondNumbers(t *testing.T) {
	t.Parallel()
	var got any
	if err := resolved(t, "a = 1e999, b = 9223372036854775807, c = 9223372036854775808").Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": "1e999", "b": int64(9223372036854775807), "c": "9223372036854775808"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, not %#v", got, want)
	}
}

// TestUnknownKeysThatResembleNothing holds that no name is suggested for them.
func TestUnknownKeysThatResembleNothing(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("max-conns", 20)
	err := resolved(t, "z = 1, "+long+" = 2").Decode(&pool{}, hocon.RefuseUnknown())
	if want := "shop.conf:1:191: " + long + ": is not known here\nshop.conf:1:5: z: is not known here"; err == nil || err.Error() != want {
		t.Errorf("got %v, not %s", err, want)
	}
}

// TestDecodeMistakesInTheProgram holds that a struct that makes no sense is told,
// not passed over.
func TestDecodeMistakesInTheProgram(t *testing.T) {
	t.Parallel()
	var nowhere *pool
	for name, test := range map[string]struct {
		target any
		words  string
	}{
		"no pointer":  {pool{}, "has to be a pointer"},
		"nil":         {nil, "has to be a pointer"},
		"nil pointer": {nowhere, "has to be a pointer"},
		"option": {&struct {
			A int `hocon:"a,optional"`
		}{}, `.A has the option "optional"`},
		"two fields": {&struct {
			A int
			B int `hocon:"a"`
		}{}, "two fields for the key a: A and B"},
		"hidden field": {&struct {
			a int `hocon:"b"`
		}{}, "has a tag but is not exported"},
		"embedded in itself": {&Endless{}, "embeds itself"},
		"channel":            {&struct{ A chan int }{}, "cannot be decoded into chan int"},
		"interface":          {&struct{ A error }{}, "cannot be decoded into error"},
		"keys of maps":       {&struct{ O map[int]string }{}, "cannot be decoded into map[int]string"},
		"embedded pointer":   {&struct{ *inner }{}, "is not exported"},
	} {
		err := resolved(t, "a = 1, o {}").Decode(test.target)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v, not %s", name, err, test.words)
		}
	}
}

func TestFieldNames(t *testing.T) {
	t.Parallel()
	var names struct {
		ID, URLPath, HTTP2Server, DBPoolSize, X string
	}
	c := resolved(t, "id = 1, url-path = 2, http2-server = 3, dbPoolSize = 4, x = 5")
	if err := c.Decode(&names, hocon.RefuseUnknown()); err != nil {
		t.Fatal(err)
	}
	if got := names.ID + names.URLPath + names.HTTP2Server + names.DBPoolSize + names.X; got != "12345" {
		t.Errorf("got %s", got)
	}
}
