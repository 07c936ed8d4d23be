package hocon_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
)

// knownDifference is one between this package and the reference that is meant;
// docs/hocon.md names it, too. The list is closed: whatever it doesn't excuse
// fails the differential tests.
type knownDifference struct {
	name    string
	excuses func(comparison) bool
	files   map[string]string // a case that shows it

	// most is how many of a thousand cases it may excuse: more would hide what
	// the tests should show.
	most int
}

var knownDifferences = []knownDifference{
	{
		// The reference's resolver loses its place in objects that are joined
		// from several pieces of which one overrides an open member, and says that
		// this is a bug. "service = ${defaults} { port = 1, port = ${?PORT} }" is
		// such a case.
		name:    "the reference reports a bug of its own",
		excuses: func(c comparison) bool { return c.failure != nil && c.failure.Class == "BugOrBroken" },
		files:   map[string]string{"main.conf": "b = { c = ${?b}, c = ${?x} } ${?t}"},
		most:    20,
	},
	{
		// It takes unquoted text next to a list or an object for white space and
		// drops it. Here nothing that is written gets lost.
		name:    "unquoted text beside a list or an object",
		excuses: func(c comparison) bool { return c.failure == nil && isCode(c.err, hocon.Type) },
		files:   map[string]string{"main.conf": "a = [1] x"},
		most:    5,
	},
	{
		// It puts out Infinity, which is not JSON.
		name:    "numbers beyond the range of a double",
		excuses: func(c comparison) bool { return strings.Contains(c.theirs, "Infinity") },
		files:   map[string]string{"main.conf": "a = 1e400"},
		most:    2,
	},
	{
		// It finds circles that a later or an earlier value ends.
		name: "values that the reference does not find",
		excuses: func(c comparison) bool {
			return c.err == nil && c.failure != nil && c.failure.Class == "UnresolvedSubstitution"
		},
		files: map[string]string{"main.conf": "s = 1, a = ${s}, s = ${a}"},
		most:  3,
	},
	{
		// What a value is that refers to itself through another depends there on
		// which of the two is resolved first, which is up to a hash table.
		name:    "circles of several values",
		excuses: dependsOnNames,
		files:   map[string]string{"main.conf": "s = 6, a = ${s}, s = ${?a}x"},
		most:    3,
	},
	{
		// Below an object that holds substitutions and was set over a value of
		// another kind, it finds no members that are objects or open themselves.
		name:    "members of an object that replaced another value",
		excuses: func(c comparison) bool { return c.err == nil && c.failure == nil && hasObjectOverOther(c) },
		files:   map[string]string{"main.conf": "a = null\na { b { x = 1 }, c = ${?a.b}, d = ${?a.e} }"},
		most:    3,
	},
	{
		// It may read any file, looks for the name in file() where the process
		// runs, and ignores what it does not find. Here a name that leaves the root
		// is an error, and the including file's neighbours go first.
		name: "names in file()",
		excuses: func(c comparison) bool {
			missed := c.failure != nil && c.failure.Class == "IO"
			return isCode(c.err, hocon.Include) != missed
		},
		files: map[string]string{"main.conf": `include "sub/a.conf"`, "sub/a.conf": `include required(file("b.conf"))`, "sub/b.conf": "b = 1"},
		most:  2,
	},
}

// hasObjectOverOther says whether the project sets an object over something
// that is none.
func hasObjectOverOther(c comparison) bool {
	config, err := loadProject(c.project, generate.Environment())
	if err != nil {
		return false
	}
	var root any
	if json.Unmarshal([]byte(c.ours), &root) != nil {
		return false
	}
	found := false
	eachObject(root, nil, func(path []string) {
		explanation, err := config.Explain(hocon.JoinPath(path...))
		if err != nil {
			return
		}
		for _, setting := range explanation.Settings {
			found = found || !strings.HasPrefix(setting.Text, "{")
		}
	})
	return found
}

// eachObject visits the paths of the objects within a value, itself left out.
func eachObject(value any, path []string, visit func(path []string)) {
	members, ok := value.(map[string]any)
	if !ok {
		return
	}
	if len(path) > 0 {
		visit(path)
	}
	for key, member := range members {
		eachObject(member, append(slices.Clone(path), key), visit)
	}
}

// dependsOnNames says whether the reference answers otherwise when keys have
// other names, which no answer should depend on.
func dependsOnNames(c comparison) bool {
	first := ""
	for round := range 12 {
		answer, err := c.runner.Resolve(renamed(c.project, round).Files, c.project.Main)
		if err != nil {
			return false
		}
		value := "failure"
		if answer.Failure == nil {
			value = sorted(newName.ReplaceAllString(string(answer.JSON), "$1"))
		}
		if round > 0 && value != first {
			return true
		}
		first = value
	}
	return false
}

var (
	oneLetter = regexp.MustCompile(`\b[a-z]\b`)
	newName   = regexp.MustCompile(`\bk\d\d([a-z])\b`)
)

// renamed puts letters and digits before every word of one letter, which is what
// most keys are, so that they meet other slots of a hash table.
func renamed(project generate.Project, round int) generate.Project {
	files := map[string]string{}
	for name, text := range project.Files {
		files[name] = oneLetter.ReplaceAllStringFunc(text, func(letter string) string {
			return fmt.Sprintf("k%02d%s", int(letter[0])*(5*round+3)%97, letter)
		})
	}
	return generate.Project{Main: project.Main, Files: files}
}

// sorted is JSON with sorted keys.
func sorted(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	out, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return string(out)
}
