package environment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

func (e *environment) checkExclude(_ workflow.Context, request ExcludeRequest) error {
	switch {
	case request.Cluster == "" || request.By == "":
		return errors.New("cluster and by are required")
	case e.running != nil:
		return fmt.Errorf("%s is being rolled out; wait for its end, or abort it", e.running.Version)
	case e.state.excluded(request.Cluster):
		return fmt.Errorf("%s is excluded already", request.Cluster)
	}
	return nil
}

// exclude takes a cluster out: rollouts leave it alone.
func (e *environment) exclude(ctx workflow.Context, request ExcludeRequest) (Answer, error) {
	if err := e.awaitRecovered(ctx); err != nil {
		return Answer{}, err
	}
	if err := e.knows(ctx, request.Cluster); err != nil {
		return Answer{}, err
	}
	// The world may have moved on while the bundle was read.
	if err := e.checkExclude(ctx, request); err != nil {
		return Answer{}, err
	}
	e.state.Excluded = append(e.state.Excluded, Exclusion{
		Cluster: request.Cluster, By: request.By, Reason: request.Reason, Since: workflow.Now(ctx), Runs: e.state.currentBundle(),
	})
	e.note(ctx, "excluded "+request.Cluster, request.By, request.Reason)
	return Answer{Message: "rollouts leave " + request.Cluster + " alone until it is included again"}, nil
}

// knows refuses a cluster that the release that runs is not made for.
func (e *environment) knows(ctx workflow.Context, cluster string) error {
	if e.state.Current == nil {
		return nil
	}
	var bundles *bundle.Activities
	plan, err := step.Call[bundle.Plan](ctx, step.Read("read the bundle of "+e.state.Current.Version), bundles.ReadPlan,
		bundle.ReadPlanInput{Bundle: e.state.Current.Bundle, Environment: e.in.Environment})
	if err != nil {
		return errors.New(step.Reason(err))
	}
	if !slices.Contains(plan.Targets, cluster) {
		return fmt.Errorf("%s has no cluster %q; it has %s", e.in.Environment, cluster, strings.Join(plan.Targets, ", "))
	}
	return nil
}

func (e *environment) checkInclude(_ workflow.Context, request ExcludeRequest) error {
	switch {
	case request.Cluster == "" || request.By == "":
		return errors.New("cluster and by are required")
	case !e.state.excluded(request.Cluster):
		return fmt.Errorf("%s is not excluded", request.Cluster)
	}
	return nil
}

// include queues what brings the cluster level with the others. It is left alone
// until that has succeeded.
func (e *environment) include(ctx workflow.Context, request ExcludeRequest) (TicketState, error) {
	at := slices.IndexFunc(e.state.Excluded, func(x Exclusion) bool { return x.Cluster == request.Cluster })
	if at < 0 {
		return TicketState{}, fmt.Errorf("%s is not excluded any more", request.Cluster)
	}
	if known, ok := e.including(request.Cluster); ok {
		return known, nil
	}
	exclusion, ticket := e.state.Excluded[at], "include/"+workflow.GetCurrentUpdateInfo(ctx).ID
	e.note(ctx, "included "+request.Cluster, request.By, request.Reason)
	current := e.state.Current
	if current == nil {
		e.included(request.Cluster)
		return TicketState{Ticket: ticket, State: Done, Outcome: nothingToDo(e.in.Environment, ticket, workflow.Now(ctx))}, nil
	}
	version, err := stack.ParseVersion(current.Version)
	if err != nil {
		return TicketState{}, err
	}
	return e.enqueue(ctx, Wish{
		Only: request.Cluster, Base: exclusion.Runs,
		Deploy: Deploy{
			Ticket: ticket, Bundle: current.Bundle, Version: current.Version, Commit: current.Commit, Channel: version.Channel(),
			Reconcile: true, By: request.By, Reason: "bring " + request.Cluster + " level with the others" + reasoned(request.Reason),
		},
	}), nil
}

// including gives the state of a wish that brings the cluster back already.
func (e *environment) including(cluster string) (TicketState, bool) {
	if e.running != nil && e.running.Only == cluster {
		return e.ticket(e.running.Ticket), true
	}
	for _, wish := range e.state.Queue {
		if wish.Only == cluster {
			return e.ticket(wish.Ticket), true
		}
	}
	return TicketState{}, false
}

// included ends the maintenance of a cluster.
func (e *environment) included(cluster string) {
	e.state.Excluded = slices.DeleteFunc(e.state.Excluded, func(x Exclusion) bool { return x.Cluster == cluster })
}

func (s *State) excluded(cluster string) bool {
	return slices.ContainsFunc(s.Excluded, func(x Exclusion) bool { return x.Cluster == cluster })
}
