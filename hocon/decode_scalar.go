package hocon

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// special stores a value in a target whose type says more than its kind. It is
// false if the type says nothing.
func (d *decoder) special(path string, v *Value, t reflect.Value) bool {
	if !t.CanAddr() {
		return false
	}
	switch target := t.Addr().Interface().(type) {
	case *time.Duration:
		store(d, path, v, target, (*Value).asDuration)
	case *Period:
		store(d, path, v, target, (*Value).asPeriod)
	case *Size:
		store(d, path, v, target, (*Value).asSize)
	case encoding.TextUnmarshaler:
		text, err := v.asText()
		if err != nil {
			d.refuse(path, err)
		} else if err := target.UnmarshalText([]byte(text)); err != nil {
			d.refuse(path, v.place.fail(Type, "is not what was asked for: "+err.Error(), ""))
		}
	default:
		return false
	}
	return true
}

// store converts a value as a getter does.
func store[T any](d *decoder, path string, v *Value, target *T, convert func(*Value) (T, *Error)) {
	converted, err := convert(v)
	if err != nil {
		d.refuse(path, err)
		return
	}
	*target = converted
}

// scalar stores a value in a target of a basic type.
func (d *decoder) scalar(path string, v *Value, t reflect.Value) {
	var err *Error
	switch t.Kind() {
	case reflect.String:
		var s string
		if s, err = v.asText(); err == nil {
			t.SetString(s)
		}
	case reflect.Bool:
		var b bool
		if b, err = v.asBool(); err == nil {
			t.SetBool(b)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		err = v.storeInt(t)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		err = v.storeUint(t)
	case reflect.Float32, reflect.Float64:
		err = v.storeFloat(t)
	default:
		err = v.undecodable(t)
	}
	if err != nil {
		d.refuse(path, err)
	}
}

func (v *Value) storeInt(t reflect.Value) *Error {
	n, err := v.asInt64()
	if err == nil && t.OverflowInt(n) {
		return v.outOfRange(t)
	}
	if err == nil {
		t.SetInt(n)
	}
	return err
}

// storeUint takes also the upper half of 64 bits, which is written as a number
// but read as a string.
func (v *Value) storeUint(t reflect.Value) *Error {
	n, failed := strconv.ParseUint(trim(v.text), 10, 64)
	if failed != nil {
		signed, err := v.asInt64()
		if err != nil {
			return err
		}
		if signed < 0 {
			return v.outOfRange(t)
		}
		n = uint64(signed)
	}
	if t.OverflowUint(n) {
		return v.outOfRange(t)
	}
	t.SetUint(n)
	return nil
}

func (v *Value) storeFloat(t reflect.Value) *Error {
	f, err := v.asFloat64()
	if err == nil && t.OverflowFloat(f) {
		return v.outOfRange(t)
	}
	if err == nil {
		t.SetFloat(f)
	}
	return err
}

func (v *Value) outOfRange(t reflect.Value) *Error {
	return v.place.fail(Type, "is out of the range of "+t.Type().String(), "")
}

// dynamic stores a value in an interface, if that takes any type.
func (d *decoder) dynamic(path string, v *Value, t reflect.Value) {
	if t.NumMethod() > 0 {
		d.refuse(path, v.undecodable(t))
		return
	}
	if found := d.any(path, v); found != nil {
		t.Set(reflect.ValueOf(found))
	}
}

// any is a value as Go has it without a type that was asked for.
func (d *decoder) any(path string, v *Value) any {
	switch v.kind {
	case Bool:
		return v.text == "true"
	case Number:
		return v.number()
	case String:
		return v.text
	case List:
		items := make([]any, len(v.items))
		for i, item := range v.items {
			items[i] = d.any(below(path, strconv.Itoa(i)), item)
		}
		return items
	case Object:
		members := make(map[string]any, v.fields.len())
		for key, member := range v.fields.all() {
			members[key] = d.any(below(path, key), member)
		}
		return members
	case Unresolved:
		d.refuse(path, v.isOpen("resolve it before it is read"))
		return nil
	default:
		return nil
	}
}

// number is a number as an int64 or, written with a point or an exponent, as a
// float64; one that is beyond both stays a string.
func (v *Value) number() any {
	if !strings.ContainsAny(v.text, ".eE") {
		if n, problem := parseInt64(v.text); problem == "" {
			return n
		}
	}
	if f, ok := parseFloat(v.text); ok {
		return f
	}
	return v.text
}
