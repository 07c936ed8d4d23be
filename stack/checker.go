package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation"
)

// DefaultCheckerDeadline is how long a checker may take unless the file says
// otherwise: it reads a file, and its image has to be pulled.
const DefaultCheckerDeadline = Duration(time.Minute)

// Checker is a program that judges the config of a service before it is rolled
// out. It sees the config as the service would, and refuses it by an exit code
// other than 0.
type Checker struct {
	// Image is the name of a service with a build, whose image it is then, or
	// another image with its tag or digest.
	Image string `json:"image"`

	// Command is the program and its arguments; none mean those of the image.
	Command []string `json:"command,omitempty"`

	// Deadline is DefaultCheckerDeadline unless the file says otherwise.
	Deadline Duration `json:"deadline"`

	// Annotations of its pod.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// configChecker is the field of a service's config that makes a Checker.
func (r *reader) configChecker(checker **Checker) field {
	return field{name: "checker", example: "checker: {image: cart, command: [/cart, --check]}", read: func(path string, node *yaml.Node) {
		*checker = &Checker{Deadline: DefaultCheckerDeadline}
		r.mapping(path, node, "{image: cart, command: [/cart, --check]}", r.checker(*checker))
	}}
}

func (r *reader) checker(checker *Checker) []field {
	return []field{
		{name: "image", required: true, example: "image: cart", read: func(path string, node *yaml.Node) {
			checker.Image, _ = r.text(path, node, "cart")
		}},
		{name: "command", example: "command: [/cart, --check]", read: func(path string, node *yaml.Node) {
			r.list(path, node, "[/cart, --check]", func(path string, item *yaml.Node) {
				word, _ := r.text(path, item, "--check")
				checker.Command = append(checker.Command, word)
			})
		}},
		{name: "deadline", example: "deadline: 1m", read: func(path string, node *yaml.Node) {
			checker.Deadline = r.duration(path, node, "1m", minDeadline, maxDeadline)
		}},
		{name: "annotations", example: "annotations: {sidecar.istio.io/inject: \"false\"}", read: func(path string, node *yaml.Node) {
			checker.Annotations = r.annotations(path, node)
		}},
	}
}

func (r *reader) annotations(path string, node *yaml.Node) map[string]string {
	read := map[string]string{}
	r.pairs(path, node, "{sidecar.istio.io/inject: \"false\"}", func(key, value *yaml.Node) {
		at := join(path, key.Value)
		if problems := validation.IsQualifiedName(strings.ToLower(key.Value)); len(problems) > 0 {
			r.refuse(key, at, fmt.Sprintf("%q is no name of an annotation", key.Value), "for example sidecar.istio.io/inject")
		}
		read[key.Value], _ = r.text(at, value, "\"false\"")
	})
	return read
}

// checkCheckers holds the image of each checker to be one that is built here, or
// one that says which it is.
func (r *reader) checkCheckers(services []Service) {
	for _, service := range services {
		if service.Checker == nil || service.Checker.Image == "" {
			continue
		}
		at := join(join(join(join("services", service.Name), "config"), "checker"), "image")
		if problem, hint := imageProblem(service.Checker.Image, services); problem != "" {
			r.refuseAt(at, problem, hint)
		}
	}
}

// imageProblem tells what is wrong with an image that is named in the stack file.
func imageProblem(image string, services []Service) (problem, hint string) {
	named, pinned := imageName(image)
	at := slices.IndexFunc(services, func(s Service) bool { return s.Name == named })
	_, err := name.ParseReference(image)
	switch {
	case at >= 0 && services[at].Build == nil:
		return fmt.Sprintf("service %q builds no image", named), "name a service with a build, or an image with its tag or digest"
	case at >= 0 && pinned:
		return fmt.Sprintf("%q pins a digest of an image that this stack builds", image), fmt.Sprintf("write %q", named)
	case at >= 0:
		return "", ""
	case err != nil:
		return fmt.Sprintf("%q is no image", image), "for example ghcr.io/acme/config-check:1.4"
	case named == image:
		return fmt.Sprintf("%q is neither a service nor an image with a tag or digest", image), builtHint(image, services)
	}
	return "", ""
}

func builtHint(image string, services []Service) string {
	var built []string
	for _, service := range services {
		if service.Build != nil {
			built = append(built, service.Name)
		}
	}
	if len(built) == 0 {
		return "write its tag or digest"
	}
	return "write its tag or digest, or a service with a build: " + didYouMean(image, "services with a build", built)
}

// CheckerJob is the key of the Job that checks the config of a service.
func CheckerJob(service string) string { return "checker/" + service }

func isChecker(o *object) bool { return o.job && strings.HasPrefix(o.service, CheckerJob("")) }

// addCheckers makes the Job of each checker. It comes before images and config
// are replaced, so that this is done in it too.
func (r *renderer) addCheckers() {
	for _, service := range r.stack.Services {
		if _, has := r.configs.common[service.Name]; !has || service.Checker == nil {
			continue
		}
		user, references, named := r.configUser(service.Name)
		if user == nil {
			if named {
				r.refuseService(service.Name, "has a checker of its config, but no container sees that config", "mount the volume that names it")
			}
			continue // config that no manifest refers to is refused as such
		}
		key := CheckerJob(service.Name)
		r.jobs = append(r.jobs, key)
		r.objects = append(r.objects, &object{
			service: key, job: true, file: FileName, content: r.checkerJob(service, *user, references),
		})
	}
}

// configUser finds the container through whose eyes a checker sees the config:
// the first of the service's own that does, else the first of another's. It
// tells, too, whether any manifest names the config.
func (r *renderer) configUser(service string) (user *container, references []configReference, named bool) {
	for _, o := range r.objects {
		if o.job || user != nil && o.service != service {
			continue
		}
		found := slices.DeleteFunc(configReferences(o), func(c configReference) bool {
			of, isConfig := r.configOf(c.name())
			return !isConfig || of != service
		})
		named = named || len(found) > 0
		seen := slices.IndexFunc(found, func(c configReference) bool { return len(c.users) > 0 })
		if seen < 0 {
			continue
		}
		user, references = &found[seen].users[0], found
		if o.service == service {
			break
		}
	}
	return user, references, named
}

// checkerJob is a Job whose pod sees the config as a container does, and nothing
// else of what that sees.
func (r *renderer) checkerJob(service Service, user container, references []configReference) map[string]any {
	checker := service.Checker
	sees := map[string]any{"name": "checker", "image": checker.Image}
	if len(checker.Command) > 0 {
		sees["command"] = anyOf(checker.Command)
	}
	pod := map[string]any{
		"restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false,
		"containers": []any{sees},
	}
	spec, _ := podSpec(user.object)
	copyFields(pod, spec, "imagePullSecrets", "securityContext", "nodeSelector", "tolerations")
	copyFields(sees, user.content, "resources", "securityContext")
	showConfig(pod, sees, user, references)
	template := map[string]any{"spec": pod}
	if len(checker.Annotations) > 0 {
		annotations := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(checker.Annotations)) {
			annotations[name] = checker.Annotations[name]
		}
		template["metadata"] = map[string]any{"annotations": annotations}
	}
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "Job",
		"metadata": map[string]any{"name": "check-" + service.Name, "namespace": r.env.Namespace},
		"spec":     map[string]any{"template": template},
	}
}

func copyFields(to, from map[string]any, fields ...string) {
	for _, field := range fields {
		if value, has := from[field]; has {
			to[field] = cloneValue(value)
		}
	}
}

func anyOf(words []string) []any {
	list := make([]any, 0, len(words))
	for _, word := range words {
		list = append(list, word)
	}
	return list
}
