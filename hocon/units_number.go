package hocon

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// mostDigits bounds the numbers that are calculated exactly. Nothing that is
// written by hand comes near it.
const mostDigits = 100

// isDecimal says whether a text is a decimal number, with a sign in front,
// digits before or behind a point, and an exponent, or without them. What Go or
// Java know beyond that, such as 0x10, 1_000, 1d and NaN, is none.
func isDecimal(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole := digits(s)
	s = s[whole:]
	if s != "" && s[0] == '.' {
		fraction := digits(s[1:])
		whole += fraction
		s = s[1+fraction:]
	}
	return whole > 0 && (s == "" || isExponent(s))
}

// parseFloat reads a decimal number that a float64 can hold.
func parseFloat(s string) (float64, bool) {
	s = trim(s)
	if !isDecimal(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// parseInt64 reads a whole number. The problem with what is none is the end of
// a sentence that begins with the value.
func parseInt64(s string) (n int64, problem string) {
	s = trim(s)
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, ""
	}
	f, ok := parseFloat(s)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, "is out of range"
	case !ok:
		return 0, "is not a number"
	case f != math.Trunc(f):
		return 0, "is not a whole number"
	case f < math.MinInt64 || f >= math.MaxInt64:
		return 0, "is out of range"
	}
	return int64(f), ""
}

// multiply is a decimal number times a factor, exact and then cut to a whole
// number. It is false for what is no number, or too long to be meant.
func multiply(number string, factor *big.Int) (*big.Int, bool) {
	if !isDecimal(number) || len(number) > mostDigits {
		return nil, false
	}
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		if e, err := strconv.Atoi(number[i+1:]); err != nil || e > mostDigits || e < -mostDigits {
			return nil, false
		}
	}
	r, ok := new(big.Rat).SetString(number)
	if !ok {
		return nil, false
	}
	r.Mul(r, new(big.Rat).SetInt(factor))
	return new(big.Int).Quo(r.Num(), r.Denom()), true
}

// trim takes white space off both ends of a text.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || isWideSpace(r) || r < ' '
	})
}

// sizes are the units of bytes by their names.
var sizes = func() map[string]*big.Int {
	one := big.NewInt(1)
	units := map[string]*big.Int{"": one, "b": one, "B": one, "byte": one, "bytes": one}
	name := func(bytes *big.Int, names ...string) {
		for _, n := range names {
			units[n] = bytes
		}
	}
	long := []struct{ decimal, binary string }{
		{"kilo", "kibi"},
		{"mega", "mebi"},
		{"giga", "gibi"},
		{"tera", "tebi"},
		{"peta", "pebi"},
		{"exa", "exbi"},
		{"zetta", "zebi"},
		{"yotta", "yobi"},
	}
	decimal, binary := one, one
	for i, unit := range long {
		decimal = new(big.Int).Mul(decimal, big.NewInt(1000))
		binary = new(big.Int).Mul(binary, big.NewInt(1024))
		lower := unit.decimal[:1]
		upper := strings.ToUpper(lower)
		short := upper + "B"
		if i == 0 {
			short = lower + "B"
		}
		name(decimal, short, unit.decimal+"byte", unit.decimal+"bytes")
		name(binary, lower, upper, upper+"i", upper+"iB", unit.binary+"byte", unit.binary+"bytes")
	}
	return units
}()
