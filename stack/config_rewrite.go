package stack

import (
	"fmt"
	"maps"
	"slices"

	"github.com/slipway-dev/slipway/stack/config"
)

// rewrite puts the name of a ConfigMap where a manifest refers to config, and
// gives the containers that see it the secrets that it leaves open.
func (r *renderer) rewrite(reference configReference, cluster string) {
	rendered, _ := r.configs.Of(cluster, reference.service)
	for _, picked := range reference.keys {
		if _, has := rendered.Data[picked.key]; has || reference.optional {
			continue
		}
		r.refuseOnce(reference.object, picked.at, fmt.Sprintf("%q is no key of the config of service %q", picked.key, reference.service),
			didYouMean(picked.key, "keys", slices.Sorted(maps.Keys(rendered.Data))))
	}
	reference.content["name"] = rendered.Name()
	for _, user := range reference.users {
		for _, name := range slices.Sorted(maps.Keys(rendered.Secrets)) {
			r.giveSecret(user, name, rendered.Secrets[name])
		}
	}
}

// giveSecret adds a variable to the environment of a container, unless it has it
// from the same place already.
func (r *renderer) giveSecret(c container, name string, from config.SecretKey) {
	for i, variable := range mappings(c.content["env"]) {
		if textAt(variable, "name") != name {
			continue
		}
		if textAt(variable, "valueFrom", "secretKeyRef", "name") != from.Secret || textAt(variable, "valueFrom", "secretKeyRef", "key") != from.Key {
			r.refuseOnce(c.object, extend(c.at, "env", i),
				fmt.Sprintf("the variable %s does not come from key %q of the Secret %q, as the config has it", name, from.Key, from.Secret),
				"remove it: Slipway adds it")
		}
		return
	}
	env, isList := c.content["env"].([]any)
	if c.content["env"] != nil && !isList {
		r.refuseOnce(c.object, extend(c.at, "env"), "is no list", "the config brings the variable "+name)
		return
	}
	key := map[string]any{"name": from.Secret, "key": from.Key}
	if isChecker(c.object) {
		// It runs before the release, which may be what brings the Secret.
		key["optional"] = true
	}
	c.content["env"] = append(slices.Clip(env), map[string]any{"name": name, "valueFrom": map[string]any{"secretKeyRef": key}})
}

// refuseOnce records an error that may be found again in each cluster.
func (r *renderer) refuseOnce(o *object, field []any, problem, hint string) {
	before := len(r.errors)
	r.refuse(o, field, problem, hint)
	if slices.Contains(r.errors[:before], r.errors[before]) {
		r.errors = r.errors[:before]
	}
}
