package stack

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/stack/config"
)

func (r *renderer) loadConfigs(files fs.FS) {
	configs, errs := renderConfigs(files, r.stack, r.env, false)
	r.configs = configs
	r.errors = append(r.errors, errs...)
}

// useConfigs makes a ConfigMap of each config and puts its name where manifests
// refer to it, once for what clusters have in common and once for each cluster
// that differs.
func (r *renderer) useConfigs() {
	if len(r.configs.common) == 0 {
		return
	}
	r.checkConfigMaps()
	references, users := r.configUsers()
	r.checkUsed(users)
	r.checkConfigWaves(references)
	if len(r.errors) > 0 {
		return
	}
	// The objects of clusters are copies of what is not yet rewritten.
	r.differing = map[string]map[string][]*object{}
	for _, cluster := range r.env.Clusters {
		if services := r.differingIn(cluster, users); len(services) > 0 {
			r.differing[cluster] = r.rewrittenFor(cluster, services)
		}
	}
	for _, reference := range references {
		r.rewrite(reference, "")
	}
	for _, service := range r.stack.Services {
		if rendered, has := r.configs.Of("", service.Name); has {
			r.objects = append(r.objects, r.configMap(rendered))
		}
	}
}

// checkConfigMaps refuses manifests that describe what config is rendered into.
func (r *renderer) checkConfigMaps() {
	taken := map[string]string{}
	for service, rendered := range r.configs.common {
		taken[config.BaseName(service)] = service
		taken[rendered.Name()] = service
	}
	for _, o := range r.objects {
		service, is := taken[o.name()]
		if is && o.group() == "" && o.kind() == "ConfigMap" {
			rendered := r.configs.common[service]
			r.refuse(o, []any{"metadata", "name"}, fmt.Sprintf("is the name of the config of service %q, which is rendered from %s", service, rendered.File),
				"remove the ConfigMap, or rename it")
		}
	}
}

// configUsers finds where manifests refer to config, and by the service that has
// the config the services whose objects do.
func (r *renderer) configUsers() ([]configReference, map[string][]string) {
	var references []configReference
	users := map[string][]string{}
	for _, o := range r.objects {
		for _, reference := range configReferences(o) {
			service, isConfig := r.configOf(reference.name())
			if !isConfig {
				continue
			}
			reference.service = service
			references = append(references, reference)
			users[service] = append(users[service], o.service)
		}
	}
	return references, users
}

// checkUsed refuses config that no pod would see.
func (r *renderer) checkUsed(users map[string][]string) {
	for _, service := range slices.Sorted(maps.Keys(r.configs.common)) {
		if len(users[service]) > 0 {
			continue
		}
		rendered, name := r.configs.common[service], config.BaseName(service)
		line := fmt.Sprintf("volumes: [{name: config, configMap: {name: %s}}]", name)
		if rendered.Key == "" {
			line = fmt.Sprintf("envFrom: [{configMapRef: {name: %s}}]", name)
		}
		r.errors = append(r.errors, Error{
			File: rendered.File, Field: "service " + service, Problem: fmt.Sprintf("no manifest refers to the ConfigMap %q of this config", name),
			Hint: fmt.Sprintf("write %q in the pod%s", line, r.podPlace(service)),
		})
	}
}

// podPlace says where the first pod of a service is described.
func (r *renderer) podPlace(service string) string {
	for _, o := range r.objects {
		if spec, at := podSpec(o); spec != nil && o.service == service {
			line, _ := o.position(at...)
			return " at " + Source{File: o.file, Line: line}.String()
		}
	}
	return ""
}

// differingIn gives the services whose objects differ in a cluster: those with
// other config than elsewhere, and those that use it.
func (r *renderer) differingIn(cluster string, users map[string][]string) map[string]bool {
	differing := map[string]bool{}
	for service, own := range r.configs.clusters[cluster] {
		if own.Hash == r.configs.common[service].Hash {
			continue
		}
		differing[service] = true
		for _, user := range users[service] {
			differing[user] = true
		}
	}
	return differing
}

// rewrittenFor copies the objects of services and rewrites them for a cluster.
func (r *renderer) rewrittenFor(cluster string, services map[string]bool) map[string][]*object {
	objects := map[string][]*object{}
	for service := range services {
		objects[service] = nil
	}
	for _, o := range r.objects {
		if !services[o.service] {
			continue
		}
		copied := o.clone()
		objects[o.service] = append(objects[o.service], copied)
		for _, reference := range configReferences(copied) {
			if service, isConfig := r.configOf(reference.name()); isConfig {
				reference.service = service
				r.rewrite(reference, cluster)
			}
		}
	}
	for service := range services {
		if rendered, has := r.configs.Of(cluster, service); has {
			objects[service] = append(objects[service], r.configMap(rendered))
		}
	}
	return objects
}

// configOf gives the service whose config manifests call so.
func (r *renderer) configOf(name string) (service string, is bool) {
	service, is = strings.CutSuffix(name, config.BaseName(""))
	_, has := r.configs.common[service]
	return service, is && has
}

// configMap makes the object that holds a config.
func (r *renderer) configMap(rendered *config.Rendered) *object {
	data := make(map[string]any, len(rendered.Data))
	for key, text := range rendered.Data {
		data[key] = text
	}
	return &object{service: rendered.Service, file: rendered.File, content: map[string]any{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata": map[string]any{
			"name": rendered.Name(), "namespace": r.env.Namespace,
			"labels": map[string]any{ConfigLabel: rendered.Service},
		},
		"immutable": true,
		"data":      data,
	}}
}
