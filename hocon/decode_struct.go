package hocon

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// plan is how an object is stored in a struct.
type plan struct {
	fields  []field
	problem string // the struct cannot be decoded into
}

// field is a field of a struct, or of one that is embedded in it.
type field struct {
	index    []int
	names    []string // the keys that it takes
	required bool
	from     string // its name in Go
}

// object stores the members of an object in a struct.
func (d *decoder) object(path string, v *Value, t reflect.Value) {
	if _, err := v.asObject(); err != nil {
		d.refuse(path, err)
		return
	}
	p := d.plan(t.Type())
	if p.problem != "" {
		d.refuse(path, v.place.fail(Type, p.problem, "change the struct"))
		return
	}
	for _, f := range p.fields {
		d.field(path, v, f, t)
	}
	if d.strict {
		d.unknown(path, v, p)
	}
}

// field stores the member that a field takes, if there is one.
func (d *decoder) field(path string, v *Value, f field, t reflect.Value) {
	key, member := "", (*Value)(nil)
	for _, name := range f.names {
		found := v.fields.get(name)
		if found == nil {
			continue
		}
		if member != nil {
			d.refuse(below(path, name), found.place.fail(Type, fmt.Sprintf("is also set as %s at %s", key, member.Origin()), "keep one of them"))
			return
		}
		key, member = name, found
	}
	if member == nil || member.kind == Null {
		if f.required {
			e := v.place.fail(Missing, "is not set", "it is required")
			if member != nil {
				e = member.unfit("a value: it is required")
			}
			d.refuse(below(path, f.names[0]), e)
		}
		return
	}
	d.value(below(path, key), member, reach(t, f.index))
}

// reach is a field by its index. Embedded pointers on the way are set.
func reach(t reflect.Value, index []int) reflect.Value {
	for i, at := range index {
		if i > 0 && t.Kind() == reflect.Pointer {
			if t.IsNil() {
				t.Set(reflect.New(t.Type().Elem()))
			}
			t = t.Elem()
		}
		t = t.Field(at)
	}
	return t
}

// unknown refuses the keys that no field takes.
func (d *decoder) unknown(path string, v *Value, p plan) {
	var known []string
	for _, f := range p.fields {
		known = append(known, f.names...)
	}
	for _, i := range v.fields.sorted() {
		key := v.fields.keys[i]
		if slices.Contains(known, key) {
			continue
		}
		hint := ""
		if like := nearest(key, known); like != "" {
			hint = fmt.Sprintf("did you mean %s?", JoinPath(like))
		}
		d.refuse(below(path, key), v.fields.values[i].place.fail(Type, "is not known here", hint))
	}
}

// plan is made once for each type.
func (d *decoder) plan(t reflect.Type) plan {
	if p, ok := d.plans[t]; ok {
		return p
	}
	var p plan
	p.add(t, nil)
	p.check(t)
	d.plans[t] = p
	return p
}

// add adds the fields of a struct, which lies at an index of the outer one. A
// struct that is embedded in itself ends where its name is taken already.
func (p *plan) add(t reflect.Type, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("hocon"), ",")
		at := append(slices.Clip(index), i)
		inner := sf.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case name == "-":
		case options != "" && options != "required":
			p.problem = fmt.Sprintf("%s.%s has the option %q in its tag, and only required is one", t, sf.Name, options)
		case sf.Anonymous && name == "" && flattened(inner):
			p.embed(t, sf, inner, at)
		case sf.IsExported():
			p.fields = append(p.fields, field{index: at, names: namesOf(sf.Name, name), required: options == "required", from: sf.Name})
		case sf.Tag.Get("hocon") != "":
			p.problem = fmt.Sprintf("%s.%s has a tag but is not exported", t, sf.Name)
		}
	}
}

// embed adds the fields of an embedded struct.
func (p *plan) embed(t reflect.Type, sf reflect.StructField, inner reflect.Type, at []int) {
	switch {
	case sf.Type.Kind() == reflect.Pointer && !sf.IsExported():
		p.problem = fmt.Sprintf("%s embeds a pointer to %s, which is not exported and so cannot be set", t, inner)
	case len(at) > deepestEmbedding:
		p.problem = fmt.Sprintf("%s embeds itself", t)
	default:
		p.add(inner, at)
	}
}

// deepestEmbedding stops at structs that embed pointers to themselves.
const deepestEmbedding = 8

// flattened says whether the fields of an embedded type count as the outer
// struct's: it is a struct that isn't decoded as a whole.
func flattened(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[Period]() && t != reflect.TypeFor[Value]() &&
		!reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// check drops fields that are hidden by one further out, refuses two at one
// level that take the same key, and brings the rest into the order of the source.
func (p *plan) check(t reflect.Type) {
	taken := map[string]field{}
	slices.SortStableFunc(p.fields, func(a, b field) int { return len(a.index) - len(b.index) })
	var kept []field
	for _, f := range p.fields {
		hidden := false
		for _, name := range f.names {
			other, ok := taken[name]
			hidden = hidden || ok
			if ok && len(other.index) == len(f.index) {
				p.problem = fmt.Sprintf("%s has two fields for the key %s: %s and %s", t, name, other.from, f.from)
			}
		}
		if hidden {
			continue
		}
		for _, name := range f.names {
			taken[name] = f
		}
		kept = append(kept, f)
	}
	slices.SortFunc(kept, func(a, b field) int { return slices.Compare(a.index, b.index) })
	p.fields = kept
}
