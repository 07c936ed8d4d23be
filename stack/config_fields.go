package stack

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/stack/config"
)

// maxKeep is more ConfigMaps than anybody rolls back through.
const maxKeep = 100

// variableName is what shells and the JVM take for an environment variable, and
// what needs no quotes in a substitution.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (r *reader) config(c *Config) []field {
	return []field{
		{name: "layers", example: "layers: [\"config/{service}.conf\"]", read: func(path string, node *yaml.Node) {
			r.list(path, node, "[\"config/{service}.conf\"]", func(path string, item *yaml.Node) {
				c.Layers = append(c.Layers, r.layer(path, item, c.Layers))
			})
		}},
		{name: "keep", example: "keep: 3", read: func(path string, node *yaml.Node) {
			c.Keep = r.count(path, node, 3, maxKeep)
		}},
	}
}

func (r *reader) serviceConfig(spec *config.Spec) []field {
	return []field{
		{name: "file", example: "file: application.conf", read: func(path string, node *yaml.Node) {
			spec.File = r.configFile(path, node)
		}},
		{name: "schema", example: "schema: config/cart.schema.json", read: func(path string, node *yaml.Node) {
			spec.Schema = r.localPath(path, node, "config/cart.schema.json")
		}},
		{name: "secrets", example: "secrets: {DB_PASSWORD: {secret: cart-db, key: password}}", read: func(path string, node *yaml.Node) {
			spec.Secrets = r.secrets(path, node)
		}},
		{name: "notSecret", example: "notSecret: [session.token]", read: func(path string, node *yaml.Node) {
			spec.NotSecret = r.configPaths(path, node)
		}},
	}
}

func (r *reader) secretKey(key *config.SecretKey) []field {
	return []field{
		{name: "secret", required: true, example: "secret: cart-db", read: func(path string, node *yaml.Node) {
			text, ok := r.text(path, node, "cart-db")
			if ok && len(validation.IsDNS1123Subdomain(text)) > 0 {
				r.refuse(node, path, fmt.Sprintf("%q is no name of a Secret", text), "it has lower-case letters, digits, hyphens and dots")
			}
			key.Secret = text
		}},
		{name: "key", required: true, example: "key: password", read: func(path string, node *yaml.Node) {
			text, ok := r.text(path, node, "password")
			if ok && len(validation.IsConfigMapKey(text)) > 0 {
				r.refuse(node, path, fmt.Sprintf("%q is no key of a Secret", text), "it has letters, digits, hyphens, underscores and dots")
			}
			key.Key = text
		}},
	}
}

// secrets reads the names of substitutions and where their values are.
func (r *reader) secrets(path string, node *yaml.Node) map[string]config.SecretKey {
	const example = "{DB_PASSWORD: {secret: cart-db, key: password}}"
	read := map[string]config.SecretKey{}
	r.pairs(path, node, example, func(name, value *yaml.Node) {
		at := join(path, name.Value)
		if !variableName.MatchString(name.Value) {
			r.refuse(name, at, fmt.Sprintf("%q is no name of an environment variable", name.Value), "it has letters, digits and underscores")
		}
		var key config.SecretKey
		r.mapping(at, value, "{secret: cart-db, key: password}", r.secretKey(&key))
		read[name.Value] = key
	})
	return read
}

// layer reads the path of a layer.
func (r *reader) layer(at string, node *yaml.Node, before []string) string {
	layer := r.localPath(at, node, "config/{service}.conf")
	if layer == "" {
		return ""
	}
	if problem, hint := config.CheckLayer(layer); problem != "" {
		r.refuse(node, at, fmt.Sprintf("%q %s", layer, problem), hint)
		return ""
	}
	if slices.Contains(before, layer) {
		r.refuse(node, at, "is in the list twice", "keep one")
		return ""
	}
	return layer
}

// configFile reads the name of the file that pods see.
func (r *reader) configFile(at string, node *yaml.Node) string {
	text, ok := r.text(at, node, config.DefaultFile)
	if !ok || text == config.EnvFile {
		return text
	}
	switch {
	case len(validation.IsConfigMapKey(text)) > 0:
		r.refuse(node, at, fmt.Sprintf("%q is no key of a ConfigMap", text), "it is a file's name without a directory, for example "+config.DefaultFile)
	case !slices.Contains(config.Forms(), path.Ext(text)):
		r.refuse(node, at, fmt.Sprintf("%q does not tell the form of the config", text),
			fmt.Sprintf("end it in %s, or write %q for environment variables", strings.Join(config.Forms(), ", "), config.EnvFile))
	default:
		return text
	}
	return ""
}

// configPaths reads a list of paths in a config.
func (r *reader) configPaths(path string, node *yaml.Node) []string {
	paths := r.texts(path, node, "[session.token]")
	for i, text := range paths {
		if text == "" {
			continue
		}
		if _, err := hocon.ParsePath(text); err != nil {
			r.refuseAt(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%q is no path of a config", text), "write its keys with dots between them, quoted where they hold dots")
		}
	}
	return paths
}

// count reads a number from one to a limit.
func (r *reader) count(path string, node *yaml.Node, example, limit int) int {
	r.at[path] = node
	if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!int" {
		r.refuseKind(path, node, "a number", strconv.Itoa(example))
		return 0
	}
	number, err := strconv.Atoi(node.Value)
	if err != nil || number < 1 || number > limit {
		r.refuse(node, path, fmt.Sprintf("%s is not between 1 and %d", node.Value, limit), "for example "+strconv.Itoa(example))
		return 0
	}
	return number
}
