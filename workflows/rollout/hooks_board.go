package rollout

import (
	"slices"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Hook is what became of a hook on one target.
type Hook struct {
	Hook   string     `json:"hook"`
	When   stack.When `json:"when"`
	Target string     `json:"target"`
	// Service is the one around which it runs; empty for the whole rollout.
	Service string `json:"service,omitempty"`
	// State is StateWaiting, StateRunning, StateDone or StateFailed.
	State   string            `json:"state"`
	Message string            `json:"message,omitempty"`
	Failure *workload.Failure `json:"failure,omitempty"`
}

// States of a hook.
const (
	StateRunning = "running"
	StateDone    = "done"
)

func (b *board) planHooks(plan bundle.Plan) {
	for _, hook := range plan.Hooks {
		targets := plan.Targets
		if hook.On != stack.OnEach {
			targets = targets[:1]
		}
		for _, target := range targets {
			b.hooks = append(b.hooks, Hook{Hook: hook.Name, When: hook.When, Service: hook.Service, Target: target, State: StateWaiting})
		}
	}
}

func (b *board) setHook(name, target string, now Hook) {
	at := slices.IndexFunc(b.hooks, func(h Hook) bool { return h.Hook == name && h.Target == target })
	if at < 0 {
		return
	}
	line := &b.hooks[at]
	line.State, line.Message, line.Failure = now.State, now.Message, now.Failure
}

// hold shows services that are left in the middle.
func (b *board) hold(target string, services []string) {
	for _, service := range services {
		line := b.line(target, service)
		if line != nil && (line.State == StateApplying || line.State == StateWatching) {
			line.State = StateStuck
		}
	}
}

// hookTable is the hooks on the workflow's page, empty without any.
func (b *board) hookTable() string {
	rows := make([][]string, 0, len(b.hooks))
	for _, hook := range b.hooks {
		place, note := string(hook.When), hook.Message
		if hook.Service != "" {
			place += " " + hook.Service
		}
		if hook.Failure != nil {
			note = describe(*hook.Failure)
		}
		rows = append(rows, []string{hook.Hook, place, hook.Target, hook.State, note})
	}
	if len(rows) == 0 {
		return ""
	}
	return "\n\n" + step.Table([]string{"hook", "when", "cluster", "state", ""}, rows)
}
