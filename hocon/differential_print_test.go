package hocon_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
	"github.com/slipway-dev/slipway/hocon/internal/reference"
)

// TestPrintedHOCONAgainstReference prints what random documents resolve to as
// HOCON; the reference must read it as the same value.
func TestPrintedHOCONAgainstReference(t *testing.T) {
	t.Parallel()
	printMany(t, hocon.ResolveOptions{Env: generate.Environment()})
}

// TestKeptSubstitutionsAgainstReference does so with the substitutions that only
// the environment sets kept open; the reference resolves them last.
func TestKeptSubstitutionsAgainstReference(t *testing.T) {
	t.Parallel()
	printMany(t, hocon.ResolveOptions{Keep: func(path string, _ bool) bool {
		keys, err := hocon.ParsePath(path)
		if err != nil || len(keys) != 1 {
			return false
		}
		_, ok := generate.Environment()[keys[0]]
		return ok
	}})
}

func printMany(t *testing.T, options hocon.ResolveOptions) {
	t.Helper()
	runner := reference.Require(t, generate.Environment())
	count, compared, reported := cases(t, 1500), 0, 0
	for seed := range uint64(count) {
		project := generate.Random(seed, shapes[seed%uint64(len(shapes))])
		problem := reprint(t, runner, project, options, &compared)
		if problem == "" {
			continue
		}
		small := generate.Shrink(project, func(p generate.Project) bool { return reprint(t, runner, p, options, new(int)) != "" })
		t.Errorf("seed %d: %v\n%s", seed, small.Files, reprint(t, runner, small, options, new(int)))
		if reported++; reported == mostReported {
			break
		}
	}
	t.Logf("%d of %d compared", compared, count)
	if compared*2 < count && reported < mostReported {
		t.Errorf("only %d of %d cases have a value to compare", compared, count)
	}
}

// reprint says how the printed text is read otherwise than what was printed;
// nothing when it isn't, or when the project can't be resolved at all.
func reprint(t *testing.T, runner *reference.Runner, project generate.Project, options hocon.ResolveOptions, compared *int) string {
	t.Helper()
	want, err := resolveProject(project, generate.Environment())
	if err != nil {
		return ""
	}
	document, err := hocon.ParseFile(project.Main, hocon.Options{Files: mapFiles(project)})
	if err != nil {
		return ""
	}
	config, err := document.Resolve(options)
	var e *hocon.Error
	if errors.As(err, &e) && e.Code == hocon.Open {
		return "" // a kept substitution that would have to be joined with an object
	}
	if err != nil {
		return "cannot be resolved: " + err.Error()
	}
	var text bytes.Buffer
	if err := config.WriteHOCON(&text); err != nil {
		return "cannot be printed: " + err.Error()
	}
	answer, err := runner.Resolve(map[string]string{"main.conf": text.String()}, "main.conf")
	if err != nil {
		t.Fatal(err)
	}
	*compared++
	if answer.Failure != nil {
		return "the reference says " + answer.Failure.Message + " of\n" + text.String()
	}
	if theirs, ours := canonical(answer.JSON), canonical(want); theirs != ours {
		return "the reference reads " + theirs + "\nnot                 " + ours + "\nfrom\n" + text.String()
	}
	return ""
}
