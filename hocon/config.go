package hocon

import "fmt"

// Config is a resolved document. It never changes.
type Config struct {
	root *Value
}

// Root is the object at the top.
func (c *Config) Root() *Value { return c.root }

// Lookup finds the value at a path, which is written as in a substitution: keys
// between dots, quoted where they hold special characters. A null is found, too;
// a path that isn't set is a Missing error.
func (c *Config) Lookup(path string) (*Value, error) {
	keys, err := ParsePath(path)
	if err != nil {
		return nil, err
	}
	v := c.root
	for i, key := range keys {
		next := v.fields.get(key)
		if v.kind != Object || next == nil {
			return nil, absent(v, keys, i)
		}
		v = next
	}
	return v, nil
}

// absent is the error about a path whose first keys lead to v, which doesn't
// have the next one.
func absent(v *Value, keys []string, found int) error {
	e := v.place.fail(Missing, "is not set", "")
	e.Path = JoinPath(keys...)
	at := JoinPath(keys[:found]...)
	switch {
	case v.kind == Unresolved:
		e.Code, e.Problem = Open, fmt.Sprintf("is not known: %s is kept open", at)
	case v.kind != Object:
		e.Hint = fmt.Sprintf("%s is %s here", at, article(v.kind))
	case found > 0:
		e.Hint = fmt.Sprintf("%s is set here, but without %s", at, JoinPath(keys[found]))
	default:
		e.Origin = Origin{File: e.Origin.File}
	}
	return e
}

// Lookup finds the value at a path below v. It finds nothing below anything but
// an object, and nothing at a path that is not well formed.
func (v *Value) Lookup(path string) (*Value, bool) {
	keys, err := ParsePath(path)
	if err != nil || v == nil {
		return nil, false
	}
	for _, key := range keys {
		if v = v.fields.get(key); v == nil {
			return nil, false
		}
	}
	return v, true
}
