package hocon

import (
	"strconv"
	"time"
)

// List gives the items of a list, or of an object with whole numbers as keys in
// their order. Its other keys are passed over, and gaps between the numbers
// closed. An item that is null stays one; the lists below refuse it.
func (c *Config) List(path string) ([]*Value, error) {
	items, err := get(c, path, (*Value).asList)
	if err != nil {
		return nil, err
	}
	return append([]*Value(nil), items...), nil
}

// StringList gives a list of which [Config.String] takes each item.
func (c *Config) StringList(path string) ([]string, error) {
	return getList(c, path, (*Value).asText)
}

// BoolList gives a list of which [Config.Bool] takes each item.
func (c *Config) BoolList(path string) ([]bool, error) { return getList(c, path, (*Value).asBool) }

// IntList gives a list of which [Config.Int] takes each item.
func (c *Config) IntList(path string) ([]int, error) { return getList(c, path, (*Value).asInt) }

// Float64List gives a list of which [Config.Float64] takes each item.
func (c *Config) Float64List(path string) ([]float64, error) {
	return getList(c, path, (*Value).asFloat64)
}

// DurationList gives a list of which [Config.Duration] takes each item.
func (c *Config) DurationList(path string) ([]time.Duration, error) {
	return getList(c, path, (*Value).asDuration)
}

// SizeList gives a list of which [Config.Size] takes each item.
func (c *Config) SizeList(path string) ([]Size, error) { return getList(c, path, (*Value).asSize) }

// getList looks up a list and converts its items. All that cannot be converted
// are told at once, as [Errors].
func getList[T any](c *Config, path string, convert func(*Value) (T, *Error)) ([]T, error) {
	items, err := get(c, path, (*Value).asList)
	if err != nil {
		return nil, err
	}
	converted := make([]T, 0, len(items))
	var errs Errors
	for i, item := range items {
		one, problem := convert(item)
		if problem != nil {
			problem.Path = path + "." + strconv.Itoa(i)
			errs = append(errs, problem)
		}
		converted = append(converted, one)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return converted, nil
}

func (v *Value) asList() ([]*Value, *Error) {
	if v.kind == Object {
		v = v.numbered()
	}
	if v.kind != List {
		return nil, v.unfit("a list")
	}
	return v.items, nil
}
