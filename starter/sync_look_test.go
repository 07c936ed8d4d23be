package starter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/workflows/configsync"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
)

func TestASyncOfAllShowsWhatEachEnvironmentIsAt(t *testing.T) {
	t.Parallel()
	child := func(mode configsync.Mode, line configsync.EnvironmentStatus) configsync.Status {
		return configsync.Status{Mode: mode, Environments: []configsync.EnvironmentStatus{line}}
	}
	done := &environment.TicketState{Ticket: "t0", State: environment.Done, Outcome: &environment.Outcome{Ticket: "t0"}}
	all := configsync.Status{
		Stack: "shop", Mode: configsync.Apply, Phase: configsync.PhaseComparing,
		Environments: []configsync.EnvironmentStatus{
			{Environment: "test", State: "released", Version: "1.0.0-SNAPSHOT.a+config.b", Ticket: done},
			{Environment: "staging", State: configsync.Running},
			{Environment: "eu", State: configsync.Running},
			{Environment: "us", State: configsync.Running},
			{Environment: "asia", State: "waiting for another sync (plan)"},
		},
	}
	queued := &environment.TicketState{Ticket: "t1", State: environment.Queued, Ahead: 2}
	seen := refined(all, []configsync.Status{
		child(configsync.Apply, configsync.EnvironmentStatus{Environment: "test", State: configsync.PhaseDeploying}),
		child(configsync.Apply, configsync.EnvironmentStatus{Environment: "staging", State: configsync.PhaseDeploying, Version: "1.0.0-rc.1+config.b", Ticket: queued}),
		child(configsync.Apply, configsync.EnvironmentStatus{Environment: "eu", State: configsync.PhaseAssembling}),
		{}, // it did not answer
		child(configsync.Plan, configsync.EnvironmentStatus{Environment: "asia", State: configsync.PhaseComparing}),
	})
	want := []release.EnvironmentStatus{
		{Environment: "test", State: environment.Done, Outcome: done.Outcome},
		{Environment: "staging", State: environment.Queued, Ahead: 2},
		{Environment: "eu", State: configsync.PhaseAssembling},
		{Environment: "us", State: configsync.Running},
		{Environment: "asia", State: "waiting for another sync (plan)"},
	}
	if diff := cmp.Diff(want, shownSync(seen).Environments); diff != "" {
		t.Errorf("environments (-want +got):\n%s", diff)
	}

	// The rollout of each is told from others by what it was asked for.
	w := watch{ticket: "all", asked: askedOf(seen)}
	for name, want := range map[string]asking{
		"test": {"t0", "1.0.0-SNAPSHOT.a+config.b"}, "staging": {"t1", "1.0.0-rc.1+config.b"}, "eu": {"all", ""},
	} {
		if got := w.askedFor(name); got != want {
			t.Errorf("%s was asked for %+v, want %+v", name, got, want)
		}
	}
}

func TestAChildOfAnotherModeIsSomebodyElses(t *testing.T) {
	t.Parallel()
	all := configsync.Status{Mode: configsync.Apply, Environments: []configsync.EnvironmentStatus{{Environment: "eu", State: configsync.Running}}}
	seen := refined(all, []configsync.Status{{
		Mode: configsync.Drift, Environments: []configsync.EnvironmentStatus{{Environment: "eu", State: configsync.PhaseComparing}},
	}})
	if got := seen.Environments[0].State; got != configsync.Running {
		t.Errorf("shows %q", got)
	}
}
