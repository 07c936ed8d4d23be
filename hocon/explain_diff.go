package hocon

import "strconv"

// ChangeKind says what became of a value.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Changed ChangeKind = "changed"
	Removed ChangeKind = "removed"
)

// Change is one difference between two configs, at the path of a value without
// members, as [Config.Leaves] has them.
type Change struct {
	Path string     `json:"path"`
	Kind ChangeKind `json:"kind"`

	// Old and New are the values as JSON; a value that was kept open is as it
	// was written, with what it builds on.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`

	OldOrigin Origin `json:"oldOrigin,omitzero"`
	NewOrigin Origin `json:"newOrigin,omitzero"`
}

// String is the change for people: + for what was added, - for what was removed
// and ~ for what changed, with the places.
func (c Change) String() string {
	from, to := c.Old+" ("+shown(c.OldOrigin)+")", c.New+" ("+shown(c.NewOrigin)+")"
	switch c.Kind {
	case Added:
		return "+ " + c.Path + " = " + to
	case Removed:
		return "- " + c.Path + " = " + from
	default:
		return "~ " + c.Path + " = " + from + " -> " + to
	}
}

// Diff lists what differs between two configs, in the order in which they are
// printed. An object or list that is only in one of them is listed leaf by leaf;
// the items of lists are compared by their number. Values that only moved to
// another place in the files don't differ, and a number is another value if it
// is written in another way. Nil is a config without values.
//
// Values at paths that one of the given functions calls secret are not shown;
// that they changed is.
func Diff(old, new *Config, secret ...func(path string) bool) []Change {
	d := differ{secret: secret}
	d.values(old.value(), new.value())
	return d.changes
}

// value is the object at the top, or nil.
func (c *Config) value() *Value {
	if c == nil {
		return nil
	}
	return c.root
}

// differ gathers changes, with the path to the values that it compares.
type differ struct {
	keys    []string
	secret  []func(path string) bool
	changes []Change
}

// values compares two values at one path; nil is none.
func (d *differ) values(old, new *Value) {
	switch {
	case old == new:
	case old.hasItems() && new.hasItems():
		for i := range max(len(old.items), len(new.items)) {
			d.below(strconv.Itoa(i), func() { d.values(item(old, i), item(new, i)) })
		}
	case old.hasMembers() && new.hasMembers():
		d.members(old, new)
	case old.leaf() && new.leaf():
		d.leaves(old, new)
	default:
		d.each(old, func(v *Value) { d.change(Removed, v, nil) })
		d.each(new, func(v *Value) { d.change(Added, nil, v) })
	}
}

// members compares two objects key by key.
func (d *differ) members(old, new *Value) {
	var union fields
	for _, object := range []*Value{old, new} {
		for key := range object.fields.all() {
			union.set(key, nil)
		}
	}
	for _, i := range union.sorted() {
		key := union.keys[i]
		d.below(key, func() { d.values(old.fields.get(key), new.fields.get(key)) })
	}
}

// below does something one step below the path.
func (d *differ) below(key string, do func()) {
	d.keys = append(d.keys, key)
	do()
	d.keys = d.keys[:len(d.keys)-1]
}

// leaves compares two values without members.
func (d *differ) leaves(old, new *Value) {
	if old.kind != new.kind || old.text != new.text || old.kind == Unresolved && d.leafText(old) != d.leafText(new) {
		d.change(Changed, old, new)
	}
}

// each visits the leaves of a value that has no counterpart.
func (d *differ) each(v *Value, visit func(*Value)) {
	switch {
	case v.hasItems():
		for i, item := range v.items {
			d.below(strconv.Itoa(i), func() { d.each(item, visit) })
		}
	case v.hasMembers():
		for _, i := range v.fields.sorted() {
			d.below(v.fields.keys[i], func() { d.each(v.fields.values[i], visit) })
		}
	case v != nil:
		visit(v)
	}
}

// change notes a change at the path.
func (d *differ) change(kind ChangeKind, old, new *Value) {
	c := Change{Path: JoinPath(d.keys...), Kind: kind}
	hidden := (&excerpt{secret: d.secret}).hides(c.Path)
	show := func(v *Value) string {
		if hidden {
			return masked
		}
		return d.leafText(v)
	}
	if old != nil {
		c.Old, c.OldOrigin = show(old), old.Origin()
	}
	if new != nil {
		c.New, c.NewOrigin = show(new), new.Origin()
	}
	d.changes = append(d.changes, c)
}

// leafText is a value without members as a text.
func (d *differ) leafText(v *Value) string {
	var x excerpt
	x.value("", v)
	if v.kind == Unresolved {
		for _, low := range v.base(d.keys) {
			x.out = append(x.out, " over "...)
			x.value("", low)
		}
	}
	return x.text()
}

func (v *Value) hasItems() bool   { return v != nil && v.kind == List && len(v.items) > 0 }
func (v *Value) hasMembers() bool { return v != nil && v.kind == Object && v.fields.len() > 0 }
func (v *Value) leaf() bool       { return v != nil && !v.hasItems() && !v.hasMembers() }

// item is an item of a list, or nil behind its end.
func item(list *Value, i int) *Value {
	if i < len(list.items) {
		return list.items[i]
	}
	return nil
}
