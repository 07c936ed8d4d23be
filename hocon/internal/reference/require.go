package reference

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// Require gives a test a Runner that ends with it. Where the machine has no
// reference implementation the test is skipped, but where SLIPWAY_REQUIRE names
// the part "reference" it fails.
func Require(t testing.TB, environment map[string]string) *Runner {
	t.Helper()
	runner, err := Start(t.TempDir(), environment)
	if errors.Is(err, ErrUnavailable) && !slices.Contains(strings.Split(os.Getenv("SLIPWAY_REQUIRE"), ","), "reference") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runner.Close(); err != nil {
			t.Errorf("ending the reference: %v", err)
		}
	})
	return runner
}
