package config

import (
	"fmt"
	"slices"

	"github.com/slipway-dev/slipway/hocon"
)

// findCredentials refuses values that look like credentials. What a substitution
// that stands for a secret falls back to is looked at, too: it is printed beside
// it.
func (t *Tree) findCredentials(document *hocon.Document, resolved *hocon.Config, service string, spec Spec, open openSecrets) (Errors, error) {
	allowed := allowedPaths(spec.NotSecret)
	found := t.credentials(resolved, service, allowed)
	if !open.optional {
		return found, nil
	}
	// Without the optional ones of those substitutions their fall-backs show.
	bare, err := document.Resolve(hocon.ResolveOptions{Keep: func(path string, optional bool) bool {
		_, isSecret := spec.Secrets[path]
		return isSecret && !optional
	}})
	if err != nil {
		return nil, err
	}
	for _, e := range t.credentials(bare, service, allowed) {
		if !slices.ContainsFunc(found, func(other *Error) bool { return *other == *e }) {
			found = append(found, e)
		}
	}
	return found, nil
}

func (t *Tree) credentials(c *hocon.Config, service string, allowed allowedPaths) Errors {
	var found Errors
	for path, value := range c.Leaves() {
		// Of a substitution that stays open, the text around it is printed, too.
		what := credential(t.namesSecret(path), value.Known())
		if what == "" || allowed.covers(path) {
			continue
		}
		section := "services." + service + ".config"
		found = append(found, &Error{
			Origin: value.Origin(), Path: path, Problem: "looks like " + what,
			Hint: fmt.Sprintf("write a substitution such as ${DB_PASSWORD} and list it under %s.secrets; if it is no credential, add %q to %s.notSecret", section, path, section),
		})
	}
	return found
}

// namesSecret remembers its answers: services mostly have the same paths.
func (t *Tree) namesSecret(path string) bool {
	names, known := t.secretPaths[path]
	if !known {
		names = NamesSecret(path)
		t.secretPaths[path] = names
	}
	return names
}

// allowedPaths are those whose values are not looked at, each with all below.
type allowedPaths []string

// covers compares key by key, however the paths are quoted.
func (a allowedPaths) covers(path string) bool {
	if len(a) == 0 {
		return false
	}
	keys, err := hocon.ParsePath(path)
	if err != nil {
		return false
	}
	for _, allowed := range a {
		above, err := hocon.ParsePath(allowed)
		if err == nil && isBelow(keys, above) {
			return true
		}
	}
	return false
}

// isBelow tells whether a path is another one or lies below it.
func isBelow(keys, above []string) bool {
	if len(above) > len(keys) {
		return false
	}
	for i, key := range above {
		if keys[i] != key {
			return false
		}
	}
	return true
}
