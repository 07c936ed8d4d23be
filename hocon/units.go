package hocon

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Period is a length of time on the calendar. How long it is depends on when it
// begins.
type Period struct{ Years, Months, Days int }

// After is the time that lies a period after t, as [time.Time.AddDate] counts.
func (p Period) After(t time.Time) time.Time { return t.AddDate(p.Years, p.Months, p.Days) }

// Size is a number of bytes.
type Size uint64

// durations are the units of time in nanoseconds. Names of more than two letters
// are in the plural.
var durations = map[string]time.Duration{
	"": time.Millisecond, "ms": time.Millisecond, "millis": time.Millisecond, "milliseconds": time.Millisecond,
	"us": time.Microsecond, "micros": time.Microsecond, "microseconds": time.Microsecond,
	"ns": time.Nanosecond, "nanos": time.Nanosecond, "nanoseconds": time.Nanosecond,
	"s": time.Second, "seconds": time.Second,
	"m": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "days": 24 * time.Hour,
}

// periodBits bounds the numbers of periods, so that as many weeks are a number
// of days that any int holds.
const periodBits = 28

// periods are the units on the calendar.
var periods = map[string]Period{
	"": {Days: 1}, "d": {Days: 1}, "days": {Days: 1},
	"w": {Days: 7}, "weeks": {Days: 7},
	"m": {Months: 1}, "mo": {Months: 1}, "months": {Months: 1},
	"y": {Years: 1}, "years": {Years: 1},
}

func (v *Value) asDuration() (time.Duration, *Error) {
	number, unit, err := v.quantity("a duration", durationHint)
	if err != nil {
		return 0, err
	}
	length, known := durations[plural(unit)]
	n, ok := multiply(number, big.NewInt(int64(length)))
	switch {
	case !known || !ok:
		return 0, v.unfitQuantity("a duration", durationHint)
	case !n.IsInt64():
		return 0, v.place.fail(Type, "is longer than a duration can be", "the longest is about 292 years")
	}
	return time.Duration(n.Int64()), nil
}

func (v *Value) asPeriod() (Period, *Error) {
	number, unit, err := v.quantity("a period", periodHint)
	if err != nil {
		return Period{}, err
	}
	one, known := periods[plural(unit)]
	n, failed := strconv.ParseInt(number, 10, periodBits)
	switch {
	case errors.Is(failed, strconv.ErrRange):
		return Period{}, v.place.fail(Type, "is longer than a period can be", "")
	case !known || failed != nil:
		return Period{}, v.unfitQuantity("a period", periodHint)
	}
	return Period{Years: int(n) * one.Years, Months: int(n) * one.Months, Days: int(n) * one.Days}, nil
}

func (v *Value) asSize() (Size, *Error) {
	number, unit, err := v.quantity("a size", sizeHint)
	if err != nil {
		return 0, err
	}
	bytes, known := sizes[unit]
	if !known {
		return 0, v.unfitQuantity("a size", sizeHint)
	}
	n, ok := multiply(number, bytes)
	switch {
	case !ok:
		return 0, v.unfitQuantity("a size", sizeHint)
	case n.Sign() < 0:
		return 0, v.place.fail(Type, "is a negative size", "")
	case !n.IsUint64():
		return 0, v.place.fail(Type, "is a larger size than 64 bits hold", "the largest is just below 16 EiB")
	}
	return Size(n.Uint64()), nil
}

// What the errors about quantities say of how they are written.
const (
	durationHint = "write a number and ns, us, ms, s, m, h or d, such as 30s"
	periodHint   = "write a whole number and d, w, mo or y, such as 3mo"
	sizeHint     = "write a number and B, kB, MB, …, or KiB, MiB, … (short K, M), such as 512MiB"
)

// quantity parts a value into its number and its unit.
func (v *Value) quantity(wanted, hint string) (number, unit string, err *Error) {
	if v.kind != Number && v.kind != String {
		e := v.unfit(wanted)
		if e.Code == Type {
			e.Hint = hint
		}
		return "", "", e
	}
	text := trim(v.text)
	number = strings.TrimRightFunc(text, unicode.IsLetter)
	return trim(number), text[len(number):], nil
}

// unfitQuantity is the error about a text that is no quantity. It does not show
// the text, which may be a secret in the wrong place.
func (v *Value) unfitQuantity(wanted, hint string) *Error {
	return v.place.fail(Type, "is not "+wanted, hint)
}

// plural is the form in which long units are listed.
func plural(unit string) string {
	if len(unit) > 2 && !strings.HasSuffix(unit, "s") {
		return unit + "s"
	}
	return unit
}
