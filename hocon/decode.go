package hocon

import (
	"reflect"
	"strconv"
)

// DecodeOption changes how values are decoded.
type DecodeOption func(*decoder)

// RefuseUnknown makes keys that no field of their struct takes an error. Without
// it they are passed over.
func RefuseUnknown() DecodeOption { return func(d *decoder) { d.strict = true } }

// Decode stores the config in the value that the target points to, in most cases
// a struct. What is not set, or null, leaves the target as it is, so defaults
// are what was in it before.
//
// A field takes the key that its tag names, `hocon:"max-connections"`, or else
// its own name in one of two spellings: MaxConnections is max-connections or
// maxConnections, and both at once are an error. `hocon:"-"` takes none;
// `hocon:",required"` makes it an error if the key is not set. The fields of an
// embedded struct count as its own, unless that has a tag with a name.
//
// Values are converted as the getters do it. Besides the basic types a target
// may be a [time.Duration], a [Period], a [Size], a [*Value], an
// [encoding.TextUnmarshaler], a pointer, slice, array, map with strings as keys,
// or any, which becomes map[string]any, []any, string, bool, int64, float64 or
// nil. A substitution that was kept open fits only a *Value.
//
// All that is wrong is told at once, as [Errors]; the target may then be filled
// in part.
func (c *Config) Decode(target any, options ...DecodeOption) error {
	return c.root.decode("", target, options)
}

// DecodeAt does as [Config.Decode] with the value at a path, which must be set.
func (c *Config) DecodeAt(path string, target any, options ...DecodeOption) error {
	v, err := c.Value(path)
	if err != nil {
		return err
	}
	return v.decode(path, target, options)
}

func (v *Value) decode(path string, target any, options []DecodeOption) error {
	pointer := reflect.ValueOf(target)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return Errors{{Code: Type, Path: path, Problem: "cannot be decoded", Hint: "the target has to be a pointer that is not nil"}}
	}
	d := decoder{plans: map[reflect.Type]plan{}}
	for _, option := range options {
		option(&d)
	}
	d.value(path, v, pointer.Elem())
	if len(d.errs) > 0 {
		return d.errs
	}
	return nil
}

// decoder gathers what is wrong while it stores values.
type decoder struct {
	strict bool
	plans  map[reflect.Type]plan
	errs   Errors
}

// refuse notes what is wrong with a path.
func (d *decoder) refuse(path string, e *Error) {
	e.Path = path
	d.errs = append(d.errs, e)
}

// value stores a value. A null stores nothing.
func (d *decoder) value(path string, v *Value, t reflect.Value) {
	if t.Type() == reflect.TypeFor[*Value]() {
		t.Set(reflect.ValueOf(v))
		return
	}
	if v.kind == Null || d.special(path, v, t) {
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t.IsNil() {
			t.Set(reflect.New(t.Type().Elem()))
		}
		d.value(path, v, t.Elem())
	case reflect.Struct:
		d.object(path, v, t)
	case reflect.Map:
		d.mapping(path, v, t)
	case reflect.Slice:
		d.slice(path, v, t)
	case reflect.Array:
		d.array(path, v, t)
	case reflect.Interface:
		d.dynamic(path, v, t)
	default:
		d.scalar(path, v, t)
	}
}

// slice stores the items of a list in place of those that are there.
func (d *decoder) slice(path string, v *Value, t reflect.Value) {
	items, err := v.asList()
	if err != nil {
		d.refuse(path, err)
		return
	}
	slice := reflect.MakeSlice(t.Type(), len(items), len(items))
	d.items(path, items, slice)
	t.Set(slice)
}

func (d *decoder) array(path string, v *Value, t reflect.Value) {
	items, err := v.asList()
	switch {
	case err != nil:
		d.refuse(path, err)
	case len(items) != t.Len():
		d.refuse(path, v.place.fail(Type, "has "+strconv.Itoa(len(items))+" items, not "+strconv.Itoa(t.Len()), ""))
	default:
		d.items(path, items, t)
	}
}

// items stores each item of a list. Null is one only where Go has nil.
func (d *decoder) items(path string, items []*Value, t reflect.Value) {
	for i, item := range items {
		at := below(path, strconv.Itoa(i))
		target := t.Index(i)
		if item.kind == Null && target.Kind() != reflect.Pointer && target.Kind() != reflect.Interface {
			d.refuse(at, item.unfit("a value, or leave it out"))
			continue
		}
		d.value(at, item, target)
	}
}

// mapping stores the members of an object beside those that are there.
func (d *decoder) mapping(path string, v *Value, t reflect.Value) {
	if t.Type().Key().Kind() != reflect.String {
		d.refuse(path, v.undecodable(t))
		return
	}
	if _, err := v.asObject(); err != nil {
		d.refuse(path, err)
		return
	}
	if t.IsNil() {
		t.Set(reflect.MakeMapWithSize(t.Type(), v.fields.len()))
	}
	for key, member := range v.fields.all() {
		if member.kind == Null {
			continue
		}
		stored := reflect.New(t.Type().Elem()).Elem()
		d.value(below(path, key), member, stored)
		t.SetMapIndex(reflect.ValueOf(key).Convert(t.Type().Key()), stored)
	}
}

// below is the path of a member or item.
func below(path, key string) string {
	if path == "" {
		return JoinPath(key)
	}
	return path + "." + JoinPath(key)
}

// undecodable is the error about a target that no value fits.
func (v *Value) undecodable(t reflect.Value) *Error {
	return v.place.fail(Type, "cannot be decoded into "+t.Type().String(), "")
}
