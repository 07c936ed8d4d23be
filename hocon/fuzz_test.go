package hocon_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
)

// fuzzLimits keep each input cheap.
var fuzzLimits = hocon.Limits{Bytes: 1 << 20, Depth: 50, Includes: 20, Values: 20_000}

// FuzzParse reads any text, with any other text as a file that it may include as
// i, i.conf, i.json or i.properties. Nothing may panic or take long; an error
// must have a place in the text; and what can be resolved is the same when it is
// resolved again, and when it is printed as JSON or HOCON and read back.
func FuzzParse(f *testing.F) {
	for _, cases := range specification {
		for _, c := range cases {
			f.Add(c.text, c.files["a.conf"], uint8(0))
			if properties := c.files["p.properties"]; properties != "" {
				f.Add(`include "i"`, properties, uint8(2))
			}
		}
	}
	for seed := range uint64(30) {
		project := generate.Random(seed, shapes[0])
		f.Add(project.Files[project.Main], project.Files["f0.conf"], uint8(0))
	}
	f.Fuzz(func(t *testing.T, text, other string, extension uint8) {
		project := generate.Project{Main: "main.conf", Files: map[string]string{
			"main.conf": text,
			"i" + []string{".conf", ".json", ".properties"}[extension%3]: other,
		}}
		config, err := readFuzzed(project)
		if err != nil {
			checkError(t, project, err)
			return
		}
		want := printed(t, config)
		again, err := readFuzzed(project)
		if err != nil || printed(t, again) != want {
			t.Fatalf("read twice, it gives %s and %v %v", want, again, err)
		}
		checkReadsBack(t, "JSON", want, want)
		var text2 bytes.Buffer
		if err := config.WriteHOCON(&text2); err != nil {
			t.Fatal(err)
		}
		checkReadsBack(t, "HOCON", text2.String(), want)
	})
}

// FuzzPath holds that every key can be written in a path, and that a path that
// can be read stays the same when it is written anew.
func FuzzPath(f *testing.F) {
	for _, c := range slices.Concat(specPaths, specStrings) {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys := strings.Split(strings.ToValidUTF8(text, "?"), "|")
		if got, err := hocon.ParsePath(hocon.JoinPath(keys...)); err != nil || !slices.Equal(got, keys) {
			t.Errorf("%q is written %s, which is read as %q, %v", keys, hocon.JoinPath(keys...), got, err)
		}
		keys, err := hocon.ParsePath(text)
		if err != nil {
			return
		}
		if got, err := hocon.ParsePath(hocon.JoinPath(keys...)); err != nil || !slices.Equal(got, keys) {
			t.Errorf("%q is written anew as %s, which is read as %q, %v", text, hocon.JoinPath(keys...), got, err)
		}
	})
}

func readFuzzed(project generate.Project) (*hocon.Config, error) {
	document, err := hocon.ParseFile(project.Main, hocon.Options{Files: mapFiles(project), Limits: fuzzLimits})
	if err != nil {
		return nil, err
	}
	return document.Resolve(hocon.ResolveOptions{Env: generate.Environment()})
}

func printed(t *testing.T, config *hocon.Config) string {
	t.Helper()
	var out bytes.Buffer
	if err := config.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) {
		t.Fatalf("not JSON: %s", out.String())
	}
	return out.String()
}

// checkReadsBack holds that a printed text means what it was printed from.
func checkReadsBack(t *testing.T, form, text, want string) {
	t.Helper()
	document, err := hocon.Parse("printed", []byte(text), hocon.Options{})
	if err != nil {
		t.Fatalf("cannot be read back as %s: %v\n%s", form, err, text)
	}
	config, err := document.Resolve(hocon.ResolveOptions{})
	if err != nil {
		t.Fatalf("cannot be read back as %s: %v\n%s", form, err, text)
	}
	if got := printed(t, config); got != want {
		t.Fatalf("read back as %s it is %s\nnot %s\nfrom %s", form, got, want, text)
	}
}

// checkError holds that an error has a code and a place that exists.
func checkError(t *testing.T, project generate.Project, err error) {
	t.Helper()
	var e *hocon.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T without a hocon.Error: %v", err, err)
	}
	if e.Code == "" || e.Problem == "" {
		t.Fatalf("an error without code or problem: %#v", e)
	}
	if e.Origin.Line == 0 {
		return // from the environment, or of a file that isn't there
	}
	lines := strings.Split(project.Files[e.Origin.File], "\n")
	if e.Origin.Line > len(lines) || e.Origin.Column < 1 || e.Origin.Column > len(lines[e.Origin.Line-1])+1 {
		t.Fatalf("the error is nowhere in the text: %v", err)
	}
}
