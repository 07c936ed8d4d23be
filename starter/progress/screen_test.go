package progress

import (
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestScreenRedrawsInPlace(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	screen := NewScreen(&out, func() (int, int) { return 60, 12 }, false)
	screen.Show(deploying(environment.Running, 0, moving(1, on("a", "store", rollout.StateWatching, 1, 2, ""))), time.Second)
	screen.Say("cancelling")
	screen.Show(deploying(environment.Running, 0, moving(1, on("a", "store", rollout.StateReleased, 2, 2, ""))), 2*time.Second)
	screen.Show(deploying(environment.Running, 0, moving(2, on("a", "store", rollout.StateReleased, 2, 2, strings.Repeat("x", 100)))), 3*time.Second)
	screen.Close()
	golden(t, "screen.txt", strings.ReplaceAll(out.String(), "\x1b", "ESC"))
}

func TestScreenNeverDrawsMoreThanTheTerminalHolds(t *testing.T) {
	t.Parallel()
	var services []rollout.Service
	for range 50 {
		services = append(services, failed(on("a", "cart", rollout.StateFailed, 0, 2, strings.Repeat("long ", 40))))
	}
	seen := deploying(environment.Running, 0, moving(1, services...))
	for _, rows := range []int{3, 10, 24} {
		var out strings.Builder
		screen := NewScreen(&out, func() (int, int) { return 80, rows }, true)
		screen.Show(seen, time.Second)
		if lines := strings.Count(out.String(), "\n"); lines >= rows {
			t.Errorf("%d lines on a terminal of %d rows", lines, rows)
		}
		if screen.drawn != strings.Count(out.String(), "\n") {
			t.Errorf("drew %d lines, but would erase %d", strings.Count(out.String(), "\n"), screen.drawn)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			plain := strings.NewReplacer(red, "", green, "", dim, "", reset, "").Replace(line)
			if n := len([]rune(plain)); n > 79 {
				t.Errorf("a line of %d columns wraps on a terminal of 80: %q", n, plain)
			}
		}
	}
}
