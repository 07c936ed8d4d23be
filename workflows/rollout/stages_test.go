package rollout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
)

func TestStages(t *testing.T) {
	t.Parallel()
	targets, waves := []string{"east", "west"}, [][]string{{"store"}, {"cart", "catalog", "search"}}
	tests := map[string]struct {
		plan bundle.Plan
		want []stage
	}{
		"wave by wave on all clusters": {
			bundle.Plan{Targets: targets, Waves: waves},
			[]stage{{targets, []string{"store"}}, {targets, []string{"cart", "catalog", "search"}}},
		},
		"not all at once": {
			bundle.Plan{Targets: targets, Waves: waves, AtOnce: 2},
			[]stage{{targets, []string{"store"}}, {targets, []string{"cart", "catalog"}}, {targets, []string{"search"}}},
		},
		"clusters in turn": {
			bundle.Plan{Targets: targets, Waves: waves, Order: stack.OrderInTurn},
			[]stage{
				{targets[:1], []string{"store"}},
				{targets[:1], []string{"cart", "catalog", "search"}},
				{targets[1:], []string{"store"}},
				{targets[1:], []string{"cart", "catalog", "search"}},
			},
		},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, stages(test.plan), cmp.AllowUnexported(stage{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// However stages are cut, each service moves once on each target, after all that
// come in an earlier wave there.
func TestStagesMoveEverythingOnceInTheOrderOfWaves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := bundle.Plan{
			Targets: rapid.SliceOfNDistinct(rapid.StringMatching("[a-z]{3}"), 1, 4, rapid.ID[string]).Draw(t, "targets"),
			AtOnce:  rapid.IntRange(0, 4).Draw(t, "atOnce"),
			Order:   rapid.SampledFrom([]stack.Order{"", stack.OrderTogether, stack.OrderInTurn}).Draw(t, "order"),
		}
		wave := map[string]int{}
		services := rapid.SliceOfNDistinct(rapid.StringMatching("[a-z]{4}"), 1, 9, rapid.ID[string]).Draw(t, "services")
		for len(services) > 0 {
			n := rapid.IntRange(1, len(services)).Draw(t, "size")
			for _, service := range services[:n] {
				wave[service] = len(plan.Waves)
			}
			plan.Waves, services = append(plan.Waves, services[:n]), services[n:]
		}
		moved := map[string]map[string]bool{}
		last := map[string]int{}
		for _, next := range stages(plan) {
			if plan.AtOnce > 0 && len(next.services) > plan.AtOnce {
				t.Fatalf("%v are more than %d", next.services, plan.AtOnce)
			}
			for _, target := range next.targets {
				for _, service := range next.services {
					if moved[target][service] {
						t.Fatalf("%s moves twice on %s", service, target)
					}
					if wave[service] < last[target] {
						t.Fatalf("%s moves on %s after a later wave", service, target)
					}
					if moved[target] == nil {
						moved[target] = map[string]bool{}
					}
					moved[target][service], last[target] = true, wave[service]
				}
			}
		}
		for _, target := range plan.Targets {
			if len(moved[target]) != len(wave) {
				t.Fatalf("%d of %d services moved on %s", len(moved[target]), len(wave), target)
			}
		}
	})
}
