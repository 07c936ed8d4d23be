package progress

import (
	"slices"

	"github.com/slipway-dev/slipway/workflows/rollout"
)

// hookFacts tells of each hook that has begun, on each target. A target is named
// only where there are several.
func hookFacts(env, label string, hooks []rollout.Hook) []fact {
	severalTargets := slices.ContainsFunc(hooks, func(h rollout.Hook) bool { return h.Target != hooks[0].Target })
	var all []fact
	for _, hook := range hooks {
		name := "  " + label + pad("hook "+hook.Hook) + " "
		if severalTargets {
			name += pad(hook.Target) + " "
		}
		f := fact{key: "hook/" + env + "/" + hook.Target + "/" + hook.Hook, text: name + hook.State}
		switch hook.State {
		case rollout.StateWaiting:
			continue
		case rollout.StateDone:
			f.tone = good
		case rollout.StateFailed:
			f.text, f.tone = with(f.text, hook.Message), bad
			if hook.Failure != nil {
				f.text = with(name+hook.State, hook.Failure.Reason)
				f.details = FailureLines(*hook.Failure)
			}
		}
		all = append(all, f)
	}
	return all
}

// toldByHooks tells whether a hook says in full why a rollout failed.
func toldByHooks(hooks []rollout.Hook) bool {
	return slices.ContainsFunc(hooks, func(h rollout.Hook) bool { return h.State == rollout.StateFailed })
}

// begun tells whether the Job of any hook was made.
func begun(hooks []rollout.Hook) bool {
	return slices.ContainsFunc(hooks, func(h rollout.Hook) bool { return h.State != rollout.StateWaiting })
}

// settledHooks prefers what the result says of hooks over the last look.
func settledHooks(status rollout.Status, result rollout.Result) []rollout.Hook {
	if len(result.Hooks) > 0 {
		return result.Hooks
	}
	return status.Hooks
}
