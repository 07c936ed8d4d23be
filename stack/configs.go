package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/slipway-dev/slipway/stack/config"
)

// Configs is the config of every service of an environment that has some, in
// each of its clusters.
type Configs struct {
	// common holds, by service, the config of the clusters without one of their
	// own, and clusters, by cluster and service, that of the others.
	common   map[string]*config.Rendered
	clusters map[string]map[string]*config.Rendered

	files []string
}

// RenderConfigs renders the config of every service for one environment and
// nothing else of it. What is wrong comes back all together, as Errors.
func RenderConfigs(root string, s *Stack, env Environment) (*Configs, error) {
	repository, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("opening repository: %w", err)
	}
	defer func() { _ = repository.Close() }()
	configs, errs := renderConfigs(repository.FS(), s, env, true)
	if len(errs) > 0 {
		return nil, errs
	}
	return configs, nil
}

// Of gives the config of a service in a cluster, and whether it has any. Without
// a cluster it is what those get that have no layer of their own.
func (c *Configs) Of(cluster, service string) (*config.Rendered, bool) {
	if own, differs := c.clusters[cluster][service]; differs {
		return own, true
	}
	common, has := c.common[service]
	return common, has
}

// Files are the files of the repository that the config was made of, sorted:
// layers, what they include, and schemas. When none of them changes, neither
// does the config.
func (c *Configs) Files() []string { return c.files }

// renderConfigs keeps the resolved values only where they are asked for: those of
// a thousand services take more memory than all of their objects.
func renderConfigs(files fs.FS, s *Stack, env Environment, values bool) (*Configs, Errors) {
	r := &configRenderer{
		tree: config.Open(files, s.Config.Layers), env: env, values: values, told: map[Error]bool{},
		made: &Configs{common: map[string]*config.Rendered{}, clusters: map[string]map[string]*config.Rendered{}},
	}
	for _, service := range s.Services {
		r.render(service)
	}
	r.made.files = r.tree.Files()
	return r.made, r.errors
}

// configRenderer is the state of one renderConfigs.
type configRenderer struct {
	tree   *config.Tree
	env    Environment
	values bool
	made   *Configs
	errors Errors

	// told are the errors so far: what is wrong with a file is wrong for every
	// service that includes it, and is told once.
	told map[Error]bool
}

// render renders the config of a service for each cluster, each file once.
func (r *configRenderer) render(service Service) {
	place := config.Place{Service: service.Name, Environment: r.env.Name}
	common, _ := r.tree.Layer(place)
	byFile := map[string]*config.Rendered{}
	var without []string
	for _, cluster := range r.env.Clusters {
		place.Cluster = cluster
		file, exists := r.tree.Layer(place)
		if !exists {
			without = append(without, cluster)
			continue
		}
		rendered, known := byFile[file]
		if !known {
			rendered = r.renderFile(service, file)
			byFile[file] = rendered
		}
		if rendered == nil {
			continue
		}
		// Where every cluster has a layer of its own, the first of them stands
		// for what they have in common.
		if file == common || r.made.common[service.Name] == nil && byFile[common] == nil {
			r.made.common[service.Name] = rendered
		}
		if file != common {
			r.addCluster(cluster, rendered)
		}
	}
	r.checkLayers(service, without)
}

func (r *configRenderer) addCluster(cluster string, rendered *config.Rendered) {
	if r.made.clusters[cluster] == nil {
		r.made.clusters[cluster] = map[string]*config.Rendered{}
	}
	r.made.clusters[cluster][rendered.Service] = rendered
}

func (r *configRenderer) renderFile(service Service, file string) *config.Rendered {
	var spec config.Spec
	if service.Config != nil {
		spec = *service.Config
	}
	rendered, err := r.tree.Render(service.Name, spec, file)
	if err == nil {
		if !r.values {
			rendered.Config = nil
		}
		return rendered
	}
	var several config.Errors
	if !errors.As(err, &several) {
		r.refuse(Error{File: file, Field: "service " + service.Name, Problem: err.Error()})
	}
	for _, e := range several {
		r.refuse(Error{
			File: e.Origin.File, Line: e.Origin.Line, Column: e.Origin.Column,
			Field: cut(e.Path), Problem: cut(e.Problem), Hint: cut(e.Hint),
		})
	}
	return nil
}

// checkLayers refuses a service that has config in some clusters only, and one
// that says how its config is rendered and has none.
func (r *configRenderer) checkLayers(service Service, without []string) {
	if len(without) == 0 || len(without) == len(r.env.Clusters) && service.Config == nil {
		return
	}
	candidates := r.tree.Candidates(config.Place{Service: service.Name, Environment: r.env.Name, Cluster: without[0]})
	r.refuse(Error{
		File: FileName, Field: join(join("services", service.Name), "config"),
		Problem: fmt.Sprintf("there is no config for cluster %q of environment %q", without[0], r.env.Name),
		Hint:    "write " + strings.Join(candidates, " or "),
	})
}

func (r *configRenderer) refuse(e Error) {
	if !r.told[e] {
		r.told[e] = true
		r.errors = append(r.errors, e)
	}
}
