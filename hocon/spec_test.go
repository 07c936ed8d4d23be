package hocon_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
	"github.com/slipway-dev/slipway/hocon/internal/reference"
)

// specCase is one thing that the specification says: a text and what it means.
// The files in spec_*_test.go are one for each of its sections.
type specCase struct {
	name string
	text string // of main.conf
	json string // what it resolves to

	// fails is the code and the position of the error, such as "syntax 1:5",
	// with the file's name if it is not main.conf.
	fails string

	files map[string]string // beside main.conf

	// differs says why the reference means something else. The section "known
	// differences" of docs/hocon.md has it, too.
	differs string
}

// specEnvironmentMap is what the substitutions of every case may fall back to.
var specEnvironmentMap = map[string]string{
	"REGION": "eu-1", "ONE": "1", "TRUE": "true", "LIST": "[1]", "EMPTY": "", "OPEN": "${b}", "x.y": "z", "x": "y",
}

// specification has every table by the name of its section.
var specification = map[string][]specCase{
	"syntax":         specSyntax,
	"strings":        specStrings,
	"numbers":        specNumbers,
	"paths":          specPaths,
	"duplicate keys": specDuplicates,
	"concatenation":  specConcatenation,
	"substitution":   specSubstitution,
	"self-reference": specSelfReference,
	"appending":      specAppending,
	"include":        specInclude,
	"environment":    specEnvironment,
	"conversion":     specConversion,
	"regressions":    specRegressions,
}

func (c specCase) project() generate.Project {
	files := map[string]string{"main.conf": c.text}
	for name, text := range c.files {
		files[name] = text
	}
	return generate.Project{Main: "main.conf", Files: files}
}

func TestSpecification(t *testing.T) {
	t.Parallel()
	for section, cases := range specification {
		for _, c := range cases {
			t.Run(section+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t)
			})
		}
	}
}

func (c specCase) run(t *testing.T) {
	t.Helper()
	printed, err := resolveProject(c.project(), specEnvironmentMap)
	if c.fails == "" {
		if err != nil {
			t.Fatalf("%s\n%v, not %s", c.text, err, c.json)
		}
		if canonical(printed) != canonical([]byte(c.json)) {
			t.Errorf("%s\ngives %s\nnot   %s", c.text, printed, c.json)
		}
		return
	}
	if err == nil {
		t.Fatalf("%s\ngives %s, not %s", c.text, printed, c.fails)
	}
	if got := place(err); got != c.fails {
		t.Errorf("%s\nfails with %s, not %s: %v", c.text, got, c.fails, err)
	}
}

// place is an error's code and position as a specCase has them.
func place(err error) string {
	var e *hocon.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	file := ""
	if e.Origin.File != "main.conf" {
		file = e.Origin.File + ":"
	}
	return fmt.Sprintf("%s %s%d:%d", e.Code, file, e.Origin.Line, e.Origin.Column)
}

// TestSpecificationAgainstReference holds that the tables say what the reference
// does, except where they say that it differs.
func TestSpecificationAgainstReference(t *testing.T) {
	t.Parallel()
	runner := reference.Require(t, specEnvironmentMap)
	for section, cases := range specification {
		for _, c := range cases {
			answer, err := runner.Resolve(c.project().Files, "main.conf")
			if err != nil {
				t.Fatalf("%s/%s: %v", section, c.name, err)
			}
			theirs := canonical(answer.JSON)
			if answer.Failure != nil {
				theirs = ""
			}
			agrees := (c.fails == "") == (answer.Failure == nil) && theirs == canonical([]byte(c.json))
			switch {
			case !agrees && c.differs == "":
				t.Errorf("%s/%s: the reference gives %s %+v\nfor %s\nnot %s%s", section, c.name, answer.JSON, answer.Failure, c.text, c.json, c.fails)
			case agrees && c.differs != "":
				t.Errorf("%s/%s: the reference gives the same, though it says: %s", section, c.name, c.differs)
			}
		}
	}
}

// TestSpecificationNamesAreUnique keeps a case findable by its name.
func TestSpecificationNamesAreUnique(t *testing.T) {
	t.Parallel()
	for section, cases := range specification {
		var names []string
		for _, c := range cases {
			if slices.Contains(names, c.name) {
				t.Errorf("%s has two cases %q", section, c.name)
			}
			names = append(names, c.name)
		}
	}
}
