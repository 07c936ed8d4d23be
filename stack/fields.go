package stack

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/slipway-dev/slipway/stack/config"
)

func (r *reader) stack(s *Stack) []field {
	return []field{
		{name: "stack", required: true, example: "stack: shop", read: func(path string, node *yaml.Node) {
			s.Name = r.label(path, node, "shop")
		}},
		{name: "version", example: "version: 1.4.0", read: func(path string, node *yaml.Node) {
			s.Version = r.coreVersion(path, node)
		}},
		{name: "registries", required: true, example: "registries: [{push: ghcr.io/acme/shop}]", read: func(path string, node *yaml.Node) {
			r.list(path, node, "[{push: ghcr.io/acme/shop}]", func(path string, item *yaml.Node) {
				var registry Registry
				r.mapping(path, item, "{push: ghcr.io/acme/shop}", r.registry(&registry))
				s.Registries = append(s.Registries, registry)
			})
		}},
		{name: "config", example: "config: {keep: 5}", read: func(path string, node *yaml.Node) {
			r.mapping(path, node, "{keep: 5}", r.config(&s.Config))
		}},
		{name: "services", required: true, example: "services: {catalog: {manifests: catalog/k8s}}", read: func(path string, node *yaml.Node) {
			r.named(path, node, "{catalog: {manifests: catalog/k8s}}", func(name, path string, value *yaml.Node) {
				service := Service{Name: name}
				r.mapping(path, value, "{manifests: catalog/k8s}", r.service(&service))
				s.Services = append(s.Services, service)
			})
		}},
		r.hooks(s),
		{name: "environments", required: true, example: "environments: {staging: {channel: rc, clusters: [local-1]}}", read: func(path string, node *yaml.Node) {
			r.named(path, node, "{staging: {channel: rc, clusters: [local-1]}}", func(name, path string, value *yaml.Node) {
				environment := Environment{Name: name, Deadline: DefaultDeadline, Drift: DriftReport, Order: OrderTogether, FastRollback: DefaultFastRollback}
				r.mapping(path, value, "{channel: rc, clusters: [local-1]}", r.environment(&environment))
				s.Environments = append(s.Environments, environment)
			})
		}},
	}
}

func (r *reader) registry(registry *Registry) []field {
	return []field{
		{name: "push", required: true, example: "push: ghcr.io/acme/shop", read: func(path string, node *yaml.Node) {
			registry.Push = r.repository(path, node)
		}},
		{name: "pull", example: "pull: registry.internal:5000/shop", read: func(path string, node *yaml.Node) {
			registry.Pull = r.repository(path, node)
		}},
	}
}

func (r *reader) service(service *Service) []field {
	return []field{
		{name: "build", example: "build: {go: ./catalog}", read: func(path string, node *yaml.Node) {
			service.Build = new(Build)
			r.mapping(path, node, "{go: ./catalog}", r.build(service.Build))
		}},
		{name: "manifests", required: true, example: "manifests: catalog/k8s", read: func(path string, node *yaml.Node) {
			service.Manifests.Path = r.localPath(path, node, "catalog/k8s")
		}},
		{name: "needs", example: "needs: [store]", read: func(path string, node *yaml.Node) {
			service.Needs = r.texts(path, node, "[store]")
		}},
		{name: "config", example: "config: {file: application.conf}", read: func(path string, node *yaml.Node) {
			service.Config = new(config.Spec)
			r.mapping(path, node, "{file: application.conf}", append(r.serviceConfig(service.Config), r.configChecker(&service.Checker)))
		}},
	}
}

func (r *reader) build(build *Build) []field {
	return []field{
		{name: "go", required: true, example: "go: ./catalog", read: func(path string, node *yaml.Node) {
			build.Go = r.localPath(path, node, "./catalog")
		}},
	}
}

func (r *reader) environment(environment *Environment) []field {
	return []field{
		{name: "channel", required: true, example: "channel: rc", read: func(path string, node *yaml.Node) {
			environment.Channel = r.channel(path, node)
		}},
		{name: "clusters", required: true, example: "clusters: [local-1]", read: func(path string, node *yaml.Node) {
			environment.Clusters = r.texts(path, node, "[local-1]")
			r.checkContexts(path, environment.Clusters)
		}},
		{name: "namespace", example: "namespace: shop", read: func(path string, node *yaml.Node) {
			environment.Namespace = r.label(path, node, "shop")
		}},
		{name: "deadline", example: "deadline: 10m", read: func(path string, node *yaml.Node) {
			environment.Deadline = r.duration(path, node, "10m", minDeadline, maxDeadline)
		}},
		{name: "order", example: "order: inTurn", read: func(path string, node *yaml.Node) {
			environment.Order = choice(r, path, node, "no order of clusters", OrderTogether, OrderInTurn)
		}},
		{name: "atOnce", example: "atOnce: 5", read: func(path string, node *yaml.Node) {
			environment.AtOnce = r.count(path, node, 5, maxAtOnce)
		}},
		{name: "gates", example: "gates: {approval: {count: 1}}", read: func(path string, node *yaml.Node) {
			r.mapping(path, node, "{approval: {count: 1}}", r.gates(&environment.Gates))
		}},
		{name: "verify", example: "verify: {soak: 30m}", read: func(path string, node *yaml.Node) {
			r.mapping(path, node, "{soak: 30m}", r.verify(&environment.Verify))
		}},
		{name: "fastRollback", example: "fastRollback: 24h", read: func(path string, node *yaml.Node) {
			environment.FastRollback = r.duration(path, node, "24h", minDeadline, maxSoak)
		}},
		{name: "drift", example: "drift: reconcile", read: func(path string, node *yaml.Node) {
			environment.Drift = choice(r, path, node, "nothing that can be done about drift", DriftReport, DriftReconcile)
		}},
	}
}

// named reads a mapping whose keys are names that people choose.
func (r *reader) named(path string, node *yaml.Node, example string, read func(name, path string, value *yaml.Node)) {
	r.pairs(path, node, example, func(key, value *yaml.Node) {
		at := join(path, key.Value)
		r.checkLabel(at, key, key.Value)
		read(key.Value, at, value)
		r.at[at] = key
	})
	if node.Kind == yaml.MappingNode && len(node.Content) == 0 {
		r.refuse(node, path, "is empty", "for example "+example)
	}
}

// texts reads a list of texts, each once. An item that is no text is "", so
// that the others keep their places.
func (r *reader) texts(path string, node *yaml.Node, example string) []string {
	var texts []string
	r.list(path, node, example, func(path string, item *yaml.Node) {
		text, _ := r.text(path, item, strings.Trim(example, "[]"))
		if text != "" && slices.Contains(texts, text) {
			r.refuse(item, path, "is in the list twice", "keep one")
			text = ""
		}
		texts = append(texts, text)
	})
	return texts
}
