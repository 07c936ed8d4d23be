package config

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/hocon"
)

// maxData is what the keys and values of a ConfigMap may hold together. The API
// server takes 1 MiB; the rest is room for the object around them.
const maxData = 1_000_000

// shownKeys is how many keys an error names that take the most room.
const shownKeys = 3

// writers print a config in the form that the ending of a file tells.
var writers = map[string]func(*hocon.Config, io.Writer) error{
	".conf":       (*hocon.Config).WriteHOCON,
	".json":       (*hocon.Config).WriteIndentedJSON,
	".properties": (*hocon.Config).WriteProperties,
}

// Forms are the endings that a file of config may have in a pod.
func Forms() []string { return []string{".conf", ".json", ".properties"} }

// print fills in Data.
func (r *Rendered) print(spec Spec) Errors {
	file := cmp.Or(spec.File, DefaultFile)
	if file == EnvFile {
		if found := r.printEnv(); len(found) > 0 {
			return found
		}
		return r.checkSize()
	}
	var text bytes.Buffer
	if err := writers[path.Ext(file)](r.Config, &text); err != nil {
		return fromHOCON(err, r.File, openHint(file))
	}
	r.Key, r.Data = file, map[string]string{file: text.String()}
	return r.checkSize()
}

// openHint is the way out when a substitution is left open in a form that has no
// substitutions.
func openHint(file string) func(*hocon.Error) string {
	return func(e *hocon.Error) string {
		if e.Code != hocon.Open {
			return ""
		}
		return fmt.Sprintf("%s has no place for a secret: name the file %s, or let the service read the variable itself", file, DefaultFile)
	}
}

var notInVariable = regexp.MustCompile(`[^A-Z0-9_]`)

// printEnv makes a key of each value: db.pool-size becomes DB_POOL_SIZE. What has
// no value, such as null and an empty list, has no key.
func (r *Rendered) printEnv() Errors {
	r.Data = map[string]string{}
	from := map[string]string{}
	var found Errors
	for path, value := range r.Config.Leaves() {
		if kind := value.Kind(); kind == hocon.Null || kind == hocon.List || kind == hocon.Object {
			continue
		}
		name := variable(path)
		problem, hint := "", "give the value another path"
		switch earlier, twice := from[name]; {
		case value.Kind() == hocon.Unresolved:
			problem = "is left open, and has no place among environment variables"
			hint = "let the service read the variable itself, and let the manifest set it from the Secret"
		case name == "" || notInVariable.MatchString(name) || name[0] >= '0' && name[0] <= '9':
			problem = fmt.Sprintf("becomes %q, which is no environment variable", name)
		case twice:
			problem = fmt.Sprintf("becomes the environment variable %s, as %s does", name, earlier)
		}
		if problem != "" {
			found = append(found, &Error{Origin: value.Origin(), Path: path, Problem: problem, Hint: hint})
			continue
		}
		from[name], r.Data[name] = path, value.Text()
	}
	return found
}

// variable is the name of the environment variable for a path.
func variable(path string) string {
	keys, err := hocon.ParsePath(path)
	if err != nil {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(strings.Join(keys, "_")))
}

// checkSize refuses what a cluster would not take.
func (r *Rendered) checkSize() Errors {
	size := 0
	for key, text := range r.Data {
		size += len(key) + len(text)
	}
	if size <= maxData {
		return nil
	}
	return Errors{{
		Origin:  hocon.Origin{File: r.File},
		Problem: fmt.Sprintf("comes to %d bytes, and a ConfigMap holds %d; the most room is taken by %s", size, maxData, strings.Join(r.largest(), ", ")),
		Hint:    "move data out of the config, into the image or a volume",
	}}
}

// largest names the keys at the top of the config under which there is most.
func (r *Rendered) largest() []string {
	sizes := map[string]int{}
	for path, value := range r.Config.Leaves() {
		keys, err := hocon.ParsePath(path)
		if err == nil && len(keys) > 0 {
			sizes[hocon.JoinPath(keys[0])] += len(path) + len(value.Text())
		}
	}
	names := make([]string, 0, len(sizes))
	for name := range sizes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(sizes[b], sizes[a]), cmp.Compare(a, b)) })
	names = names[:min(len(names), shownKeys)]
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d bytes)", name, sizes[name])
	}
	return names
}
