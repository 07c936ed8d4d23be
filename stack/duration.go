package stack

import (
	"fmt"
	"strings"
	"time"
)

// Duration is a time.Duration that is written as text, "10m", wherever it is
// stored or sent.
type Duration time.Duration

// String gives the shortest text that parses to the same duration: "10m",
// where time.Duration says "10m0s".
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText writes what String gives.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(d.String()), nil
}

// UnmarshalText reads a duration as time.ParseDuration does: a number needs
// its unit.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("parsing duration %q: %w", text, err)
	}
	*d = Duration(parsed)
	return nil
}
