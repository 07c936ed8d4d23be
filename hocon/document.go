package hocon

import "io/fs"

// Document is a parsed text with its includes: every setting in it, its
// substitutions still open. It never changes and may be resolved many times,
// also at once.
type Document struct {
	root       *object
	limits     Limits
	references int // how many substitutions there are
}

// Parse reads a text. The name is the file's in errors and, with
// [Options].Files, the place that its includes are relative to; its ending
// tells JSON and Java properties from HOCON.
func Parse(name string, text []byte, o Options) (*Document, error) {
	return newLoader(o).document(name, text)
}

// ParseFile reads the named file of o.Files.
func ParseFile(name string, o Options) (*Document, error) {
	l := newLoader(o)
	if l.files == nil {
		return nil, unreadable(name, "there are no files to read from", "set Options.Files")
	}
	if !fs.ValidPath(name) {
		return nil, unreadable(name, "is no path below the root of the files",
			"name the file relative to the root, without . and ..")
	}
	text, err := l.read(name)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, unreadable(name, "there is no such file", "names are relative to the root of Options.Files")
	}
	return l.document(name, text)
}

// unreadable is the error about the file that everything begins with.
func unreadable(name, problem, hint string) error {
	return &Error{Code: Include, Origin: Origin{File: name}, Problem: problem, Hint: hint}
}

// document reads the file that everything begins with.
func (l *loader) document(name string, text []byte) (*Document, error) {
	root := &object{place: place{file: &name, line: 1, column: 1}}
	s, _ := syntaxOf(name)
	references, err := l.parse(root, name, text, s, nil, 0)
	if err != nil {
		return nil, err
	}
	return &Document{root: root, limits: l.limits, references: references}, nil
}

// WithFallback gives a document whose settings are d's and, beneath them, f's.
// The substitutions of both see the joined settings. The limits are d's.
func (d *Document) WithFallback(f *Document) *Document {
	return &Document{root: d.root.on(f.root), limits: d.limits, references: d.references + f.references}
}

// on is a new object with o's members above those of another. Neither of the
// two changes.
func (o *object) on(lower *object) *object {
	joined := &object{place: o.place, merged: append(append(append([]place(nil), lower.merged...), lower.place), o.merged...)}
	for i, key := range lower.keys {
		joined.add(key, lower.slots[i])
	}
	for i, key := range o.keys {
		if slot := joined.find(key); slot != nil {
			*slot = o.slots[i].on(slot)
		} else {
			joined.add(key, o.slots[i])
		}
	}
	return joined
}

// on is a copy of the layers from l down, with those of another slot beneath.
func (l *layer) on(lower *layer) layer {
	if l.below == nil {
		upper, upperIs := l.node.(*object)
		object, lowerIs := lower.node.(*object)
		if upperIs && lowerIs {
			return layer{node: upper.on(object), below: lower.below}
		}
		under := *lower
		return layer{node: l.node, below: &under}
	}
	rest := l.below.on(lower)
	return layer{node: l.node, below: &rest}
}

// Resolve replaces the substitutions by what they stand for. If some of them
// have no value, the error is an [Errors] that tells of each.
func (d *Document) Resolve(o ResolveOptions) (*Config, error) {
	root, err := newResolver(d, o).resolve()
	if err != nil {
		return nil, err
	}
	return &Config{root: root}, nil
}
