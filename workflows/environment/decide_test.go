package environment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// wish makes a Deploy whose ticket, version and digest are all readable.
func wish(version string) Deploy {
	parsed, err := stack.ParseVersion(version)
	if err != nil {
		parsed = stack.Version{}
	}
	return Deploy{
		Ticket: "ticket-" + version, Version: version, Channel: parsed.Channel(),
		Bundle: bundle.Reference{Repository: "r", Digest: "sha256:" + version},
	}
}

func rollback(version string) Deploy {
	d := wish(version)
	d.Rollback = true
	return d
}

func reconcile(version string) Deploy {
	d := wish(version)
	d.Ticket, d.Reconcile, d.From = "reconcile-"+version, true, d.Bundle.Digest
	return d
}

func versions(wishes []Deploy) []string {
	var names []string
	for _, w := range wishes {
		names = append(names, w.Version)
	}
	return names
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		queue      []Deploy
		wish       Deploy
		want       []string
		superseded []string
	}{
		{
			name: "the first wish waits alone",
			wish: wish("1.0.0"), want: []string{"1.0.0"},
		},
		{
			name:  "a higher version takes the place of a lower one of its channel",
			queue: []Deploy{wish("1.0.0-rc.9")}, wish: wish("1.0.0-rc.10"),
			want: []string{"1.0.0-rc.10"}, superseded: []string{"1.0.0-rc.9"},
		},
		{
			name:  "a lower version that comes late is itself superseded",
			queue: []Deploy{wish("1.1.0")}, wish: wish("1.0.1"),
			want: []string{"1.1.0"}, superseded: []string{"1.0.1"},
		},
		{
			name:  "channels do not supersede one another",
			queue: []Deploy{wish("1.0.0-rc.1")}, wish: wish("1.0.0"),
			want: []string{"1.0.0-rc.1", "1.0.0"},
		},
		{
			name:  "of snapshots the last to come waits",
			queue: []Deploy{wish("1.0.0-SNAPSHOT.bbbbbbbbbbbb")}, wish: wish("1.0.0-SNAPSHOT.aaaaaaaaaaaa"),
			want: []string{"1.0.0-SNAPSHOT.aaaaaaaaaaaa"}, superseded: []string{"1.0.0-SNAPSHOT.bbbbbbbbbbbb"},
		},
		{
			name:  "a rollback goes first and supersedes nothing",
			queue: []Deploy{wish("1.2.0")}, wish: rollback("1.0.0"),
			want: []string{"1.0.0", "1.2.0"},
		},
		{
			name:  "a rollback is not superseded by a higher version",
			queue: []Deploy{rollback("1.0.0")}, wish: wish("1.2.0"),
			want: []string{"1.0.0", "1.2.0"},
		},
		{
			name:  "the same version waits twice rather than lose an asker",
			queue: []Deploy{wish("1.0.0")}, wish: wish("1.0.0"),
			want: []string{"1.0.0", "1.0.0"},
		},
		{
			name:  "of config-only releases of one version the last to come waits",
			queue: []Deploy{wish("1.0.0+config.ffffffffffff")}, wish: wish("1.0.0+config.aaaaaaaaaaaa"),
			want: []string{"1.0.0+config.aaaaaaaaaaaa"}, superseded: []string{"1.0.0+config.ffffffffffff"},
		},
		{
			name:  "a config-only release ranks as its version, and takes its place",
			queue: []Deploy{wish("1.0.0-rc.1")}, wish: wish("1.0.0-rc.1+config.aaaaaaaaaaaa"),
			want: []string{"1.0.0-rc.1+config.aaaaaaaaaaaa"}, superseded: []string{"1.0.0-rc.1"},
		},
		{
			name:  "a higher version takes the place of a config-only release",
			queue: []Deploy{wish("1.0.0+config.aaaaaaaaaaaa")}, wish: wish("1.0.1"),
			want: []string{"1.0.1"}, superseded: []string{"1.0.0+config.aaaaaaaaaaaa"},
		},
		{
			name:  "a config-only release of a lower version is itself superseded",
			queue: []Deploy{wish("1.0.1")}, wish: wish("1.0.0+config.aaaaaaaaaaaa"),
			want: []string{"1.0.1"}, superseded: []string{"1.0.0+config.aaaaaaaaaaaa"},
		},
		{
			name:  "config-only releases of snapshots are ordered by their coming",
			queue: []Deploy{wish("1.0.0-SNAPSHOT.bbbbbbbbbbbb")}, wish: wish("1.0.0-SNAPSHOT.bbbbbbbbbbbb+config.aaaaaaaaaaaa"),
			want: []string{"1.0.0-SNAPSHOT.bbbbbbbbbbbb+config.aaaaaaaaaaaa"}, superseded: []string{"1.0.0-SNAPSHOT.bbbbbbbbbbbb"},
		},
		{
			name: "a reconcile waits where nothing else does",
			wish: reconcile("1.0.0"), want: []string{"1.0.0"},
		},
		{
			name:  "a reconcile is pointless beside any release",
			queue: []Deploy{wish("0.9.0-rc.1")}, wish: reconcile("1.0.0"),
			want: []string{"0.9.0-rc.1"}, superseded: []string{"1.0.0"},
		},
		{
			name:  "any release makes a reconcile that waits pointless",
			queue: []Deploy{reconcile("1.0.0")}, wish: wish("0.9.0-rc.1"),
			want: []string{"0.9.0-rc.1"}, superseded: []string{"1.0.0"},
		},
		{
			name:  "so does the release that it would roll out again",
			queue: []Deploy{reconcile("1.0.0")}, wish: wish("1.0.0"),
			want: []string{"1.0.0"}, superseded: []string{"1.0.0"},
		},
		{
			name:  "so does a rollback",
			queue: []Deploy{reconcile("1.1.0")}, wish: rollback("1.0.0"),
			want: []string{"1.0.0"}, superseded: []string{"1.1.0"},
		},
		{
			name:  "of two reconciles the first waits",
			queue: []Deploy{reconcile("1.0.0")}, wish: reconcile("1.0.0"),
			want: []string{"1.0.0"}, superseded: []string{"1.0.0"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state := State{Queue: test.queue}
			superseded := state.enqueue(test.wish)
			if diff := cmp.Diff(test.want, versions(state.Queue)); diff != "" {
				t.Errorf("queue (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.superseded, versions(superseded)); diff != "" {
				t.Errorf("superseded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	from := func(d Deploy, version string) Deploy {
		d.From = "sha256:" + version
		return d
	}
	tests := []struct {
		name    string
		current string
		stuck   bool
		wish    Deploy
		verdict rollout.Verdict
		why     string
		says    string
	}{
		{name: "the first release is rolled out", wish: wish("1.0.0")},
		{name: "another release is rolled out", current: "1.0.0", wish: wish("1.1.0")},
		{name: "what runs already is released", current: "1.0.0", wish: wish("1.0.0"), verdict: rollout.Released, says: "runs already"},
		{name: "a rollback to what runs already as well", current: "1.0.0", wish: rollback("1.0.0"), verdict: rollout.Released, says: "runs already"},
		{name: "what got stuck since is rolled out again", current: "1.0.0", stuck: true, wish: wish("1.0.0")},
		{name: "a reconcile of what runs is rolled out", current: "1.0.0", wish: reconcile("1.0.0")},
		{name: "a reconcile of what ran before is not", current: "1.1.0", wish: reconcile("1.0.0"), verdict: rollout.NotStarted, why: rollout.WhySuperseded, says: "1.1.0"},
		{name: "a reconcile after a stuck rollout is not", current: "1.0.0", stuck: true, wish: reconcile("1.0.0"), verdict: rollout.NotStarted, why: rollout.WhyRefused, says: "stuck"},
		{name: "a release made for what runs is rolled out", current: "1.0.0", wish: from(wish("1.0.0+config.aaaaaaaaaaaa"), "1.0.0")},
		{name: "also after a stuck rollout", current: "1.0.0", stuck: true, wish: from(wish("1.0.0+config.aaaaaaaaaaaa"), "1.0.0")},
		{name: "a release made for what ran before is not", current: "1.1.0", wish: from(wish("1.0.0+config.aaaaaaaaaaaa"), "1.0.0"), verdict: rollout.NotStarted, why: rollout.WhySuperseded, says: "1.1.0"},
		{name: "a release made for what was lost is not", wish: from(wish("1.0.0+config.aaaaaaaaaaaa"), "1.0.0"), verdict: rollout.NotStarted, why: rollout.WhySuperseded, says: "nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state := State{Unknown: test.stuck}
			if test.current != "" {
				current := record(test.current, rollout.Released)
				state.Current = &current
			}
			got := state.settled(test.wish)
			if test.verdict == "" {
				if got != nil {
					t.Fatalf("settled = %+v, want a rollout", got)
				}
				return
			}
			if got == nil || got.Verdict != test.verdict || got.Why != test.why || !strings.Contains(got.Message, test.says) {
				t.Fatalf("settled = %+v, want %s (%s) that says %q", got, test.verdict, test.why, test.says)
			}
		})
	}
}

func TestReconcilable(t *testing.T) {
	t.Parallel()
	current := record("1.0.0", rollout.Released)
	for _, test := range []struct {
		name, digest, refusal string
		state                 State
	}{
		{name: "what runs", digest: "sha256:1.0.0", state: State{Current: &current}},
		{name: "what ran before", digest: "sha256:0.9.0", state: State{Current: &current}, refusal: "1.0.0 (sha256:1.0.0) runs now"},
		{name: "before the first release", digest: "sha256:1.0.0", refusal: "nothing has been released"},
		{name: "after a stuck rollout", digest: "sha256:1.0.0", state: State{Current: &current, Unknown: true}, refusal: "deploy or roll back"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.state.reconcilable(test.digest)
			if test.refusal == "" && err != nil || test.refusal != "" && (err == nil || !strings.Contains(err.Error(), test.refusal)) {
				t.Fatalf("reconcilable = %v, want %q", err, test.refusal)
			}
		})
	}
}

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
		Queue:   []Deploy{wish("1.2.0"), wish("1.3.0-rc.1")},
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
