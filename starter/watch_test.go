package starter

import (
	"context"
	"testing"

	"go.temporal.io/api/serviceerror"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

func TestATicketIsFoundWhereItsEnvironmentHasIt(t *testing.T) {
	t.Parallel()
	deploy := func(ticket string) environment.Deploy { return environment.Deploy{Ticket: ticket} }
	other := deploy("other")
	mine := deploy("mine")
	for name, c := range map[string]struct {
		status environment.Status
		state  string
		ahead  int
	}{
		"running":                      {environment.Status{Running: &mine}, environment.Running, 0},
		"next in the queue":            {environment.Status{Queue: []environment.Wish{{Deploy: mine}}}, environment.Queued, 0},
		"behind one that runs":         {environment.Status{Running: &other, Queue: []environment.Wish{{Deploy: mine}}}, environment.Queued, 1},
		"behind two":                   {environment.Status{Running: &other, Queue: []environment.Wish{{Deploy: other}, {Deploy: mine}}}, environment.Queued, 2},
		"over, the outcome on its way": {environment.Status{History: []environment.Record{{Ticket: "mine"}}}, environment.Done, 0},
		"not there yet":                {environment.Status{Running: &other}, "asking", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := release.EnvironmentStatus{State: "asking"}
			locate(&line, c.status, "mine")
			if line.State != c.state || line.Ahead != c.ahead {
				t.Errorf("got %s, %d ahead, want %s, %d ahead", line.State, line.Ahead, c.state, c.ahead)
			}
		})
	}
}

func TestHeartbeatsRefineOnlyWhatIsBeingWatched(t *testing.T) {
	t.Parallel()
	services := []rollout.Service{
		{Service: "cart", Target: "east", State: rollout.StateWatching},
		{Service: "cart", Target: "west", State: rollout.StateWatching},
		{Service: "store", Target: "east", State: rollout.StateReleased, Ready: 2, Wanted: 2},
		{Service: "till", Target: "east", State: rollout.StateRestoring},
	}
	merge(services, workload.Queue("east"), []workload.ServiceStatus{
		{Service: "cart", Ready: 1, Wanted: 2, Message: "one to go"},
		{Service: "store", Ready: 0, Wanted: 2},
		{Service: "till", Ready: 1, Wanted: 3},
		{Service: "unknown", Ready: 9, Wanted: 9},
	})
	if got := services[0]; got.Ready != 1 || got.Wanted != 2 || got.Message != "one to go" {
		t.Errorf("the watched service shows %+v", got)
	}
	if got := services[1]; got.Wanted != 0 {
		t.Errorf("the other target shows what is not about it: %+v", got)
	}
	if got := services[2]; got.Ready != 2 {
		t.Errorf("a service that is done changes: %+v", got)
	}
	if got := services[3]; got.Ready != 1 || got.Wanted != 3 {
		t.Errorf("the service that is restored shows %+v", got)
	}
}

func TestSilenceIsExplained(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		reachable bool
		want      string
	}{
		"a worker is missing": {context.DeadlineExceeded, true, "no worker answers; the workflow waits until one does"},
		"the code fails":      {serviceerror.NewWorkflowNotReady("x"), true, "the workflow's code fails in the worker, again and again; the worker's log says why"},
		"the server is away":  {context.DeadlineExceeded, false, "Temporal at a:1 does not answer; still trying, the workflow goes on without this process"},
	} {
		if got := silence(c.err, c.reachable, "a:1"); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
