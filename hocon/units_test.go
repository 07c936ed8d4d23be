package hocon_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/hocon"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"10": 10 * time.Millisecond, `"10"`: 10 * time.Millisecond, "1.5": 1500 * time.Microsecond, "1e3": time.Second,
		"1ns": 1, "2 nano": 2, "2nanos": 2, "3nanosecond": 3, "3nanoseconds": 3,
		"1us": time.Microsecond, "1micro": time.Microsecond, "1micros": time.Microsecond, "1 microsecond": time.Microsecond, "1microseconds": time.Microsecond,
		"1ms": time.Millisecond, "1milli": time.Millisecond, "1millis": time.Millisecond, "1millisecond": time.Millisecond, "1milliseconds": time.Millisecond,
		"1s": time.Second, "1second": time.Second, "1seconds": time.Second,
		"1m": time.Minute, "1minute": time.Minute, "1minutes": time.Minute,
		"1h": time.Hour, "1hour": time.Hour, "1hours": time.Hour,
		"1d": 24 * time.Hour, "1day": 24 * time.Hour, "1days": 24 * time.Hour,
		`" 5 s "`: 5 * time.Second, "\"\u00a05\u00a0s\"": 5 * time.Second, `"+5s"`: 5 * time.Second, "-5s": -5 * time.Second,
		"0.1s": 100 * time.Millisecond, "1.001s": 1001 * time.Millisecond, `".5s"`: 500 * time.Millisecond, "5.s": 5 * time.Second,
		"0.5ns": 0, "1e3 s": 1000 * time.Second,
		"9223372036854775807ns": math.MaxInt64, "-9223372036854775808ns": math.MinInt64,
	} {
		if got, err := resolved(t, "v = "+text).Duration("v"); err != nil || got != want {
			t.Errorf("%s is %v, %v, not %v", text, got, err, want)
		}
	}
	wrong(t, func(c *hocon.Config) error { _, err := c.Duration("v"); return err }, map[string]string{
		"soon": "is not a duration", "s": "is not a duration", `""`: "is not a duration", "5min": "is not a duration", "5S": "is not a duration",
		"5 mo": "is not a duration", `"5s s"`: "is not a duration", `"--5s"`: "is not a duration", `"5_000s"`: "is not a duration", `"0x5s"`: "is not a duration",
		"NaN": "is not a duration", "true": "is a boolean, not a duration", "[]": "is a list, not a duration",
		"300y": "is not a duration", "9223372036854775808ns": "longer than", "106752d": "longer than", "1e30s": "longer than", "-106752d": "longer than",
		"1e999999999s": "is not a duration", "1" + strings.Repeat("0", 1000) + "s": "is not a duration",
	})
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]hocon.Period{
		"7": {Days: 7}, "1d": {Days: 1}, "1day": {Days: 1}, "2days": {Days: 2},
		"2w": {Days: 14}, "1week": {Days: 7}, "2weeks": {Days: 14},
		"3m": {Months: 3}, "3mo": {Months: 3}, "3month": {Months: 3}, "3 months": {Months: 3},
		"4y": {Years: 4}, "4year": {Years: 4}, "-4years": {Years: -4},
	} {
		if got, err := resolved(t, "v = "+text).Period("v"); err != nil || got != want {
			t.Errorf("%s is %v, %v, not %v", text, got, err, want)
		}
	}
	wrong(t, func(c *hocon.Config) error { _, err := c.Period("v"); return err }, map[string]string{
		"1.5d": "is not a period", "1h": "is not a period", "y": "is not a period", "[1]": "is a list, not a period", "999999999999d": "longer than",
	})
	if got := (hocon.Period{Months: 1}).After(time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)); !got.Equal(time.Date(2026, 5, 5, 6, 7, 8, 0, time.UTC)) {
		t.Errorf("a month after is %v", got)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]hocon.Size{
		"10": 10, "10B": 10, "10b": 10, "10byte": 10, "10 bytes": 10, "1.5": 1, "1e3": 1000,
		"1kB": 1000, "1kilobyte": 1000, "2kilobytes": 2000, "1MB": 1e6, "1megabyte": 1e6, "1GB": 1e9, "1TB": 1e12, "1PB": 1e15, "1EB": 1e18,
		"1k": 1 << 10, "1K": 1 << 10, "1Ki": 1 << 10, "1KiB": 1 << 10, "1kibibyte": 1 << 10, "1kibibytes": 1 << 10,
		"1m": 1 << 20, "1M": 1 << 20, "1MiB": 1 << 20, "1g": 1 << 30, "1Gi": 1 << 30, "1t": 1 << 40, "1P": 1 << 50, "1E": 1 << 60, "1EiB": 1 << 60,
		"0.5K": 512, "0.001K": 1, "1.5 MiB": 3 << 19, "15E": 15 << 60, "0.00001ZiB": 11805916207174113,
		`"18446744073709551615"`: math.MaxUint64,
	} {
		if got, err := resolved(t, "v = "+text).Size("v"); err != nil || got != want {
			t.Errorf("%s is %v, %v, not %v", text, got, err, want)
		}
	}
	wrong(t, func(c *hocon.Config) error { _, err := c.Size("v"); return err }, map[string]string{
		"KB": "is not a size", "1KB": "is not a size", "1mB": "is not a size", "1 kibi": "is not a size", "big": "is not a size", "1h": "is not a size",
		"-1": "negative", "-1K": "negative", "16E": "larger", "1ZB": "larger", "18446744073709551616": "larger", "{}": "is an object, not a size",
	})
}

// wrong holds that each text for v is refused, with its position, by an error
// that has the given words but not the text.
func wrong(t *testing.T, get func(*hocon.Config) error, cases map[string]string) {
	t.Helper()
	for text, words := range cases {
		err := get(resolved(t, "v = "+text))
		if err == nil || !strings.Contains(err.Error(), words) || !strings.HasPrefix(err.Error(), "shop.conf:1:5: v: ") {
			t.Errorf("%s: %v, not %s", text, err, words)
		}
	}
}
