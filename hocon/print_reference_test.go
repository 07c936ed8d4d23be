package hocon_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
	"github.com/slipway-dev/slipway/hocon/internal/reference"
)

// TestPrintedPropertiesAgainstReference prints what random documents resolve to
// as Java properties. The reference must read them as this package does, and
// what was read must print the same lines; their order may be another where a key
// has dots in it.
func TestPrintedPropertiesAgainstReference(t *testing.T) {
	t.Parallel()
	runner := reference.Require(t, generate.Environment())
	compared := 0
	const count = 500
	for seed := range uint64(count) {
		config, err := loadProject(generate.Random(seed, shapes[seed%uint64(len(shapes))]), generate.Environment())
		if err != nil {
			continue
		}
		printed := text(t, config.WriteProperties)
		answer, err := runner.Resolve(map[string]string{"main.properties": printed}, "main.properties")
		if err != nil || answer.Failure != nil {
			t.Fatalf("seed %d: %v, %+v of\n%s", seed, err, answer.Failure, printed)
		}
		document, err := hocon.Parse("main.properties", []byte(printed), hocon.Options{})
		if err != nil {
			t.Fatalf("seed %d: %v of\n%s", seed, err, printed)
		}
		again, err := document.Resolve(hocon.ResolveOptions{})
		if err != nil {
			t.Fatalf("seed %d: %v of\n%s", seed, err, printed)
		}
		if ours, theirs := canonical([]byte(text(t, again.WriteJSON))), canonical(answer.JSON); ours != theirs {
			t.Errorf("seed %d: read as %s here and as %s by the reference, of\n%s", seed, ours, theirs, printed)
		}
		if got := text(t, again.WriteProperties); lines(got) != lines(printed) {
			t.Errorf("seed %d: printed again it is\n%snot\n%s", seed, got, printed)
		}
		compared++
	}
	if compared < count/2 {
		t.Errorf("only %d of %d documents could be compared", compared, count)
	}
}

// lines is a text with its lines sorted.
func lines(text string) string {
	return strings.Join(slices.Sorted(strings.SplitSeq(text, "\n")), "\n")
}
