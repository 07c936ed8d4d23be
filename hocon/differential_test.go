package hocon_test

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/slipway-dev/slipway/hocon/internal/generate"
	"github.com/slipway-dev/slipway/hocon/internal/reference"
)

// shapes are the random projects' sizes, taken in turn: small ones fail with
// one thing at a time, large ones let many things meet.
var shapes = []generate.Shape{
	{Fields: 3, Depth: 1, Files: 1},
	{Fields: 4, Depth: 2, Files: 2},
	{Fields: 8, Depth: 1, Files: 0},
	{Fields: 3, Depth: 2, Files: 4},
	{Fields: 5, Depth: 3, Files: 3},
}

// TestDifferential resolves random documents here and with the reference, which
// must agree on what they mean or that they mean nothing. SLIPWAY_HOCON_CASES
// sets how many; the seeds count up from zero, so that a longer run begins with
// a shorter one's.
func TestDifferential(t *testing.T) {
	t.Parallel()
	compareMany(t, cases(t, 6000), func(seed uint64) generate.Project {
		return generate.Random(seed, shapes[seed%uint64(len(shapes))])
	})
}

// TestDifferentialSyntax does so with documents of which a few characters were
// changed, which puts the lexer and the parser to the test.
func TestDifferentialSyntax(t *testing.T) {
	t.Parallel()
	compareMany(t, cases(t, 6000), func(seed uint64) generate.Project {
		return generate.Mutate(generate.Random(seed, shapes[seed%2]), seed)
	})
}

// TestKnownDifferences holds that each known difference is still one, and that
// its predicate is what excuses it.
func TestKnownDifferences(t *testing.T) {
	t.Parallel()
	runner := reference.Require(t, nil)
	for _, known := range knownDifferences {
		project := generate.Project{Main: "main.conf", Files: known.files}
		c := compare(t, runner, project)
		if c.agree() {
			t.Errorf("%s: no difference any more\n%s", known.name, c)
		} else if !known.excuses(c) {
			t.Errorf("%s: another difference than the one described\n%s", known.name, c)
		}
	}
}

func cases(t *testing.T, usual int) int {
	t.Helper()
	value := os.Getenv("SLIPWAY_HOCON_CASES")
	if value == "" {
		return usual
	}
	count, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("SLIPWAY_HOCON_CASES: %v", err)
	}
	return count
}

// mostReported is how many differences a test shrinks and shows before it stops.
const mostReported = 8

func compareMany(t *testing.T, count int, project func(seed uint64) generate.Project) {
	t.Helper()
	runner := reference.Require(t, generate.Environment())
	tally, reported := map[string]int{}, 0
	for seed := range uint64(count) {
		c := compare(t, runner, project(seed))
		verdict := c.verdict()
		tally[verdict]++
		if verdict != "different" {
			continue
		}
		shape := c.shape()
		small := generate.Shrink(c.project, func(p generate.Project) bool {
			c := compare(t, runner, p)
			return c.verdict() == "different" && c.shape() == shape
		})
		t.Errorf("seed %d:\n%s", seed, compare(t, runner, small))
		if reported++; reported == mostReported {
			break
		}
	}
	for _, known := range knownDifferences {
		if excused := tally[known.name]; excused*1000 > count*known.most+1000 {
			t.Errorf("%d of %d cases are excused as %q", excused, count, known.name)
		}
	}
	for _, verdict := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%6d  %s", tally[verdict], verdict)
	}
	if tally["same value"]*4 < count && reported < mostReported {
		t.Errorf("only %d of %d cases have a value to compare", tally["same value"], count)
	}
}
