package hocon

import "time"

// Value finds the value at a path as [Config.Lookup] does, but for a null,
// which counts as not set.
func (c *Config) Value(path string) (*Value, error) {
	return get(c, path, func(v *Value) (*Value, *Error) {
		if v.kind == Null {
			return nil, v.unfit("")
		}
		return v, nil
	})
}

// Has says whether a path is set to anything but null. It is false for what is
// no path.
func (c *Config) Has(path string) bool {
	v, ok := c.root.Lookup(path)
	return ok && v.kind != Null
}

// At gives the object at a path as a Config of its own. Paths in it, also those
// in errors, begin there.
func (c *Config) At(path string) (*Config, error) {
	v, err := get(c, path, (*Value).asObject)
	if err != nil {
		return nil, err
	}
	return &Config{root: v}, nil
}

// String gives a text; numbers and booleans as they were written.
func (c *Config) String(path string) (string, error) { return get(c, path, (*Value).asText) }

// Bool gives a boolean. Of the texts it takes true, yes, on, false, no and off.
func (c *Config) Bool(path string) (bool, error) { return get(c, path, (*Value).asBool) }

// Int gives a whole number, also one that is written as a text, as 2.0 or as
// 1e3. It does not round: a fraction is an error, as is a number that an int
// cannot hold.
func (c *Config) Int(path string) (int, error) { return get(c, path, (*Value).asInt) }

// Int64 does as [Config.Int] for numbers of 64 bits.
func (c *Config) Int64(path string) (int64, error) { return get(c, path, (*Value).asInt64) }

// Float64 gives a number, also one that is written as a text. Infinity and NaN
// are none.
func (c *Config) Float64(path string) (float64, error) { return get(c, path, (*Value).asFloat64) }

// Duration gives a length of time: a number and ns, us, ms, s, m, h or d, or
// one of their long names. A number alone is milliseconds. Days have 24 hours,
// and what is less than a nanosecond is dropped.
func (c *Config) Duration(path string) (time.Duration, error) {
	return get(c, path, (*Value).asDuration)
}

// Period gives a length of time on the calendar: a whole number and d, w, m, mo
// or y, or one of their long names. A number alone is days. Here m is months,
// where in a duration it is minutes.
func (c *Config) Period(path string) (Period, error) { return get(c, path, (*Value).asPeriod) }

// Size gives a number of bytes: a number and a unit, or one of the long names.
// K, Ki and KiB are 1,024 bytes, kB is 1,000, and so on to exabytes; a number
// alone is bytes. What is less than a byte is dropped.
func (c *Config) Size(path string) (Size, error) { return get(c, path, (*Value).asSize) }

// get looks up a value and converts it.
func get[T any](c *Config, path string, convert func(*Value) (T, *Error)) (T, error) {
	var none T
	v, err := c.Lookup(path)
	if err != nil {
		return none, err
	}
	converted, problem := convert(v)
	if problem != nil {
		problem.Path = path
		return none, problem
	}
	return converted, nil
}

// unfit is the error about a value that is not what was asked for.
func (v *Value) unfit(wanted string) *Error {
	switch v.kind {
	case Null:
		return v.place.fail(Missing, "is null, which counts as not set", "set it to "+wanted)
	case Unresolved:
		return v.isOpen("resolve it before it is read")
	case String:
		return v.place.fail(Type, "is a string that is not "+wanted, "")
	default:
		return v.place.fail(Type, "is "+article(v.kind)+", not "+wanted, "")
	}
}

func (v *Value) asObject() (*Value, *Error) {
	if v.kind != Object {
		return nil, v.unfit("an object")
	}
	return v, nil
}

func (v *Value) asText() (string, *Error) {
	if !v.scalar() || v.kind == Null {
		return "", v.unfit("a string")
	}
	return v.text, nil
}

func (v *Value) asBool() (bool, *Error) {
	if v.kind == Bool || v.kind == String {
		switch v.text {
		case "true", "yes", "on":
			return true, nil
		case "false", "no", "off":
			return false, nil
		}
	}
	return false, v.unfit("a boolean (true, yes, on, false, no or off)")
}

func (v *Value) asFloat64() (float64, *Error) {
	if v.kind == Number || v.kind == String {
		if f, ok := parseFloat(v.text); ok {
			return f, nil
		}
	}
	return 0, v.unfit("a number")
}

func (v *Value) asInt64() (int64, *Error) {
	if v.kind != Number && v.kind != String {
		return 0, v.unfit("a number")
	}
	n, problem := parseInt64(v.text)
	if problem == "" {
		return n, nil
	}
	if v.kind == String {
		problem = "is a string that " + problem
	}
	return 0, v.place.fail(Type, problem, "")
}

func (v *Value) asInt() (int, *Error) {
	n, err := v.asInt64()
	if err == nil && int64(int(n)) != n {
		return 0, v.place.fail(Type, "is out of range", "")
	}
	return int(n), err
}
