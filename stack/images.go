package stack

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

var sha256Pattern = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

// podSpecs are the kinds that run containers, and where in them the pod is.
var podSpecs = map[kindOf][]any{
	{"", "Pod"}:                   {"spec"},
	{"", "ReplicationController"}: {"spec", "template", "spec"},
	{"apps", "DaemonSet"}:         {"spec", "template", "spec"},
	{"apps", "Deployment"}:        {"spec", "template", "spec"},
	{"apps", "ReplicaSet"}:        {"spec", "template", "spec"},
	{"apps", "StatefulSet"}:       {"spec", "template", "spec"},
	{"batch", "CronJob"}:          {"spec", "jobTemplate", "spec", "template", "spec"},
	{"batch", "Job"}:              {"spec", "template", "spec"},
}

// container is a container of a pod template and where it stands.
type container struct {
	object  *object
	at      []any
	content map[string]any
}

func (c container) image() string { return textAt(c.content, "image") }

func (c container) imageAt() []any { return extend(c.at, "image") }

// checkImages holds that the images fit the stack: a reference with a digest
// for each service with a build, and no others.
func (r *renderer) checkImages() {
	for _, service := range r.stack.Services {
		reference, has := r.images[service.Name]
		switch {
		case service.Build == nil && has:
			r.refuseService(service.Name, fmt.Sprintf("has no build, but the image %q", reference), "")
		case service.Build != nil && !has:
			r.refuseService(service.Name, "has a build, but no image", "")
		case service.Build != nil && !isPinned(reference):
			r.refuseService(service.Name, fmt.Sprintf("has the image %q, which is no reference by digest", reference), "")
		}
	}
	for _, unknown := range slices.Sorted(maps.Keys(r.images)) {
		if _, known := r.stack.Service(unknown); !known {
			r.refuseService(unknown, fmt.Sprintf("has the image %q, but is no service", r.images[unknown]), "")
		}
	}
}

func isPinned(reference string) bool {
	_, err := name.NewDigest(reference)
	return err == nil && sha256Pattern.MatchString(reference)
}

// replaceImages puts references by digest in the place of the services' names.
func (r *renderer) replaceImages() {
	containers := r.containers()
	used := map[string]bool{}
	for _, c := range containers {
		named, pinned := imageName(c.image())
		reference, isService := r.images[named]
		if !isService {
			continue
		}
		if pinned {
			r.refuse(c.object, c.imageAt(), fmt.Sprintf("%q pins a digest of an image that this stack builds", c.image()), fmt.Sprintf("write %q", "image: "+named))
			continue
		}
		c.content["image"] = reference
		used[named] = true
	}
	for _, service := range r.stack.Services {
		if service.Build != nil && !used[service.Name] && len(r.errors) == 0 {
			r.refuseService(service.Name, fmt.Sprintf("no manifest names the image %q that it builds", service.Name), imageHint(service.Name, containers))
		}
	}
}

// imageHint shows the image that may have been meant: people write where they
// think an image will be pushed to.
func imageHint(service string, containers []container) string {
	for _, c := range containers {
		if bare, _ := imageName(path.Base(c.image())); bare == service {
			line, _ := c.object.position(c.imageAt()...)
			return fmt.Sprintf("write %q where %s has %q", "image: "+service, Source{c.object.file, line}, c.image())
		}
	}
	return fmt.Sprintf("write %q in the container that runs it, or remove its build", "image: "+service)
}

// imageName splits the tag and the digest from an image.
func imageName(image string) (named string, pinned bool) {
	named, _, pinned = strings.Cut(image, "@")
	if colon := strings.LastIndex(named, ":"); colon > strings.LastIndex(named, "/") {
		named = named[:colon]
	}
	return named, pinned
}

// containers returns the containers and init containers of every pod template.
func (r *renderer) containers() []container {
	var all []container
	for _, o := range r.objects {
		all = append(all, containersOf(o)...)
	}
	return all
}

// podSpec returns what describes the pods of an object, and where it stands; nil
// for an object that runs none.
func podSpec(o *object) (spec map[string]any, at []any) {
	at, runsPods := podSpecs[kindOf{o.group(), o.kind()}]
	if !runsPods {
		return nil, nil
	}
	spec = o.content
	for _, key := range at {
		spec, _ = spec[key.(string)].(map[string]any)
	}
	return spec, at
}

// containersOf returns the containers and init containers of an object's pods.
func containersOf(o *object) []container {
	var all []container
	spec, at := podSpec(o)
	for _, list := range []string{"initContainers", "containers"} {
		for i, content := range mappings(spec[list]) {
			all = append(all, container{o, extend(at, list, i), content})
		}
	}
	return all
}
