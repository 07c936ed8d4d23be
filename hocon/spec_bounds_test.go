package hocon_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipway-dev/slipway/hocon"
)

// What no document may do: overflow the stack, take long, or take much memory.
// Each case must end with a value or the error named, within 200 MB beyond what
// its own text takes, and within seconds of processor time (tenths of one, in
// fact; the bound leaves room for the race detector).
func TestBounds(t *testing.T) { // not parallel: it measures the process's memory
	for _, test := range []struct {
		name string
		text func() string
		code hocon.Code // empty when it must work
	}{
		{"nested objects", func() string { return strings.Repeat("a{", 10_000) + strings.Repeat("}", 10_000) }, hocon.Limit},
		{"nested lists", func() string { return "a=" + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) }, hocon.Limit},
		{"nested objects that do not end", func() string { return strings.Repeat("a:{", 1_000_000) }, hocon.Limit},
		{"long path as key", func() string { return strings.Repeat("a.", 100_000) + "a = 1" }, hocon.Limit},
		{"long path in a substitution", func() string { return "a = ${?" + strings.Repeat("a.", 100_000) + "a}" }, hocon.Limit},
		{"depth by substitution", func() string { return deepBySubstitution(300) }, hocon.Limit},
		{"depth that is allowed", func() string { return strings.Repeat("a{", 190) + strings.Repeat("}", 190) }, ""},
		{"billion laughs in lists", func() string { return laughs("l%d = [${l%d}, ${l%d}, ${l%d}, ${l%d}]\n", "[x]") }, hocon.Limit},
		{"billion laughs in joined lists", func() string { return laughs("l%d = ${l%d} ${l%d} ${l%d} ${l%d}\n", "[x]") }, hocon.Limit},
		{"billion laughs in strings", func() string { return laughs("l%d = ${l%d}${l%d}${l%d}${l%d}\n", "x") }, hocon.Limit},
		{"billion laughs in objects", func() string { return laughs("l%d { a = ${l%d}, b = ${l%d}, c = ${l%d}, d = ${l%d} }\n", "{}") }, hocon.Limit},
		{"billion laughs by appending", func() string { return "a = [1]\n" + strings.Repeat("a = ${a} ${a}\n", 40) }, hocon.Limit},
		{"a string that doubles", func() string { return "a = x\n" + strings.Repeat("a = ${a}${a}\n", 40) }, hocon.Limit},
		{"unclosed brackets in a value", func() string { return "a = " + strings.Repeat("[{a:", 100_000) }, hocon.Limit},
		{"many quotes", func() string { return "a = " + strings.Repeat(`"`, 1_000_001) }, ""},
		{"many joined pieces", func() string { return "a = " + strings.Repeat(`x"y"`, 200_000) }, ""},
		{"many joined objects", func() string { return "a = " + strings.Repeat(`{b=1}`, 50_000) }, ""},
		{"one key many times", func() string { return strings.Repeat("a { b = 1 }\n", 50_000) }, ""},
		{"appending many times", func() string { return strings.Repeat("a += 1\n", 5_000) }, ""},
		{"many missing substitutions", func() string { return strings.Repeat("a += ${b}\n", 20_000) }, hocon.Missing},
		{"many keys", func() string { return many("k%d = %d\n", 200_000) }, ""},
		{"many substitutions of one object", func() string { return "b { c = 1 }\n" + many("k%d = ${b} { d = %d }\n", 20_000) }, ""},
		{"long comment", func() string { return "#" + strings.Repeat("x", 5_000_000) }, ""},
		{"long unquoted string", func() string { return "a = " + strings.Repeat("x", 5_000_000) }, ""},
		{"long number", func() string { return "a = " + strings.Repeat("9", 1_000_000) }, ""},
		{"white space only", func() string { return "a = " + strings.Repeat(" ", 5_000_000) + "1" }, ""},
		{"more text than allowed", func() string { return strings.Repeat("# 100 MB\n", 11_111_112) }, hocon.Limit},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.text()
			bounded(t, func() error {
				document, err := hocon.Parse("main.conf", []byte(text), hocon.Options{})
				if err != nil {
					return err
				}
				_, err = document.Resolve(hocon.ResolveOptions{})
				return err
			}, test.code, len(text))
		})
	}
}

// TestLongChains holds that substitutions that hang one on the other work or are
// refused, in either order.
func TestLongChains(t *testing.T) {
	const links = 100_000
	forward, backward := "a0 = 1\n", ""
	var there, back strings.Builder
	for i := 1; i <= links; i++ {
		fmt.Fprintf(&there, "a%d = ${a%d}\n", i, i-1)
		fmt.Fprintf(&back, "a%d = ${a%d}\n", i-1, i)
	}
	forward += there.String()
	backward = back.String() + fmt.Sprintf("a%d = 1\n", links)
	circle := back.String() + fmt.Sprintf("a%d = ${a0}\n", links)
	for name, text := range map[string]string{"forward": forward, "backward": backward, "circle": circle} {
		t.Run(name, func(t *testing.T) {
			bounded(t, func() error {
				document, err := hocon.Parse("main.conf", []byte(text), hocon.Options{})
				if err != nil {
					return err
				}
				_, err = document.Resolve(hocon.ResolveOptions{})
				var e *hocon.Error
				if errors.As(err, &e) && (e.Code == hocon.Limit || name == "circle" && e.Code == hocon.Cycle) {
					return nil
				}
				return err
			}, "", len(text))
		})
	}
}

// bounded runs a task and holds what it may cost.
func bounded(t *testing.T, task func() error, code hocon.Code, size int) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := processorTime(t)
	err := task()
	took := processorTime(t) - began
	runtime.ReadMemStats(&after)
	var e *hocon.Error
	switch {
	case code == "" && err != nil:
		t.Errorf("%.300s", err.Error())
	case code != "" && (!errors.As(err, &e) || e.Code != code):
		t.Errorf("%.300v, not a %s error", err, code)
	case err != nil && len(err.Error()) > 20_000:
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
	if most := 15 * time.Second; took > most {
		t.Errorf("took %s, more than %s", took, most)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 200<<20+60*uint64(size) {
		t.Errorf("allocated %d MB", allocated>>20)
	}
}

// processorTime is what the process has used so far. Unlike the clock it doesn't
// depend on what else the machine does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func deepBySubstitution(depth int) string {
	var text strings.Builder
	text.WriteString("a0 = x\n")
	for i := 1; i <= depth; i++ {
		fmt.Fprintf(&text, "a%d { b = ${a%d} }\n", i, i-1)
	}
	return text.String()
}

// laughs defines thirty values, each made of four times the one before it.
func laughs(line, first string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "l0 = %s\n", first)
	for i := 1; i <= 30; i++ {
		fmt.Fprintf(&text, line, i, i-1, i-1, i-1, i-1)
	}
	return text.String()
}

func many(line string, count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, line, i, i)
	}
	return text.String()
}

// TestIncludesStayInside holds that no include reads what lies outside the
// root, and that includes have an end.
func TestIncludesStayInside(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	root := filepath.Join(outside, "root")
	if err := os.MkdirAll(filepath.Join(root, "sub"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"secret.conf": "secret = 1", "root/sub/inside.conf": "include \"../../secret.conf\""} {
		if err := os.WriteFile(filepath.Join(outside, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(outside, "secret.conf"), filepath.Join(root, "link.conf")); err != nil {
		t.Fatal(err)
	}
	confined, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer confined.Close()
	for _, include := range []string{
		`"../secret.conf"`, `"../secret"`, `"sub/../../secret.conf"`, `"sub/inside.conf"`, `"link.conf"`,
		`file("../secret.conf")`, `required("../secret.conf")`,
		`"` + filepath.Join(outside, "secret.conf") + `"`, `file("` + filepath.Join(outside, "secret.conf") + `")`,
	} {
		document, err := hocon.Parse("main.conf", []byte("include "+include), hocon.Options{Files: confined.FS()})
		if !isCode(err, hocon.Include) {
			t.Errorf("include %s: %v, not an include error (document %v)", include, err, document != nil)
		}
	}
}

func TestIncludesEnd(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for i := range 60 {
		files[fmt.Sprintf("deep%d.conf", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "include \"deep%d.conf\"", i+1)}
	}
	for i := range 20 { // each file includes the next twice: 2^20 files read
		files[fmt.Sprintf("wide%d.conf", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "a { include \"wide%d.conf\" }\nb { include \"wide%d.conf\" }", i+1, i+1)}
	}
	for _, name := range []string{"deep0.conf", "wide0.conf"} {
		if _, err := hocon.ParseFile(name, hocon.Options{Files: files}); !isCode(err, hocon.Limit) {
			t.Errorf("%s: %v, not a limit error", name, err)
		}
	}
}

func isCode(err error, code hocon.Code) bool {
	var e *hocon.Error
	return errors.As(err, &e) && e.Code == code
}
