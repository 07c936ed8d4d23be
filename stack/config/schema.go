package config

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/slipway-dev/slipway/hocon"
)

// schemaRoot is the URL of the repository's root as schemas see it. What they
// refer to is looked for below it and nowhere else.
const schemaRoot = "repository:///"

// schema is a compiled schema, or what is wrong with it.
type schema struct {
	compiled *jsonschema.Schema
	wrong    *Error
}

// schema compiles a file once.
func (t *Tree) schema(file string) (*jsonschema.Schema, *Error) {
	known, asked := t.schemas[file]
	if !asked {
		known = t.compile(file)
		t.schemas[file] = known
	}
	return known.compiled, known.wrong
}

func (t *Tree) compile(file string) *schema {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(schemaFiles{t.files})
	compiled, err := compiler.Compile(schemaRoot + file)
	if err == nil {
		return &schema{compiled: compiled}
	}
	problem := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), schemaRoot, "")), " ")
	return &schema{wrong: &Error{
		Origin: hocon.Origin{File: file}, Problem: "is not a schema: " + problem,
		Hint: "a JSON Schema refers only to files of the repository",
	}}
}

// schemaFiles loads what a schema refers to.
type schemaFiles struct{ files *files }

// Load implements jsonschema.URLLoader.
func (l schemaFiles) Load(url string) (any, error) {
	name, inside := strings.CutPrefix(url, schemaRoot)
	if !inside {
		return nil, errors.New("it is not in the repository")
	}
	read, err := l.files.read(name)
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return nil, pathError.Err
	}
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(read.text))
}

// placeholder stands in for a secret while a config is held to its schema.
const placeholder = "secret"

// validate holds a config to a schema. Values that are left open meet every
// schema: nobody knows them here.
func (t *Tree) validate(file string, document *hocon.Document, resolved *hocon.Config, spec Spec) Errors {
	compiled, wrong := t.schema(file)
	if wrong != nil {
		return Errors{wrong}
	}
	instance, err := instance(document, spec)
	if err != nil {
		return fromHOCON(err, file, nil)
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(compiled.Validate(instance), &invalid) {
		return nil
	}
	open := openPaths(resolved)
	var found Errors
	for _, leaf := range leaves(invalid) {
		path := hocon.JoinPath(leaf.InstanceLocation...)
		if open[path] {
			continue
		}
		found = append(found, &Error{
			Origin: nearest(resolved, leaf.InstanceLocation), Path: path,
			Problem: "does not meet the schema: " + leaf.BasicOutput().Error.String(), Hint: "the schema is " + file,
		})
	}
	// The library walks over maps.
	slices.SortStableFunc(found, func(a, b *Error) int {
		return cmp.Or(
			cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.Origin.Column, b.Origin.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Problem, b.Problem),
		)
	})
	return found
}

// instance is the config as JSON, with every value in it known.
func instance(document *hocon.Document, spec Spec) (any, error) {
	known := map[string]string{}
	for name := range spec.Secrets {
		known[name] = placeholder
	}
	resolved, err := document.Resolve(hocon.ResolveOptions{Env: known})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := resolved.WriteJSON(&text); err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(&text)
}

// openPaths are the paths of the values that are left open.
func openPaths(c *hocon.Config) map[string]bool {
	open := map[string]bool{}
	for path, value := range c.Leaves() {
		if value.Kind() == hocon.Unresolved {
			open[path] = true
		}
	}
	return open
}

// leaves are the errors that have no other cause.
func leaves(invalid *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(invalid.Causes) == 0 {
		return []*jsonschema.ValidationError{invalid}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range invalid.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// nearest is where the value at a path was set, or the deepest object on the way
// to it.
func nearest(c *hocon.Config, keys []string) hocon.Origin {
	for end := len(keys); end > 0; end-- {
		if value, set := c.Root().Lookup(hocon.JoinPath(keys[:end]...)); set {
			return value.Origin()
		}
	}
	return c.Root().Origin()
}
