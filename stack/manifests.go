package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	kubejson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/kustomize/api/konfig"
)

// load reads the objects of one service.
func (r *renderer) load(service Service) {
	r.files.begin()
	before, failed := len(r.objects), len(r.errors)
	directory := service.Manifests.Path
	switch {
	case !r.files.isDirectory(directory):
		r.loadFile(service.Name, directory)
	case r.isKustomization(directory):
		r.loadKustomization(service.Name, directory)
	default:
		r.loadDirectory(service.Name, directory)
	}
	if len(r.objects) == before && len(r.errors) == failed {
		r.errors = append(r.errors, Error{
			File: directory, Field: "service " + service.Name, Problem: "holds no object",
			Hint: "describe what the service runs in it, or remove the service",
		})
	}
	if len(r.objects) > maxObjects {
		r.refuseService(service.Name, fmt.Sprintf("the stack has more than %d objects", maxObjects), "split it")
	}
}

func (r *renderer) isKustomization(directory string) bool {
	names, err := r.files.names(directory)
	return err == nil && slices.ContainsFunc(names, func(name string) bool {
		return slices.Contains(konfig.RecognizedKustomizationFileNames(), name)
	})
}

// loadDirectory reads the YAML files of a directory, not of those below it.
func (r *renderer) loadDirectory(service, directory string) {
	names, err := r.files.names(directory)
	if err != nil {
		r.errors = append(r.errors, Error{File: directory, Field: "service " + service, Problem: pathProblem(err)})
		return
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !isYAML(name) || strings.HasPrefix(name, ".") })
	if len(names) == 0 {
		r.errors = append(r.errors, Error{
			File: directory, Field: "service " + service, Problem: "holds neither YAML files nor a kustomization.yaml",
			Hint: "directories below it are not read",
		})
	}
	for _, name := range names {
		r.loadFile(service, path.Join(directory, name))
	}
}

func (r *renderer) loadFile(service, file string) {
	documents, err := r.files.documents(file)
	if err != nil {
		r.errors = append(r.errors, *err)
		return
	}
	for _, document := range documents {
		r.loadNode(service, file, document.Content[0])
	}
}

// loadNode takes one document, or one item of a List.
func (r *renderer) loadNode(service, file string, node *yaml.Node) {
	node = resolve(node)
	if node.ShortTag() == "!!null" {
		return
	}
	o := &object{service: service, file: file, node: node}
	if node.Kind != yaml.MappingNode {
		r.refuse(o, nil, "is "+describe(node)+" where a mapping is wanted", "a manifest has apiVersion, kind and metadata")
		return
	}
	if items := child(node, "items"); isList(node) && items != nil && resolve(items).Kind == yaml.SequenceNode {
		for _, item := range resolve(items).Content {
			r.loadNode(service, file, item)
		}
		return
	}
	content, broken := decodeObject(node)
	if broken != nil {
		broken.File = file
		r.errors = append(r.errors, *broken)
		return
	}
	o.content = content
	r.objects = append(r.objects, o)
}

func isList(node *yaml.Node) bool {
	kind := child(node, "kind")
	return kind != nil && strings.HasSuffix(kind.Value, "List")
}

// decodeObject turns a node into the types of unstructured objects, by way of
// JSON: that is the data model of Kubernetes, and what cannot pass, it refuses.
func decodeObject(node *yaml.Node) (map[string]any, *Error) {
	if broken := textKeys(node, map[*yaml.Node]bool{}); broken != nil {
		return nil, broken
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, &Error{Line: node.Line, Column: node.Column, Field: "object", Problem: decodeProblem(err)}
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, &Error{Line: node.Line, Column: node.Column, Field: "object", Problem: "is no JSON: " + err.Error()}
	}
	var content map[string]any
	if err := kubejson.Unmarshal(data, &content); err != nil {
		return nil, &Error{Line: node.Line, Column: node.Column, Field: "object", Problem: "is no JSON: " + err.Error()}
	}
	return content, nil
}

// textKeys makes the key of every mapping text, as kubectl does: the key 8080
// of a ConfigMap is "8080". It refuses a key that comes twice.
func textKeys(node *yaml.Node, seen map[*yaml.Node]bool) *Error {
	node = resolve(node)
	if seen[node] {
		return nil
	}
	seen[node] = true
	keys := map[string]int{}
	for i, part := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 && part.Kind == yaml.ScalarNode && part.ShortTag() != "!!merge" {
			if line, twice := keys[part.Value]; twice {
				return &Error{
					Line: part.Line, Column: part.Column, Field: part.Value,
					Problem: fmt.Sprintf("is here twice, first in line %d", line), Hint: "keep one",
				}
			}
			keys[part.Value] = part.Line
			part.Tag = "!!str"
		}
		if broken := textKeys(part, seen); broken != nil {
			return broken
		}
	}
	return nil
}

func decodeProblem(err error) string {
	var typeError *yaml.TypeError
	if errors.As(err, &typeError) {
		return strings.Join(typeError.Errors, "; ")
	}
	return strings.TrimPrefix(err.Error(), "yaml: ")
}
