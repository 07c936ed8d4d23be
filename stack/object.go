package stack

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a Kubernetes object on its way through Render.
type object struct {
	service string

	// job tells a Job that is started by itself; service is its key then.
	job bool

	content map[string]any
	file    string

	// node is where the file describes the object, or nil where no file does.
	// After a kustomization it may differ from the content.
	node *yaml.Node
}

func (o *object) group() string { return groupOf(textAt(o.content, "apiVersion")) }
func (o *object) kind() string  { return textAt(o.content, "kind") }
func (o *object) name() string  { return textAt(o.content, "metadata", "name") }

// title names the object as far as it can be told.
func (o *object) title() string {
	switch {
	case o.kind() == "":
		return "object"
	case o.name() == "":
		return o.kind()
	}
	return o.kind() + " " + o.name()
}

// place is file:line of the object, for the messages about another one.
func (o *object) place() string {
	line, _ := o.position()
	return Source{File: o.file, Line: line}.String()
}

// position returns the line and column of a field, or of the deepest mapping on
// the way to it that the file shows. Zero means unknown.
func (o *object) position(field ...any) (line, column int) {
	node := o.node
	if node == nil {
		return 0, 0
	}
	for _, key := range field {
		next := child(node, key)
		if next == nil {
			break
		}
		node = next
	}
	return node.Line, node.Column
}

// label adds Slipway's labels to the object itself.
func (o *object) label(stack string) {
	metadata, _ := o.content["metadata"].(map[string]any)
	labels, ok := metadata["labels"].(map[string]any)
	if !ok {
		labels = map[string]any{}
		metadata["labels"] = labels
	}
	labels[ManagedByLabel] = Manager
	labels[StackLabel] = stack
	if o.job {
		return // its key is no value of a label
	}
	labels[ServiceLabel] = o.service
}

// clone copies an object for a cluster in which its config differs.
func (o *object) clone() *object {
	c := *o
	c.content, _ = cloneValue(o.content).(map[string]any)
	return &c
}

func cloneValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(value))
		for key, item := range value {
			copied[key] = cloneValue(item)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = cloneValue(item)
		}
		return copied
	}
	return value
}

// child returns the node at a key of a mapping or at an index of a list,
// following aliases, or nil.
func child(node *yaml.Node, key any) *yaml.Node {
	node = resolve(node)
	switch key := key.(type) {
	case string:
		if node.Kind != yaml.MappingNode {
			return nil
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				return node.Content[i+1]
			}
		}
	case int:
		if node.Kind == yaml.SequenceNode && key < len(node.Content) {
			return node.Content[key]
		}
	}
	return nil
}

func resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// fieldPath writes a path as people do: spec.containers[0].image.
func fieldPath(field []any) string {
	var text strings.Builder
	for _, key := range field {
		switch key := key.(type) {
		case int:
			text.WriteString("[" + strconv.Itoa(key) + "]")
		default:
			if text.Len() > 0 {
				text.WriteString(".")
			}
			fmt.Fprint(&text, key)
		}
	}
	return text.String()
}
