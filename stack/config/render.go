package config

import (
	"fmt"

	"github.com/slipway-dev/slipway/hocon"
)

// Render renders the config of a service from one of its layers. What is wrong
// with it comes back all together, as Errors.
func (t *Tree) Render(service string, spec Spec, file string) (*Rendered, error) {
	document, err := hocon.ParseFile(file, hocon.Options{Files: t.files, RequireIncludes: true})
	if err != nil {
		return nil, fromHOCON(err, file, nil)
	}
	open := openSecrets{secrets: spec.Secrets, used: map[string]SecretKey{}}
	resolved, err := document.Resolve(hocon.ResolveOptions{Keep: open.keep})
	if err != nil {
		return nil, fromHOCON(err, file, func(e *hocon.Error) string { return missingHint(e, service) })
	}
	found, err := t.findCredentials(document, resolved, service, spec, open)
	if err != nil {
		return nil, fromHOCON(err, file, nil)
	}
	if spec.Schema != "" && len(found) == 0 {
		found = t.validate(spec.Schema, document, resolved, spec)
	}
	rendered := &Rendered{Service: service, File: file, Config: resolved, Secrets: open.used}
	found = append(found, rendered.print(spec)...)
	if len(found) > 0 {
		return nil, found
	}
	if rendered.Hash, err = hash(rendered.Data); err != nil {
		return nil, fmt.Errorf("hashing the config of %s: %w", service, err)
	}
	return rendered, nil
}

// openSecrets keeps the substitutions open that stand for secrets.
type openSecrets struct {
	secrets map[string]SecretKey

	// used are those that were met, and optional tells that one of them need not
	// be set.
	used     map[string]SecretKey
	optional bool
}

func (o *openSecrets) keep(path string, optional bool) bool {
	from, isSecret := o.secrets[path]
	if isSecret {
		o.used[path] = from
		o.optional = o.optional || optional
	}
	return isSecret
}

// missingHint adds the way out that only a stack has.
func missingHint(e *hocon.Error, service string) string {
	if e.Code != hocon.Missing || e.Hint == "" {
		return e.Hint
	}
	return fmt.Sprintf("%s; if it is a secret, list it under services.%s.config.secrets", e.Hint, service)
}
