package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/stack/config"
)

// check finds what no single field shows.
func (r *reader) check(s *Stack) {
	r.checkRegistries(s.Registries)
	r.checkNeeds(s.Services)
	r.checkCycles(s.Services)
	r.checkNamespaces(s.Environments)
	r.checkClusterNames(s.Environments)
	r.checkPolicies(s)
	r.checkCheckers(s.Services)
	r.checkHooks(s)
}

func (r *reader) checkRegistries(registries []Registry) {
	first := map[string]int{}
	for i, registry := range registries {
		if registry.Push == "" {
			continue
		}
		if earlier, twice := first[registry.Push]; twice {
			r.refuseAt(fmt.Sprintf("registries[%d].push", i), fmt.Sprintf("is the same as registries[%d].push", earlier), "keep one")
			continue
		}
		first[registry.Push] = i
	}
}

func (r *reader) checkNeeds(services []Service) {
	names := make([]string, 0, len(services))
	for _, service := range services {
		names = append(names, service.Name)
	}
	for _, service := range services {
		for i, need := range service.Needs {
			path := needPath(service, i)
			switch {
			case need == "":
			case need == service.Name:
				r.refuseAt(path, "a service cannot need itself", "remove it")
			case !slices.Contains(names, need):
				r.refuseAt(path, fmt.Sprintf("unknown service %q", need), didYouMean(need, "services", names))
			}
		}
	}
}

// checkCycles reports each cycle once, at the need that closes it.
func (r *reader) checkCycles(services []Service) {
	byName := map[string]Service{}
	for _, service := range services {
		byName[service.Name] = service
	}
	done := map[string]bool{}
	var chain []string
	var visit func(service Service)
	visit = func(service Service) {
		chain = append(chain, service.Name)
		for i, need := range service.Needs {
			needed, known := byName[need]
			if !known || need == service.Name || done[need] {
				continue
			}
			if start := slices.Index(chain, need); start >= 0 {
				cycle := append(slices.Clone(chain[start:]), need)
				r.refuseAt(needPath(service, i), "closes the cycle "+strings.Join(cycle, " -> "), "remove one of these needs")
				continue
			}
			visit(needed)
		}
		chain = chain[:len(chain)-1]
		done[service.Name] = true
	}
	for _, service := range services {
		if !done[service.Name] {
			visit(service)
		}
	}
}

// checkNamespaces holds that no two environments share a namespace of a
// cluster: each would undo what the other did.
func (r *reader) checkNamespaces(environments []Environment) {
	type place struct{ cluster, namespace string }
	owner := map[place]string{}
	for _, environment := range environments {
		for i, cluster := range environment.Clusters {
			if cluster == "" || environment.Namespace == "" {
				continue
			}
			at := place{cluster, environment.Namespace}
			if other, taken := owner[at]; taken {
				r.refuseAt(fmt.Sprintf("%s[%d]", join(join("environments", environment.Name), "clusters"), i),
					fmt.Sprintf("environment %q has the namespace %q of cluster %q already", other, at.namespace, at.cluster),
					"give one of them another namespace")
				continue
			}
			owner[at] = environment.Name
		}
	}
}

// checkClusterNames holds that each cluster of an environment has a place of its
// own for config.
func (r *reader) checkClusterNames(environments []Environment) {
	for _, environment := range environments {
		first := map[string]string{}
		for i, cluster := range environment.Clusters {
			name := config.ClusterName(cluster)
			if other, taken := first[name]; taken && cluster != "" {
				r.refuseAt(fmt.Sprintf("%s[%d]", join(join("environments", environment.Name), "clusters"), i),
					fmt.Sprintf("is %q in the paths of config, as %q is", name, other), "rename one of the contexts")
				continue
			}
			first[name] = cluster
		}
	}
}

func needPath(service Service, index int) string {
	return fmt.Sprintf("%s[%d]", join(join("services", service.Name), "needs"), index)
}
