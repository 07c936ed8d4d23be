package stack

import (
	"cmp"
	"fmt"
	"os"
	"slices"
)

// The labels that every object carries, so that people and Slipway find what a
// stack brought. Pod templates never carry them: a pod template changes only
// when its image, config or manifest did.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	StackLabel     = "slipway.dev/stack"
	ServiceLabel   = "slipway.dev/service"

	// ConfigLabel is on the ConfigMaps of rendered config alone. Its value is the
	// service.
	ConfigLabel = "slipway.dev/config"

	// Manager is the value of ManagedByLabel.
	Manager = "slipway"
)

// maxObjects is more than anybody releases together; Slipway's own limits of
// histories and of the API server's patience lie lower.
const maxObjects = 5_000

// Render renders the manifests of every service for one environment. Images
// holds, for each service with a build, the reference to pull it by, with its
// digest.
//
// Manifests are plain YAML or a kustomization directory. In pod templates an
// image that is named as a service with a build, "catalog" or "catalog:dev", is
// replaced by that service's reference; the tag makes no difference. The
// namespace is filled in, and labels are added. YAML is read by the rules of
// version 1.2: yes and on are text.
//
// Custom resources count as namespaced unless their definition is rendered with
// them and says otherwise: who applies them asks the cluster and drops the
// namespace where there is none.
//
// The config of a service becomes an immutable ConfigMap that is named by its
// content, and what manifests call <service>-config is replaced by that name: in
// volumes and in the environment of containers. What the config leaves open as a
// secret is added to the environment of the containers that use it. Services
// that have other config in some clusters are rendered for each of those.
//
// The Jobs of hooks, and of the checkers of config, are rendered beside the
// services: they are none of their objects and nobody applies them with these.
//
// What is wrong with manifests and config comes back all together, as Errors. Nothing
// is read from outside the root, and the same input gives the same result.
func Render(root string, s *Stack, env Environment, images map[string]string) (*Rendered, error) {
	repository, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("opening repository: %w", err)
	}
	defer func() { _ = repository.Close() }()

	r := newRenderer(repository, s, env, images)
	for _, service := range s.Services {
		r.load(service)
	}
	r.loadHooks()
	r.loadConfigs(repository.FS())
	// Each step makes sense only of objects that passed the step before.
	for _, step := range []func(){
		r.checkImages, r.checkObjects, r.checkDuplicates, r.fillNamespaces, r.addCheckers, r.replaceImages, r.useConfigs,
	} {
		if len(r.errors) > 0 {
			break
		}
		step()
	}
	if len(r.errors) > 0 {
		return nil, r.errors
	}
	return r.rendered(), nil
}

// renderer is the state of one Render.
type renderer struct {
	files   *files
	stack   *Stack
	env     Environment
	images  map[string]string
	objects []*object
	configs *Configs
	errors  Errors

	// jobs are the keys of the Jobs that are started by themselves, in order.
	jobs []string

	// differing holds, by cluster and service, the objects of the services whose
	// config differs there.
	differing map[string]map[string][]*object
}

func newRenderer(repository *os.Root, s *Stack, env Environment, images map[string]string) *renderer {
	return &renderer{files: newFiles(repository), stack: s, env: env, images: images}
}

// refuse records an error of an object, at the line of a field of it when the
// file shows that field, else at the object's.
func (r *renderer) refuse(o *object, field []any, problem, hint string) {
	line, column := o.position(field...)
	name := o.title()
	if len(field) > 0 {
		name += ": " + fieldPath(field)
	}
	r.errors = append(r.errors, Error{File: o.file, Line: line, Column: column, Field: name, Problem: problem, Hint: hint})
}

// refuseService records an error of a service as a whole.
func (r *renderer) refuseService(service, problem, hint string) {
	r.errors = append(r.errors, Error{File: FileName, Field: join("services", service), Problem: problem, Hint: hint})
}

func (r *renderer) rendered() *Rendered {
	rendered := &Rendered{Stack: r.stack.Name, Environment: r.env.Name, Namespace: r.env.Namespace}
	byService := map[string][]*object{}
	for _, o := range r.objects {
		byService[o.service] = append(byService[o.service], o)
	}
	for _, service := range r.stack.Services {
		rendered.Services = append(rendered.Services, r.group(service.Name, byService[service.Name]))
		for cluster, services := range r.differing {
			if objects, differs := services[service.Name]; differs {
				rendered.addCluster(cluster, r.group(service.Name, objects))
			}
		}
	}
	for _, key := range r.jobs {
		rendered.Jobs = append(rendered.Jobs, r.group(key, byService[key]))
		for cluster, services := range r.differing {
			if objects, differs := services[key]; differs {
				rendered.addJob(cluster, r.group(key, objects))
			}
		}
	}
	return rendered
}

// group puts the objects of a service into the order of applying them.
func (r *renderer) group(service string, objects []*object) RenderedService {
	group := RenderedService{Name: service}
	for _, o := range objects {
		o.label(r.stack.Name)
		line, _ := o.position()
		group.Objects = append(group.Objects, Object{Content: o.content, Source: Source{File: o.file, Line: line}})
	}
	slices.SortStableFunc(group.Objects, func(a, b Object) int {
		return cmp.Or(
			cmp.Compare(rank(a.Group(), a.Kind()), rank(b.Group(), b.Kind())),
			cmp.Compare(a.Kind(), b.Kind()),
			cmp.Compare(a.Group(), b.Group()),
			cmp.Compare(a.Name(), b.Name()),
		)
	})
	return group
}
