package bundle

import (
	"encoding/json"
	"maps"
	"net/url"

	"github.com/slipway-dev/slipway/stack"
)

// jobsFolder holds the Jobs that a rollout starts by themselves. They have files
// of their own, which a Slipway that does not know them refuses: it must not take
// a release for one without them.
const jobsFolder = "jobs"

// Checker says that the config of a service is judged before it is rolled out.
type Checker struct {
	Service  string         `json:"service"`
	Deadline stack.Duration `json:"deadline"`
}

// Hook says that a rollout runs a Job before or after it moves services.
type Hook struct {
	Name string     `json:"name"`
	When stack.When `json:"when"`
	// Service is the one around which it runs; empty means the whole rollout.
	Service         string         `json:"service,omitempty"`
	On              stack.On       `json:"on"`
	Deadline        stack.Duration `json:"deadline"`
	PointOfNoReturn bool           `json:"pointOfNoReturn,omitempty"`
}

// Job gives the manifest of a Job in one cluster of an environment, nil for what
// the release does not have. Its key is one that package stack gives. The result
// is shared and must not be changed.
func (c Content) Job(environment, cluster, key string) json.RawMessage {
	own, differs := c.ClusterJobs[environment][cluster][key]
	if !differs {
		own = c.Jobs[environment][key]
	}
	if len(own) == 0 {
		return nil
	}
	return own[0]
}

// addJobs records the Jobs of an environment.
func (c *Content) addJobs(environment string, rendered *stack.Rendered) error {
	if len(rendered.Jobs) == 0 {
		return nil
	}
	jobs, err := manifests(rendered.Jobs)
	if err != nil {
		return err
	}
	c.setJobs(environment, jobs)
	for cluster, differing := range rendered.ClusterJobs {
		own, err := manifests(differing)
		if err != nil {
			return err
		}
		c.setClusterJobs(environment, cluster, own)
	}
	return nil
}

func (c *Content) setJobs(environment string, jobs Manifests) {
	if c.Jobs == nil {
		c.Jobs = map[string]Manifests{}
	}
	c.Jobs[environment] = jobs
}

func (c *Content) setClusterJobs(environment, cluster string, jobs Manifests) {
	if c.ClusterJobs == nil {
		c.ClusterJobs = map[string]map[string]Manifests{}
	}
	if c.ClusterJobs[environment] == nil {
		c.ClusterJobs[environment] = map[string]Manifests{}
	}
	c.ClusterJobs[environment][cluster] = jobs
}

// encodeJobs adds the files of an environment's Jobs, none when it has none.
func (a *Artifact) encodeJobs(content Content, environment Environment) error {
	if jobs := content.Jobs[environment.Name]; len(jobs) > 0 {
		if err := a.addManifests(jobsFile(environment.Name), jobs); err != nil {
			return err
		}
	}
	for _, cluster := range environment.Clusters {
		own := content.ClusterJobs[environment.Name][cluster]
		if len(own) == 0 {
			continue
		}
		if err := a.addManifests(clusterJobsFile(environment.Name, cluster), own); err != nil {
			return err
		}
	}
	return nil
}

// takeJobs takes what encodeJobs added.
func (c *Content) takeJobs(files map[string][]byte, environment Environment) error {
	if _, there := files[jobsFile(environment.Name)]; there {
		var jobs Manifests
		if err := take(files, jobsFile(environment.Name), &jobs); err != nil {
			return err
		}
		c.setJobs(environment.Name, jobs)
	}
	for _, cluster := range environment.Clusters {
		name := clusterJobsFile(environment.Name, cluster)
		if _, there := files[name]; !there {
			continue
		}
		var own Manifests
		if err := take(files, name, &own); err != nil {
			return err
		}
		c.setClusterJobs(environment.Name, cluster, own)
	}
	return nil
}

// sameJobs compares the Jobs of an environment in all of its clusters.
func sameJobs(before, now Content, environment Environment) bool {
	name := environment.Name
	equal := func(a, b Manifests) bool {
		return maps.EqualFunc(a, b, func(x, y []json.RawMessage) bool { return same(x, y) })
	}
	if !equal(before.Jobs[name], now.Jobs[name]) {
		return false
	}
	for _, cluster := range environment.Clusters {
		if !equal(before.ClusterJobs[name][cluster], now.ClusterJobs[name][cluster]) {
			return false
		}
	}
	return true
}

func checkersOf(s *stack.Stack, rendered *stack.Rendered) []Checker {
	var checkers []Checker
	for _, job := range rendered.Jobs {
		for _, service := range s.Services {
			if service.Checker != nil && job.Name == stack.CheckerJob(service.Name) {
				checkers = append(checkers, Checker{Service: service.Name, Deadline: service.Checker.Deadline})
			}
		}
	}
	return checkers
}

func hooksOf(s *stack.Stack, environment string) []Hook {
	var hooks []Hook
	for _, hook := range s.HooksOf(environment) {
		hooks = append(hooks, Hook{
			Name: hook.Name, When: hook.When, Service: hook.Service, On: hook.On,
			Deadline: hook.Deadline, PointOfNoReturn: hook.PointOfNoReturn,
		})
	}
	return hooks
}

func jobsFile(environment string) string { return jobsFolder + "/" + environment + ".json" }

func clusterJobsFile(environment, cluster string) string {
	return jobsFolder + "/" + environment + "/" + url.PathEscape(cluster) + ".json"
}
