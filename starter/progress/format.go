package progress

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// nameWidth lines names up; longer ones, which are rare, only stick out.
const nameWidth = 12

// shownDigits of a digest tell the images of one stack apart, as Git's do commits.
const shownDigits = 12

// Short gives a digest as people compare it: its algorithm and twelve digits.
func Short(digest string) string {
	algorithm, hex, ok := strings.Cut(digest, ":")
	if !ok || len(hex) <= shownDigits {
		return digest
	}
	return algorithm + ":" + hex[:shownDigits]
}

// Bytes gives a size as people say it, in decimal units as registries do.
func Bytes(n int64) string {
	const kilo = 1000
	if n < kilo {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), -1
	for value >= kilo && unit < len("kMGT")-1 {
		value /= kilo
		unit++
	}
	return fmt.Sprintf("%.1f %cB", value, "kMGT"[unit])
}

// Elapsed gives a duration with the precision that matters: tenths of seconds
// below a minute, whole seconds above.
func Elapsed(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func shortCommit(commit string) string {
	if len(commit) <= shownDigits {
		return commit
	}
	return commit[:shownDigits]
}

func pad(name string) string { return fmt.Sprintf("%-*s", nameWidth, name) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Printable takes away what could command a terminal: logs and messages of
// pods are written by others.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar:
			return -1
		default:
			return r
		}
	}, text)
}
