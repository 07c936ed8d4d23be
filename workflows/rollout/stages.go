package rollout

import (
	"slices"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
)

// stage is some services that move together on some targets. All of them are
// healthy before the next stage begins.
type stage struct {
	targets  []string
	services []string
}

// stages orders a plan: wave by wave over all targets, or one target after the
// other; a wave that is larger than what may move at once is several stages.
func stages(plan bundle.Plan) []stage {
	turns := [][]string{plan.Targets}
	if plan.Order == stack.OrderInTurn {
		turns = slices.Collect(slices.Chunk(plan.Targets, 1))
	}
	var all []stage
	for _, targets := range turns {
		for _, services := range bundle.Together(plan.Waves, plan.AtOnce) {
			all = append(all, stage{targets: targets, services: services})
		}
	}
	return all
}

// targets gives those of a plan that this rollout moves.
func (in Input) targets(plan bundle.Plan) []string {
	return slices.DeleteFunc(slices.Clone(plan.Targets), func(target string) bool {
		return slices.Contains(in.Exclude, target) || in.Only != "" && target != in.Only
	})
}
