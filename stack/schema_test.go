package stack

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/slipway-dev/slipway/stack/config"
)

const schemaFile = "schema.json"

// schemaObject is the part of an object's schema that has to agree with the
// parser.
type schemaObject struct {
	Description          string                     `json:"description"`
	AdditionalProperties any                        `json:"additionalProperties"`
	Required             []string                   `json:"required"`
	Properties           map[string]json.RawMessage `json:"properties"`
	Defs                 map[string]json.RawMessage `json:"$defs"`
}

func TestSchemaAndParserHaveTheSameFields(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	root := decodeSchema(t, data)
	r := new(reader)
	for name, fields := range map[string][]field{
		"":              r.stack(new(Stack)),
		"config":        r.config(new(Config)),
		"registry":      r.registry(new(Registry)),
		"service":       r.service(new(Service)),
		"serviceConfig": append(r.serviceConfig(new(config.Spec)), r.configChecker(new(*Checker))),
		"checker":       r.checker(new(Checker)),
		"hook":          r.hook(new(Hook)),
		"secretKey":     r.secretKey(new(config.SecretKey)),
		"build":         r.build(new(Build)),
		"environment":   r.environment(new(Environment)),
		"gates":         r.gates(new(Gates)),
		"approval":      r.approvalFields(new(Approval)),
		"window":        r.window(new(Window)),
		"verify":        r.verify(new(Verify)),
	} {
		object := root
		if name != "" {
			object = decodeSchema(t, root.Defs[name])
		}
		var all, required []string
		for _, f := range fields {
			all = append(all, f.name)
			if f.required {
				required = append(required, f.name)
			}
		}
		properties := make([]string, 0, len(object.Properties))
		for property, definition := range object.Properties {
			properties = append(properties, property)
			if decodeSchema(t, definition).Description == "" && property != "build" {
				t.Errorf("%q: the schema does not describe %q", name, property)
			}
		}
		if !sameNames(properties, all) {
			t.Errorf("%q: the schema has %v, the parser %v", name, properties, all)
		}
		if !sameNames(object.Required, required) {
			t.Errorf("%q: the schema requires %v, the parser %v", name, object.Required, required)
		}
		if object.AdditionalProperties != false || object.Description == "" {
			t.Errorf("%q: is open or not described", name)
		}
	}
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func decodeSchema(t *testing.T, data []byte) schemaObject {
	t.Helper()
	var object schemaObject
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestSchemaTakesWhatTheParserTakes(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	good, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(good) == 0 {
		t.Fatalf("found %v: %v", good, err)
	}
	examples, err := filepath.Glob("../examples/*/slipway.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("found %v: %v", examples, err)
	}
	for _, name := range slices.Concat(good, examples) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// beyondSchema are the archives of testdata/parse whose mistake a schema cannot
// see.
var beyondSchema = []string{
	"alias", "cluster-names", "config-paths", "cycle", "duplicate-key", "self-need", "several-documents", "shared-namespace", "two-cycles", "unknown-need",
}

func TestSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	names, err := filepath.Glob("testdata/parse/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeYAML(archive.Files[0].Data); err != nil {
			continue
		}
		err = schema.Validate(asJSON(t, archive.Files[0].Data))
		beyond := slices.Contains(beyondSchema, filepath.Base(name[:len(name)-len(".txtar")]))
		if (err == nil) != beyond {
			t.Errorf("%s: expected the schema to take it: %t; it says %v", name, beyond, err)
		}
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	schema, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON returns the first document the way an editor's validator sees it.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var value any
	if documents, err := decodeYAML(data); err != nil {
		t.Fatal(err)
	} else if len(documents) > 0 {
		value = plain(documents[0])
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// plain is the value of a node, the last of duplicate keys winning.
func plain(node *yaml.Node) any {
	node = resolve(node)
	var value any
	switch node.Kind {
	case yaml.DocumentNode:
		return plain(node.Content[0])
	case yaml.SequenceNode:
		list := make([]any, 0, len(node.Content))
		for _, item := range node.Content {
			list = append(list, plain(item))
		}
		return list
	case yaml.MappingNode:
		mapping := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			if node.Content[i].ShortTag() == "!!merge" {
				maps.Copy(mapping, plain(node.Content[i+1]).(map[string]any))
				continue
			}
			mapping[node.Content[i].Value] = plain(node.Content[i+1])
		}
		return mapping
	default:
		if node.Decode(&value) != nil || node.ShortTag() == "!!timestamp" {
			return node.Value
		}
		return value
	}
}
