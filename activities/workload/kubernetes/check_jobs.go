package kubernetes

import (
	"context"

	"github.com/slipway-dev/slipway/activities/workload"
)

// tryTasks dry-runs the Jobs that a rollout will start. In a namespace that does
// not exist yet they can't be tried.
func (k check) tryTasks(ctx context.Context, at place) ([]workload.Problem, error) {
	if at != placeReady {
		return nil, nil
	}
	var problems []workload.Problem
	for _, t := range k.tasks {
		found, err := k.dryRun(ctx, t.object(), nil)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found.problems...)
	}
	return problems, nil
}

// object is the Job under the name of what it runs for.
func (t task) object() object { return object{service: t.For, Unstructured: t.job} }
