package stack

import "slices"

// showConfig gives a checker's container the config as another container has it:
// mounted at the same places, in the same variables, and read-only.
func showConfig(pod, sees map[string]any, user container, references []configReference) {
	isConfig := func(content map[string]any) bool {
		return content != nil && slices.ContainsFunc(references, func(c configReference) bool { return c.name() == textAt(content, "name") })
	}
	spec, _ := podSpec(user.object)
	for _, volume := range mappings(spec["volumes"]) {
		name := textAt(volume, "name")
		shown := configVolume(volume, isConfig)
		mounts := mountsOf(user, name)
		if shown == nil || len(mounts) == 0 {
			continue
		}
		pod["volumes"] = appendTo(pod["volumes"], shown)
		for _, mount := range mounts {
			sees["volumeMounts"] = appendTo(sees["volumeMounts"], mount)
		}
	}
	for _, source := range mappings(user.content["envFrom"]) {
		if content, _ := source["configMapRef"].(map[string]any); isConfig(content) {
			sees["envFrom"] = appendTo(sees["envFrom"], cloneValue(source))
		}
	}
	for _, variable := range mappings(user.content["env"]) {
		from, _ := variable["valueFrom"].(map[string]any)
		if content, _ := from["configMapKeyRef"].(map[string]any); isConfig(content) {
			sees["env"] = appendTo(sees["env"], cloneValue(variable))
		}
	}
}

// configVolume copies a volume without what is no config; nil when nothing is left.
func configVolume(volume map[string]any, isConfig func(map[string]any) bool) map[string]any {
	if content, _ := volume["configMap"].(map[string]any); isConfig(content) {
		return map[string]any{"name": volume["name"], "configMap": cloneValue(content)}
	}
	projected, _ := volume["projected"].(map[string]any)
	var sources []any
	for _, source := range mappings(projected["sources"]) {
		if content, _ := source["configMap"].(map[string]any); isConfig(content) {
			sources = append(sources, cloneValue(source))
		}
	}
	if len(sources) == 0 {
		return nil
	}
	shown, _ := cloneValue(projected).(map[string]any)
	shown["sources"] = sources
	return map[string]any{"name": volume["name"], "projected": shown}
}

// mountsOf gives where a container mounts a volume, read-only.
func mountsOf(c container, volume string) []any {
	var mounts []any
	for _, mount := range mappings(c.content["volumeMounts"]) {
		if textAt(mount, "name") != volume {
			continue
		}
		shown, _ := cloneValue(mount).(map[string]any)
		shown["readOnly"] = true
		mounts = append(mounts, shown)
	}
	return mounts
}

func appendTo(list, item any) []any {
	items, _ := list.([]any)
	return append(items, item)
}
