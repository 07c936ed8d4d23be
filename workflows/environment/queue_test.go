package environment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// wish makes a Wish whose ticket, version and digest are all readable.
func wish(version string) Wish {
	parsed, err := stack.ParseVersion(version)
	if err != nil {
		parsed = stack.Version{}
	}
	return Wish{Deploy: Deploy{
		Ticket: "ticket-" + version, Version: version, Channel: parsed.Channel(),
		Bundle: bundle.Reference{Repository: "r", Digest: "sha256:" + version},
	}}
}

func rollback(version string) Wish {
	d := wish(version)
	d.Rollback = true
	return d
}

// from makes a wish for what runs, a version, and for nothing else.
func from(d Wish, version string) Wish {
	d.From = "sha256:" + version
	return d
}

func reconcile(version string) Wish {
	d := wish(version)
	d.Ticket, d.Reconcile, d.From = "reconcile-"+version, true, d.Bundle.Digest
	return d
}

func versions(wishes []Wish) []string {
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
		queue      []Wish
		wish       Wish
		want       []string
		superseded []string
	}{
		{
			name: "the first wish waits alone",
			wish: wish("1.0.0"), want: []string{"1.0.0"},
		},
		{
			name:  "a higher version takes the place of a lower one of its channel",
			queue: []Wish{wish("1.0.0-rc.9")}, wish: wish("1.0.0-rc.10"),
			want: []string{"1.0.0-rc.10"}, superseded: []string{"1.0.0-rc.9"},
		},
		{
			name:  "a lower version that comes late is itself superseded",
			queue: []Wish{wish("1.1.0")}, wish: wish("1.0.1"),
			want: []string{"1.1.0"}, superseded: []string{"1.0.1"},
		},
		{
			name:  "channels do not supersede one another",
			queue: []Wish{wish("1.0.0-rc.1")}, wish: wish("1.0.0"),
			want: []string{"1.0.0-rc.1", "1.0.0"},
		},
		{
			name:  "of snapshots the last to come waits",
			queue: []Wish{wish("1.0.0-SNAPSHOT.bbbbbbbbbbbb")}, wish: wish("1.0.0-SNAPSHOT.aaaaaaaaaaaa"),
			want: []string{"1.0.0-SNAPSHOT.aaaaaaaaaaaa"}, superseded: []string{"1.0.0-SNAPSHOT.bbbbbbbbbbbb"},
		},
		{
			name:  "a rollback goes first and supersedes nothing",
			queue: []Wish{wish("1.2.0")}, wish: rollback("1.0.0"),
			want: []string{"1.0.0", "1.2.0"},
		},
		{
			name:  "a rollback is not superseded by a higher version",
			queue: []Wish{rollback("1.0.0")}, wish: wish("1.2.0"),
			want: []string{"1.0.0", "1.2.0"},
		},
		{
			name:  "the same version waits twice rather than lose an asker",
			queue: []Wish{wish("1.0.0")}, wish: wish("1.0.0"),
			want: []string{"1.0.0", "1.0.0"},
		},
		{
			name:  "of config-only releases of one version the last to come waits",
			queue: []Wish{wish("1.0.0+config.ffffffffffff")}, wish: wish("1.0.0+config.aaaaaaaaaaaa"),
			want: []string{"1.0.0+config.aaaaaaaaaaaa"}, superseded: []string{"1.0.0+config.ffffffffffff"},
		},
		{
			name:  "a config-only release ranks as its version, and takes its place",
			queue: []Wish{wish("1.0.0-rc.1")}, wish: wish("1.0.0-rc.1+config.aaaaaaaaaaaa"),
			want: []string{"1.0.0-rc.1+config.aaaaaaaaaaaa"}, superseded: []string{"1.0.0-rc.1"},
		},
		{
			name:  "a higher version takes the place of a config-only release",
			queue: []Wish{wish("1.0.0+config.aaaaaaaaaaaa")}, wish: wish("1.0.1"),
			want: []string{"1.0.1"}, superseded: []string{"1.0.0+config.aaaaaaaaaaaa"},
		},
		{
			name:  "a config-only release of a lower version is itself superseded",
			queue: []Wish{wish("1.0.1")}, wish: wish("1.0.0+config.aaaaaaaaaaaa"),
			want: []string{"1.0.1"}, superseded: []string{"1.0.0+config.aaaaaaaaaaaa"},
		},
		{
			name:  "config-only releases of snapshots are ordered by their coming",
			queue: []Wish{wish("1.0.0-SNAPSHOT.bbbbbbbbbbbb")}, wish: wish("1.0.0-SNAPSHOT.bbbbbbbbbbbb+config.aaaaaaaaaaaa"),
			want: []string{"1.0.0-SNAPSHOT.bbbbbbbbbbbb+config.aaaaaaaaaaaa"}, superseded: []string{"1.0.0-SNAPSHOT.bbbbbbbbbbbb"},
		},
		{
			name:  "a snapshot that waits stays when config comes for the one that runs",
			queue: []Wish{wish("1.0.0-SNAPSHOT.cccccccccccc")},
			wish:  from(wish("1.0.0-SNAPSHOT.aaaaaaaaaaaa+config.aaaaaaaaaaaa"), "1.0.0-SNAPSHOT.aaaaaaaaaaaa"),
			want:  []string{"1.0.0-SNAPSHOT.cccccccccccc"}, superseded: []string{"1.0.0-SNAPSHOT.aaaaaaaaaaaa+config.aaaaaaaaaaaa"},
		},
		{
			name:  "so does a stable release, also when the config is for its own version",
			queue: []Wish{wish("1.4.0")}, wish: from(wish("1.4.0+config.aaaaaaaaaaaa"), "1.4.0"),
			want: []string{"1.4.0"}, superseded: []string{"1.4.0+config.aaaaaaaaaaaa"},
		},
		{
			name:  "and when the config is for a higher version",
			queue: []Wish{wish("1.4.0")}, wish: from(wish("1.5.0+config.aaaaaaaaaaaa"), "1.5.0"),
			want: []string{"1.4.0"}, superseded: []string{"1.5.0+config.aaaaaaaaaaaa"},
		},
		{
			name:  "config for what runs takes the place of earlier config for it",
			queue: []Wish{from(wish("1.4.0+config.ffffffffffff"), "1.4.0")}, wish: from(wish("1.4.0+config.aaaaaaaaaaaa"), "1.4.0"),
			want: []string{"1.4.0+config.aaaaaaaaaaaa"}, superseded: []string{"1.4.0+config.ffffffffffff"},
		},
		{
			name:  "config for what runs waits beside a release of another channel",
			queue: []Wish{wish("1.5.0-rc.1")}, wish: from(wish("1.4.0+config.aaaaaaaaaaaa"), "1.4.0"),
			want: []string{"1.5.0-rc.1", "1.4.0+config.aaaaaaaaaaaa"},
		},
		{
			name: "a reconcile waits where nothing else does",
			wish: reconcile("1.0.0"), want: []string{"1.0.0"},
		},
		{
			name:  "a reconcile is pointless beside any release",
			queue: []Wish{wish("0.9.0-rc.1")}, wish: reconcile("1.0.0"),
			want: []string{"0.9.0-rc.1"}, superseded: []string{"1.0.0"},
		},
		{
			name:  "any release makes a reconcile that waits pointless",
			queue: []Wish{reconcile("1.0.0")}, wish: wish("0.9.0-rc.1"),
			want: []string{"0.9.0-rc.1"}, superseded: []string{"1.0.0"},
		},
		{
			name:  "so does the release that it would roll out again",
			queue: []Wish{reconcile("1.0.0")}, wish: wish("1.0.0"),
			want: []string{"1.0.0"}, superseded: []string{"1.0.0"},
		},
		{
			name:  "so does a rollback",
			queue: []Wish{reconcile("1.1.0")}, wish: rollback("1.0.0"),
			want: []string{"1.0.0"}, superseded: []string{"1.1.0"},
		},
		{
			name:  "of two reconciles the first waits",
			queue: []Wish{reconcile("1.0.0")}, wish: reconcile("1.0.0"),
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
	tests := []struct {
		name    string
		current string
		stuck   bool
		wish    Wish
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
			got := state.settled(&test.wish)
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
