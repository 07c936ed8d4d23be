package stack

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxFile is what a stack file may hold. A service takes 150 to 500 bytes, so
// this is room for some thousands.
const maxFile = 1 << 20

// Parse reads a stack file. It does not look whether the paths that the file
// names exist; Load does. The file's name is only for errors, which come all
// together, as Errors.
func Parse(file string, data []byte) (*Stack, error) {
	parsed, r := parse(file, data)
	if errs := r.sorted(); len(errs) > 0 {
		return nil, errs
	}
	return parsed, nil
}

// parse returns what could be read and the reader that holds the errors.
func parse(file string, data []byte) (*Stack, *reader) {
	s := new(Stack)
	r := &reader{file: file, at: map[string]*yaml.Node{}}
	root := r.root(data)
	if root == nil {
		return s, r
	}
	r.mapping("", root, "stack: shop", r.stack(s))
	s.setDefaults()
	r.check(s)
	return s, r
}

// root returns the top of the one document that the file holds, or nil.
func (r *reader) root(data []byte) *yaml.Node {
	start := &yaml.Node{Line: 1, Column: 1}
	if len(data) > maxFile {
		r.refuse(&yaml.Node{}, "", fmt.Sprintf("is larger than %d KiB", maxFile>>10), "a stack file names services, it does not contain them")
		return nil
	}
	documents, err := readYAML(r.file, data)
	if err != nil {
		r.errors = append(r.errors, *err)
		return nil
	}
	if len(documents) == 0 || len(documents[0].Content) == 0 || documents[0].Content[0].ShortTag() == "!!null" {
		r.refuse(start, "", "is empty", "a stack file names the stack, its registries, its services and its environments")
		return nil
	}
	if len(documents) > 1 {
		r.refuse(documents[1], "", "holds more than one document", "a repository has one stack: remove what follows ---")
		return nil
	}
	if !r.refuseAliases(documents[0]) {
		return nil
	}
	return documents[0].Content[0]
}

// refuseAliases holds that every value is written where it is used. An alias
// makes errors point to the wrong line, and a few of them can stand for more
// data than there is memory.
func (r *reader) refuseAliases(node *yaml.Node) (none bool) {
	if node.Kind == yaml.AliasNode {
		r.refuse(node, "", fmt.Sprintf("holds the alias *%s", node.Value), "write the value out: this file has no aliases")
		return false
	}
	none = true
	for _, child := range node.Content {
		none = r.refuseAliases(child) && none
	}
	return none
}

func (s *Stack) setDefaults() {
	for i := range s.Registries {
		if s.Registries[i].Pull == "" {
			s.Registries[i].Pull = s.Registries[i].Push
		}
	}
	for i := range s.Environments {
		if s.Environments[i].Namespace == "" {
			s.Environments[i].Namespace = s.Name
		}
	}
}
