package stack

import "iter"

// configReference is a place in a pod where a ConfigMap is named.
type configReference struct {
	object  *object
	at      []any
	content map[string]any

	// service is the one whose config the name means.
	service string

	// keys are those that the reference picks, with their places, and optional
	// tells that pods start without them.
	keys     []configKey
	optional bool

	// users are the containers that see the ConfigMap.
	users []container
}

type configKey struct {
	at  []any
	key string
}

func (c configReference) name() string { return textAt(c.content, "name") }

// configReferences finds every ConfigMap that the pods of an object name.
func configReferences(o *object) []configReference {
	spec, at := podSpec(o)
	if spec == nil {
		return nil
	}
	containers := containersOf(o)
	references := volumeReferences(o, spec, at, containers)
	for _, c := range containers {
		references = append(references, environmentReferences(c)...)
	}
	return references
}

// volumeReferences finds the ConfigMaps of volumes, plain and projected.
func volumeReferences(o *object, spec map[string]any, at []any, containers []container) []configReference {
	var found []configReference
	for i, volume := range mappings(spec["volumes"]) {
		users := mounting(containers, textAt(volume, "name"))
		here := extend(at, "volumes", i)
		if content, ok := volume["configMap"].(map[string]any); ok {
			found = append(found, volumeReference(o, content, extend(here, "configMap"), users))
		}
		projected, _ := volume["projected"].(map[string]any)
		for j, source := range mappings(projected["sources"]) {
			if content, ok := source["configMap"].(map[string]any); ok {
				found = append(found, volumeReference(o, content, extend(here, "projected", "sources", j, "configMap"), users))
			}
		}
	}
	return found
}

func volumeReference(o *object, content map[string]any, at []any, users []container) configReference {
	reference := configReference{object: o, at: at, content: content, optional: content["optional"] == true, users: users}
	for i, item := range mappings(content["items"]) {
		reference.keys = append(reference.keys, configKey{extend(at, "items", i, "key"), textAt(item, "key")})
	}
	return reference
}

// environmentReferences finds the ConfigMaps of a container's environment.
func environmentReferences(c container) []configReference {
	var found []configReference
	for i, source := range mappings(c.content["envFrom"]) {
		if content, ok := source["configMapRef"].(map[string]any); ok {
			found = append(found, configReference{
				object: c.object, at: extend(c.at, "envFrom", i, "configMapRef"), content: content, users: []container{c},
			})
		}
	}
	for i, variable := range mappings(c.content["env"]) {
		from, _ := variable["valueFrom"].(map[string]any)
		if content, ok := from["configMapKeyRef"].(map[string]any); ok {
			at := extend(c.at, "env", i, "valueFrom", "configMapKeyRef")
			found = append(found, configReference{
				object: c.object, at: at, content: content, optional: content["optional"] == true,
				keys: []configKey{{extend(at, "key"), textAt(content, "key")}}, users: []container{c},
			})
		}
	}
	return found
}

// mounting gives the containers that mount a volume.
func mounting(containers []container, volume string) []container {
	var users []container
	for _, c := range containers {
		for _, mount := range mappings(c.content["volumeMounts"]) {
			if textAt(mount, "name") == volume {
				users = append(users, c)
				break
			}
		}
	}
	return users
}

// mappings gives the items of a list that are mappings, with their places in it.
func mappings(value any) iter.Seq2[int, map[string]any] {
	return func(yield func(int, map[string]any) bool) {
		items, _ := value.([]any)
		for i, item := range items {
			if content, ok := item.(map[string]any); ok && !yield(i, content) {
				return
			}
		}
	}
}

// extend gives a longer path and leaves the given one alone.
func extend(at []any, keys ...any) []any {
	return append(at[:len(at):len(at)], keys...)
}
