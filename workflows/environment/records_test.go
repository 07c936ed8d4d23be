package environment

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/workflows/rollout"
)

func record(version string, verdict rollout.Verdict) Record {
	d := wish(version)
	return Record{Ticket: d.Ticket, Version: version, Bundle: d.Bundle, Verdict: verdict}
}

func TestRollbackTo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// steps are released versions; one with a < in front was gone back to.
		steps   []string
		stuck   bool
		request RollbackRequest
		want    string
		refusal string
	}{
		{name: "without a goal it is the release before", steps: []string{"1.0.0", "1.1.0", "1.3.0"}, request: RollbackRequest{From: "1.3.0"}, want: "1.1.0"},
		{name: "going back twice goes back two releases", steps: []string{"1.0.0", "1.1.0", "1.3.0", "<1.1.0"}, request: RollbackRequest{From: "1.1.0"}, want: "1.0.0"},
		{name: "a release that was deployed again is the newest", steps: []string{"1.0.0", "1.1.0", "1.0.0"}, request: RollbackRequest{From: "1.0.0"}, want: "1.1.0"},
		{name: "a goal is found by version", steps: []string{"1.0.0", "1.1.0", "1.3.0"}, request: RollbackRequest{From: "1.3.0", To: "1.0.0"}, want: "1.0.0"},
		{name: "a goal is found by digest", steps: []string{"1.0.0", "1.3.0"}, request: RollbackRequest{From: "sha256:1.3.0", To: "sha256:1.0.0"}, want: "1.0.0"},
		{name: "going forward again takes a goal", steps: []string{"1.0.0", "1.1.0", "<1.0.0"}, request: RollbackRequest{From: "1.0.0", To: "1.1.0"}, want: "1.1.0"},
		{name: "a stale wish is refused and told what runs", steps: []string{"1.0.0", "1.3.0"}, request: RollbackRequest{From: "1.0.0"}, refusal: "1.3.0 runs now"},
		{name: "what was never released is no goal", steps: []string{"1.0.0", "1.3.0"}, request: RollbackRequest{From: "1.3.0", To: "1.2.0"}, refusal: "recorded are 1.0.0, 1.3.0"},
		{name: "what runs already is no goal", steps: []string{"1.0.0", "1.3.0"}, request: RollbackRequest{From: "1.3.0", To: "1.3.0"}, refusal: "runs already"},
		{name: "before the first release there is nothing to go back from", request: RollbackRequest{From: "1.0.0"}, refusal: "nothing has been released"},
		{name: "before the second there is nothing to go back to", steps: []string{"1.0.0"}, request: RollbackRequest{From: "1.0.0"}, refusal: "no release before 1.0.0"},
		{name: "after a stuck rollout it is the last release", steps: []string{"1.0.0", "1.1.0"}, stuck: true, request: RollbackRequest{From: "1.2.0"}, want: "1.1.0"},
		{name: "after a stuck rollout any release is a goal", steps: []string{"1.0.0", "1.1.0"}, stuck: true, request: RollbackRequest{From: "1.1.0", To: "1.0.0"}, want: "1.0.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state := State{}
			for _, step := range test.steps {
				version, back := strings.CutPrefix(step, "<")
				state.released(record(version, rollout.Released), back)
			}
			state.Unknown = test.stuck
			got, err := state.rollbackTo(test.request)
			if test.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), test.refusal) {
					t.Fatalf("refusal = %v, want one that says %q", err, test.refusal)
				}
				return
			}
			if err != nil || got.Version != test.want {
				t.Fatalf("rollbackTo = %q, %v, want %q", got.Version, err, test.want)
			}
		})
	}
}

func TestTicket(t *testing.T) {
	t.Parallel()
	running := wish("1.1.0")
	state := State{
		Queue:   []Wish{wish("1.2.0"), wish("1.3.0-rc.1")},
		History: []Record{record("1.0.0", rollout.Restored)},
	}
	tests := []struct {
		name, ticket, state string
		ahead               int
		verdict             rollout.Verdict
	}{
		{name: "the running one", ticket: "ticket-1.1.0", state: Running},
		{name: "one that waits counts the running one too", ticket: "ticket-1.3.0-rc.1", state: Queued, ahead: 2},
		{name: "one that has ended brings its outcome", ticket: "ticket-1.0.0", state: Done, verdict: rollout.Restored},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := state.ticket("staging", test.ticket, &running)
			if !ok || got.State != test.state || got.Ahead != test.ahead {
				t.Fatalf("ticket = %+v, %t, want state %q, %d ahead", got, ok, test.state, test.ahead)
			}
			if test.verdict != "" && (got.Outcome == nil || got.Outcome.Result.Verdict != test.verdict) {
				t.Fatalf("outcome = %+v, want verdict %q", got.Outcome, test.verdict)
			}
		})
	}
	if got, ok := state.ticket("staging", "unknown", &running); ok {
		t.Fatalf("an unknown ticket was found: %+v", got)
	}
}

func TestRememberKeepsTheNewest(t *testing.T) {
	t.Parallel()
	var state State
	for i := range keep + 3 {
		state.remember(Record{Ticket: string(rune('a' + i))})
	}
	if len(state.History) != keep || state.History[0].Ticket != "d" {
		t.Fatalf("kept %d from %q, want %d from %q", len(state.History), state.History[0].Ticket, keep, "d")
	}
}
