package starter

import (
	"context"
	"fmt"
	"sync"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/release"
)

// look shows a sync, and the rollouts that it has asked for.
func (r *syncRun) look(ctx context.Context) (progress.Seen, error) {
	seen, err := r.watch.look(ctx, func(ctx context.Context) (release.Status, error) {
		status, err := r.ask(ctx)
		if err != nil {
			return release.Status{}, err
		}
		r.status = status
		return shownSync(status), nil
	})
	r.watch.asked = askedOf(r.status)
	return seen, err
}

// ask gives the status of a sync. One of all environments knows of each that is
// under way no more than that, so the sync of that one is asked beside it.
func (r *syncRun) ask(ctx context.Context) (configsync.Status, error) {
	var group sync.WaitGroup
	children := make([]configsync.Status, len(r.status.Environments))
	if len(children) > 1 {
		for i, line := range r.status.Environments {
			group.Go(func() {
				// One that does not answer is shown as its parent shows it.
				_ = r.looker.query(ctx, configsync.ID(r.status.Stack, line.Environment), "", &children[i])
			})
		}
	}
	var status configsync.Status
	// The latest run, for a long one continues as new.
	err := r.looker.query(ctx, r.id, "", &status)
	group.Wait()
	if err != nil {
		return status, err
	}
	return refined(status, children), nil
}

// refined puts what children tell into the lines of environments that are under
// way. A child of another mode is somebody else's.
func refined(status configsync.Status, children []configsync.Status) configsync.Status {
	for i, child := range children[:min(len(children), len(status.Environments))] {
		line := &status.Environments[i]
		if line.State != configsync.Running || child.Mode != status.Mode {
			continue
		}
		for _, own := range child.Environments {
			if own.Environment == line.Environment {
				*line = own
			}
		}
	}
	return status
}

// askedOf tells what each environment has been asked for.
func askedOf(status configsync.Status) map[string]asking {
	found := map[string]asking{}
	for _, line := range status.Environments {
		if line.Ticket != nil && line.Ticket.Ticket != "" {
			found[line.Environment] = asking{line.Ticket.Ticket, line.Version}
		}
	}
	return found
}

// shownSync shows a sync as what it asks environments for. An environment that
// has been asked shows its rollout.
func shownSync(status configsync.Status) release.Status {
	shown := release.Status{Stack: status.Stack, Commit: status.Commit, Phase: status.Phase}
	if status.Phase == configsync.PhaseReading {
		shown.Phase = ""
	}
	for _, line := range status.Environments {
		state := line.State
		if line.Total > 0 {
			state += fmt.Sprintf(", %d of %d clusters", line.Done, line.Total)
		}
		for _, target := range line.NotCompared {
			state += fmt.Sprintf("; %s could not be compared: %s", target.Target, target.Message)
		}
		env := release.EnvironmentStatus{Environment: line.Environment, State: state}
		if line.Ticket != nil {
			env.State, env.Ahead, env.Outcome = line.Ticket.State, line.Ticket.Ahead, line.Ticket.Outcome
			if len(status.Environments) == 1 {
				shown.Version = line.Version
			}
		}
		shown.Environments = append(shown.Environments, env)
	}
	return shown
}
