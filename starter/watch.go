package starter

import (
	"context"
	"errors"
	"sync"

	"go.temporal.io/api/serviceerror"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// watch keeps what the workflows of one release answered last.
//
// They are asked side by side. After a worker has died Temporal keeps the first
// question to each workflow for that worker for some seconds; one after the
// other would make that three times as long.
type watch struct {
	looker *looker
	// ticket under which the release queues in environments, but for those that
	// were asked for something of their own.
	ticket string
	asked  map[string]asking
	status release.Status
	known  map[string]place
}

// asking is what an environment was asked for.
type asking struct{ ticket, version string }

func (w *watch) askedFor(environment string) asking {
	if own, ok := w.asked[environment]; ok {
		return own
	}
	return asking{w.ticket, w.status.Version}
}

// place is what is known of a release in one environment.
type place struct {
	environment environment.Status
	rollout     *rollout.Status
}

// look asks everybody once. It is an error only when nobody has answered.
func (w *watch) look(ctx context.Context, ask func(context.Context) (release.Status, error)) (progress.Seen, error) {
	var group sync.WaitGroup
	var status release.Status
	var statusErr error
	group.Go(func() { status, statusErr = ask(ctx) })

	var mu sync.Mutex
	answered, failures := false, []error(nil)
	for _, line := range w.status.Environments {
		if line.Outcome != nil {
			continue
		}
		group.Go(func() {
			found, err := w.visit(ctx, line.Environment)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failures = append(failures, err)
				return
			}
			w.known[line.Environment], answered = found, true
		})
	}
	group.Wait()
	if statusErr == nil {
		w.status = status
	} else if !answered {
		return progress.Seen{}, errors.Join(append(failures, statusErr)...)
	}
	return w.seen(ctx), nil
}

// visit asks an environment, and at the same time the rollout that may run in it.
func (w *watch) visit(ctx context.Context, name string) (place, error) {
	var group sync.WaitGroup
	var rolling rollout.Status
	var rollingErr error
	group.Go(func() { rolling, rollingErr = w.looker.rollout(ctx, rollout.ID(w.status.Stack, name)) })
	var found place
	err := w.looker.query(ctx, environment.ID(w.status.Stack, name), "", &found.environment)
	group.Wait()
	if err != nil {
		return place{}, err
	}
	switch {
	// All rollouts of an environment share the ID; this may be the one before.
	case rollingErr == nil && rolling.Version == w.askedFor(name).version:
		found.rollout = &rolling
	case rollingErr != nil && !isNotFound(rollingErr):
		return place{}, rollingErr
	}
	return found, nil
}

// seen puts together what everybody answered last. A release asks its
// environments only now and then, so they know better where its ticket is.
func (w *watch) seen(ctx context.Context) progress.Seen {
	seen := progress.Seen{Release: w.status, Rollouts: map[string]rollout.Status{}, Trouble: map[string]string{}}
	seen.Release.Environments = append([]release.EnvironmentStatus(nil), w.status.Environments...)
	for i := range seen.Release.Environments {
		line := &seen.Release.Environments[i]
		known, ok := w.known[line.Environment]
		if !ok || line.Outcome != nil {
			continue
		}
		locate(line, known.environment, w.askedFor(line.Environment).ticket)
		if known.environment.Trouble != "" {
			seen.Trouble[line.Environment] = known.environment.Trouble
		}
		if known.rollout != nil && line.State != environment.Queued {
			seen.Rollouts[line.Environment] = *known.rollout
		}
	}
	if seen.Release.Phase == release.PhaseBuilding {
		seen.Building = w.looker.builds(ctx, release.ID(w.status.Stack, w.status.Version), seen.Release.Images)
	}
	return seen
}

// locate says where a ticket is in an environment.
func locate(line *release.EnvironmentStatus, status environment.Status, ticket string) {
	if status.Running != nil && status.Running.Ticket == ticket {
		line.State, line.Ahead = environment.Running, 0
		return
	}
	for i, queued := range status.Queue {
		if queued.Ticket != ticket {
			continue
		}
		line.State, line.Ahead, line.Waits = environment.Queued, i, environment.Waits(queued.Gates)
		if status.Running != nil {
			line.Ahead++
		}
		return
	}
	if _, ended := recordOf(status, ticket); ended {
		// Its outcome is on its way.
		line.State = environment.Done
	}
}

func isNotFound(err error) bool {
	var missing *serviceerror.NotFound
	return errors.As(err, &missing)
}
