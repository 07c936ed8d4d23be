package stack

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultHookDeadline is how long a hook may take unless the file says otherwise.
const DefaultHookDeadline = Duration(5 * time.Minute)

// Hook is a Job that a rollout runs before or after it moves services.
type Hook struct {
	Name string `json:"name"`

	// Job is the file with the manifest of the one Job.
	Job string `json:"job"`

	When When `json:"when"`

	// Service is the one around which it runs; empty means the whole rollout.
	Service string `json:"service,omitempty"`

	On On `json:"on"`

	// Deadline is DefaultHookDeadline unless the file says otherwise.
	Deadline Duration `json:"deadline"`

	// PointOfNoReturn tells that nothing is rolled back once it has begun.
	PointOfNoReturn bool `json:"pointOfNoReturn,omitempty"`

	// Environments in which it runs; none mean all.
	Environments []string `json:"environments,omitempty"`
}

// When says on which side of the move a hook runs.
type When string

// The sides of a move.
const (
	Before When = "before"
	After  When = "after"
)

// On says on which clusters a hook runs.
type On string

// The clusters of a hook.
const (
	// OnFirst is the first cluster that a rollout moves.
	OnFirst On = "first"
	// OnEach is every cluster that a rollout moves.
	OnEach On = "each"
)

// HookJob is the key of the Job of a hook.
func HookJob(name string) string { return "hook/" + name }

// HooksOf gives the hooks that run in an environment, in the order of the file.
func (s *Stack) HooksOf(environment string) []Hook {
	var hooks []Hook
	for _, hook := range s.Hooks {
		if len(hook.Environments) == 0 || slices.Contains(hook.Environments, environment) {
			hooks = append(hooks, hook)
		}
	}
	return hooks
}

// hooks is the field of the stack file that names hooks.
func (r *reader) hooks(s *Stack) field {
	const example = "{migrate: {job: deploy/migrate.yaml, when: before}}"
	return field{name: "hooks", example: "hooks: " + example, read: func(path string, node *yaml.Node) {
		r.named(path, node, example, func(name, path string, value *yaml.Node) {
			hook := Hook{Name: name, On: OnFirst, Deadline: DefaultHookDeadline}
			r.mapping(path, value, "{job: deploy/migrate.yaml, when: before}", r.hook(&hook))
			s.Hooks = append(s.Hooks, hook)
		})
	}}
}

func (r *reader) hook(hook *Hook) []field {
	return []field{
		{name: "job", required: true, example: "job: deploy/migrate.yaml", read: func(path string, node *yaml.Node) {
			hook.Job = r.localPath(path, node, "deploy/migrate.yaml")
		}},
		{name: "when", required: true, example: "when: before", read: func(path string, node *yaml.Node) {
			hook.When = choice(r, path, node, "no time of a hook", Before, After)
		}},
		{name: "service", example: "service: catalog", read: func(path string, node *yaml.Node) {
			hook.Service, _ = r.text(path, node, "catalog")
		}},
		{name: "on", example: "on: each", read: func(path string, node *yaml.Node) {
			hook.On = choice(r, path, node, "no choice of clusters", OnFirst, OnEach)
		}},
		{name: "deadline", example: "deadline: 5m", read: func(path string, node *yaml.Node) {
			hook.Deadline = r.duration(path, node, "5m", minDeadline, maxDeadline)
		}},
		{name: "pointOfNoReturn", example: "pointOfNoReturn: true", read: func(path string, node *yaml.Node) {
			hook.PointOfNoReturn = r.truth(path, node, true)
		}},
		{name: "environments", example: "environments: [staging, production]", read: func(path string, node *yaml.Node) {
			hook.Environments = r.texts(path, node, "[staging, production]")
		}},
	}
}

// checkHooks holds hooks to services and environments that there are.
func (r *reader) checkHooks(s *Stack) {
	var services, environments []string
	for _, service := range s.Services {
		services = append(services, service.Name)
	}
	for _, environment := range s.Environments {
		environments = append(environments, environment.Name)
	}
	for _, hook := range s.Hooks {
		at := join("hooks", hook.Name)
		if hook.Service != "" && !slices.Contains(services, hook.Service) {
			r.refuseAt(join(at, "service"), fmt.Sprintf("unknown service %q", hook.Service), didYouMean(hook.Service, "services", services))
		}
		for i, environment := range hook.Environments {
			if environment != "" && !slices.Contains(environments, environment) {
				r.refuseAt(fmt.Sprintf("%s[%d]", join(at, "environments"), i), fmt.Sprintf("unknown environment %q", environment),
					didYouMean(environment, "environments", environments))
			}
		}
	}
}
