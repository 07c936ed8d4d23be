package stack

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// reader turns the nodes of a stack file into values. It goes on after an
// error, so that one reading finds everything that is wrong.
type reader struct {
	file   string
	errors Errors

	// at holds the node of every path that was read, for the checks that come
	// after reading and need a line to point to.
	at map[string]*yaml.Node
}

// field is one key that a mapping of the stack file may have. The lists of
// fields in fields.go are the only place that says what a file may hold; the
// JSON Schema is held to them by a test.
type field struct {
	name     string
	required bool

	// example is the field as people would write it, for hints.
	example string

	read func(path string, node *yaml.Node)
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func join(path, key string) string {
	if !plainKey.MatchString(key) {
		key = fmt.Sprintf("%q", key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// refuse records an error at a node. The path may be empty for the whole file.
func (r *reader) refuse(node *yaml.Node, path, problem, hint string) {
	r.errors = append(r.errors, Error{
		File: r.file, Line: node.Line, Column: node.Column, Field: cut(path), Problem: cut(problem), Hint: cut(hint),
	})
}

// refuseAt records an error at a path that was read before.
func (r *reader) refuseAt(path, problem, hint string) {
	node, ok := r.at[path]
	if !ok {
		node = new(yaml.Node)
	}
	r.refuse(node, path, problem, hint)
}

// mapping reads a mapping that has the given fields and no others.
func (r *reader) mapping(path string, node *yaml.Node, example string, fields []field) {
	seen := map[string]bool{}
	names := make([]string, 0, len(fields))
	for _, known := range fields {
		names = append(names, known.name)
	}
	r.pairs(path, node, example, func(key, value *yaml.Node) {
		at := slices.Index(names, key.Value)
		if at < 0 {
			r.refuse(key, join(path, key.Value), "is no field of slipway.yaml", didYouMean(key.Value, "fields here", names))
			// A field that was meant does not count as missing too.
			seen[nearest(key.Value, names)] = true
			return
		}
		seen[key.Value] = true
		fields[at].read(join(path, key.Value), value)
	})
	if node.Kind != yaml.MappingNode {
		return
	}
	for _, missing := range fields {
		if missing.required && !seen[missing.name] {
			r.refuse(node, join(path, missing.name), "is missing", "for example "+missing.example)
		}
	}
}

// pairs calls read for each key of a mapping, in the order of the file. Keys
// that are no text or come twice are refused.
func (r *reader) pairs(path string, node *yaml.Node, example string, read func(key, value *yaml.Node)) {
	r.at[path] = node
	if node.Kind != yaml.MappingNode {
		r.refuseKind(path, node, "a mapping", example)
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			r.refuse(key, path, "has a key that is "+describe(key), "write keys as text")
			continue
		}
		if line, twice := first[key.Value]; twice {
			r.refuse(key, join(path, key.Value), fmt.Sprintf("is here twice, first in line %d", line), "keep one")
			continue
		}
		first[key.Value] = key.Line
		read(key, value)
	}
}

// list calls read for each item of a list and refuses an empty one.
func (r *reader) list(path string, node *yaml.Node, example string, read func(path string, item *yaml.Node)) {
	r.at[path] = node
	if node.Kind != yaml.SequenceNode {
		r.refuseKind(path, node, "a list", example)
		return
	}
	if len(node.Content) == 0 {
		r.refuse(node, path, "is an empty list", "for example "+example)
	}
	for i, item := range node.Content {
		read(fmt.Sprintf("%s[%d]", path, i), item)
	}
}

// text reads a text. Numbers, dates and truth values are refused, for YAML
// changes how they are written: 1.10 is the number 1.1.
func (r *reader) text(path string, node *yaml.Node, example string) (string, bool) {
	r.at[path] = node
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		r.refuseKind(path, node, "text", example)
		return "", false
	}
	if node.ShortTag() != "!!str" {
		r.refuse(node, path, fmt.Sprintf("is %s where text is wanted", describe(node)), fmt.Sprintf("put it in quotes: %q", node.Value))
		return "", false
	}
	return node.Value, true
}

func (r *reader) refuseKind(path string, node *yaml.Node, wanted, example string) {
	problem := fmt.Sprintf("is %s where %s is wanted", describe(node), wanted)
	if node.ShortTag() == "!!null" {
		problem = "has no value"
	}
	r.refuse(node, path, problem, "for example "+example)
}

// sorted returns the errors in the order of the file.
func (r *reader) sorted() Errors {
	slices.SortStableFunc(r.errors, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.errors
}

func describe(node *yaml.Node) string {
	if node.Kind == yaml.MappingNode {
		return "a mapping"
	}
	if node.Kind == yaml.SequenceNode {
		return "a list"
	}
	switch node.ShortTag() {
	case "!!str":
		return "text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a truth value"
	case "!!timestamp":
		return "a date"
	case "!!null":
		return "nothing"
	}
	return "of the type " + node.Tag
}
