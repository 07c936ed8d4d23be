package hocon_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
	"github.com/slipway-dev/slipway/hocon/internal/reference"
)

// comparison is one project and what was made of it on both sides.
type comparison struct {
	runner       *reference.Runner
	project      generate.Project
	ours, theirs string // canonical JSON, empty on failure
	err          error
	failure      *reference.Failure
}

func compare(t *testing.T, runner *reference.Runner, project generate.Project) comparison {
	t.Helper()
	c := comparison{runner: runner, project: project}
	answer, err := runner.Resolve(project.Files, project.Main)
	switch {
	case errors.Is(err, reference.ErrTimeout):
		c.failure = &reference.Failure{Class: "Timeout", Message: err.Error()}
	case err != nil:
		t.Fatal(err)
	case answer.Failure != nil:
		c.failure = answer.Failure
	default:
		c.theirs = canonical(answer.JSON)
	}
	printed, err := resolveProject(project, generate.Environment())
	if err != nil {
		c.err = err
	} else {
		c.ours = canonical(printed)
	}
	return c
}

// resolveProject gives the project's JSON.
func resolveProject(project generate.Project, environment map[string]string) ([]byte, error) {
	config, err := loadProject(project, environment)
	if err != nil {
		return nil, err
	}
	var printed bytes.Buffer
	err = config.WriteJSON(&printed)
	return printed.Bytes(), err
}

func loadProject(project generate.Project, environment map[string]string) (*hocon.Config, error) {
	document, err := hocon.ParseFile(project.Main, hocon.Options{Files: mapFiles(project)})
	if err != nil {
		return nil, err
	}
	return document.Resolve(hocon.ResolveOptions{Env: environment})
}

// canonical writes JSON in one form, compact and with numbers by value. It keeps
// the order of the keys, which both sides sort. What is not JSON stays as it is.
func canonical(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	out, err := appendCanonical(nil, decoder)
	if err != nil {
		return string(text)
	}
	return string(out)
}

func appendCanonical(out []byte, decoder *json.Decoder) ([]byte, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		return appendMembers(append(out, token.String()...), decoder, token)
	case json.Number:
		value, err := strconv.ParseFloat(token.String(), 64)
		if err != nil {
			return nil, err
		}
		return strconv.AppendFloat(out, value+0, 'g', -1, 64), nil // plus zero: -0 is 0
	default:
		encoded, err := json.Marshal(token)
		return append(out, encoded...), err
	}
}

func appendMembers(out []byte, decoder *json.Decoder, open json.Delim) ([]byte, error) {
	for first := true; decoder.More(); first = false {
		if !first {
			out = append(out, ',')
		}
		var err error
		if open == '{' {
			if out, err = appendCanonical(out, decoder); err != nil {
				return nil, err
			}
			out = append(out, ':')
		}
		if out, err = appendCanonical(out, decoder); err != nil {
			return nil, err
		}
	}
	end, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	return append(out, end.(json.Delim).String()...), nil
}

func (c comparison) agree() bool {
	if c.err == nil && c.failure == nil {
		return c.ours == c.theirs
	}
	return c.err != nil && c.failure != nil && sameStage(c.err, c.failure.Class)
}

// sameStage says whether both failed in reading the text or both in resolving
// it. What fails first among several faults is up to each side.
func sameStage(err error, class string) bool {
	var ours *hocon.Error
	if !errors.As(err, &ours) {
		return false
	}
	reading := ours.Code == hocon.Syntax || ours.Code == hocon.Encoding || ours.Code == hocon.Include
	switch class {
	case "Bug":
		return true // the reference tripped over the fault while reporting it
	case "Parse", "IO", "BadPath":
		return reading || ours.Code == hocon.Type // of two literals that cannot be joined
	case "WrongType":
		return ours.Code != hocon.Syntax
	default:
		return !reading
	}
}

func (c comparison) verdict() string {
	if c.agree() {
		if c.err != nil {
			return "same failure"
		}
		return "same value"
	}
	for _, known := range knownDifferences {
		if known.excuses(c) {
			return known.name
		}
	}
	return "different"
}

// shape tells differences apart roughly, so that shrinking doesn't turn one into
// another.
func (c comparison) shape() string {
	shape := fmt.Sprint(c.err == nil, c.failure == nil)
	if c.failure != nil {
		shape += c.failure.Class
	}
	var ours *hocon.Error
	if errors.As(c.err, &ours) {
		shape += string(ours.Code)
	}
	return shape
}

// String shows the files and both answers.
func (c comparison) String() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.project.Files)) {
		fmt.Fprintf(&out, "--- %s\n%s\n", name, strings.TrimSuffix(c.project.Files[name], "\n"))
	}
	out.WriteString("--- reference: ")
	if c.failure != nil {
		fmt.Fprintf(&out, "%s: %s\n", c.failure.Class, c.failure.Message)
	} else {
		fmt.Fprintln(&out, c.theirs)
	}
	out.WriteString("--- ours:      ")
	if c.err != nil {
		fmt.Fprintln(&out, c.err)
	} else {
		fmt.Fprintln(&out, c.ours)
	}
	return out.String()
}
