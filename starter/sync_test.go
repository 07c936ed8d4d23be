package starter

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/configsync"
)

func TestVerdictsOfSyncsBecomeExitCodes(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[configsync.Verdict]Code{
		configsync.Unchanged: ExitReleased, configsync.Planned: ExitReleased, configsync.InSync: ExitReleased, "released": ExitReleased,
		configsync.Drifted: ExitFailed, configsync.Incomplete: ExitFailed, configsync.Busy: ExitNotStarted, configsync.Empty: ExitNotStarted,
		"notStarted": ExitNotStarted, "restored": ExitRolledBack, "stuck": ExitStuck,
		"": ExitFailed, "somethingNew": ExitFailed,
	} {
		if got := exitOfSync(configsync.Result{Verdict: verdict}); got != want {
			t.Errorf("verdict %q: got %v, want %v", verdict, got, want)
		}
	}
	wrong := configsync.Environment{Verdict: configsync.Failed, Why: "InvalidInput"}
	away := configsync.Environment{Verdict: configsync.Failed, Why: "Unavailable"}
	for _, c := range []struct {
		environments []configsync.Environment
		want         Code
	}{
		{[]configsync.Environment{wrong, {Verdict: configsync.Planned}}, ExitBadInput},
		{[]configsync.Environment{wrong, away}, ExitFailed},
	} {
		if got := exitOfSync(configsync.Result{Verdict: configsync.Failed, Environments: c.environments}); got != c.want {
			t.Errorf("%+v: got %v, want %v", c.environments, got, c.want)
		}
	}
}

func TestASyncIsJoinedOnlyByTheSameWish(t *testing.T) {
	t.Parallel()
	commit := strings.Repeat("a", 40)
	running := configsync.Status{Mode: configsync.Apply, Ref: commit}
	for name, c := range map[string]struct {
		status configsync.Status
		in     configsync.Input
		want   bool
	}{
		"the same commit":                {running, configsync.Input{Mode: configsync.Apply, Ref: commit}, true},
		"another commit":                 {running, configsync.Input{Mode: configsync.Apply, Ref: strings.Repeat("b", 40)}, false},
		"another mode":                   {running, configsync.Input{Mode: configsync.Plan, Ref: commit}, false},
		"a branch, which may have moved": {configsync.Status{Mode: configsync.Apply, Ref: "main"}, configsync.Input{Mode: configsync.Apply, Ref: "main"}, false},
		"a drift check":                  {configsync.Status{Mode: configsync.Drift, Ref: "main"}, configsync.Input{Mode: configsync.Drift, Ref: commit}, true},
	} {
		if got := same(c.status, c.in); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestASyncOfALocalRepositoryNamesItsCommit(t *testing.T) {
	t.Parallel()
	dir, git := newRepository(t, stackFile)
	commit := git("rev-parse", "HEAD")
	in, err := syncWish{repository: dir, environment: "staging", by: "ann"}.plan(t.Context(), configsync.Plan)
	if err != nil {
		t.Fatal(err)
	}
	if in.Stack != "shop" || in.Ref != commit || !strings.HasPrefix(in.Repository, "file:///") || in.Environment != "staging" || in.Mode != configsync.Plan {
		t.Errorf("got %+v", in)
	}
	for name, c := range map[string]struct {
		wish syncWish
		want string
	}{
		"a ref that is not there":          {syncWish{repository: dir, ref: "nowhere"}, `no branch, tag or commit "nowhere"`},
		"an environment that is not there": {syncWish{repository: dir, environment: "nowhere"}, `no environment "nowhere"`},
		"another stack":                    {syncWish{repository: dir, stack: "mall"}, `describes the stack "shop"`},
		"a password":                       {syncWish{repository: "https://me:secret@git.example", stack: "shop"}, "holds a password"},
	} {
		if _, err := c.wish.plan(t.Context(), configsync.Plan); err == nil || codeOf(err) != ExitBadInput || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want bad input that says %q", name, err, c.want)
		}
	}
}

func TestASyncReport(t *testing.T) {
	t.Parallel()
	report := SyncReport{Mode: configsync.Plan}
	report.take(configsync.Result{
		Stack: "shop", Commit: strings.Repeat("a", 40), Verdict: configsync.Drifted,
		Environments: []configsync.Environment{{
			Environment: "staging", Verdict: configsync.Planned, Message: "1 key to add, 1 to change, 0 to remove",
			Plan: &config.Plan{
				Distinct: 3, Report: bundle.Reference{Repository: "r", Digest: "sha256:1"},
				Changes: []config.Change{
					{Service: "cart", Path: "db.pool", Kind: "changed", Old: "10", New: "20", OldAt: "config/cart.conf:7", NewAt: "config/staging/cart.conf:3", Clusters: []string{"a", "b"}},
					{Service: "cart", Path: "db.new", Kind: "added", New: "1", NewAt: "config/cart.conf:9", Clusters: []string{"a"}},
				},
			},
		}, {
			Environment: "production", Verdict: configsync.Drifted, Message: "1 object on 1 target not as 1.0.0 says",
			Drift: &configsync.DriftFound{
				Version: "1.0.0", Targets: []configsync.TargetDrift{{Target: "a", Objects: 9, Different: 1}, {Target: "b", Objects: 9}, {Target: "c", Why: "NotServed", Message: "no worker serves it"}},
				Differences: []configsync.Difference{{Target: "a", Difference: workload.Difference{
					Service: "cart", Object: "Deployment/cart", Kind: workload.Changed,
					Fields: []workload.FieldDifference{{Path: ".spec.replicas", Want: "2", Live: "3", By: []string{"kubectl"}}},
				}}},
			},
		}},
	})
	var text, document bytes.Buffer
	if err := report.write(&text, false, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"drifted: shop at aaaaaaaaaaaa", "staging: planned: 1 key to add",
		"cart  db.pool: 10 -> 20  (config/cart.conf:7 -> config/staging/cart.conf:3)  [a, b]",
		"cart  db.new: + 1  (config/cart.conf:9)  [a]", "and 1 more, in r@sha256:1",
		"c: not compared: no worker serves it", "a: 1 of 9 objects differ", "changed  cart  Deployment/cart", ".spec.replicas: want 2, is 3 (by kubectl)",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("not said: %q in:\n%s", want, text.String())
		}
	}
	if err := report.write(&document, true, time.Now()); err != nil {
		t.Fatal(err)
	}
	var read SyncReport
	if err := json.Unmarshal(document.Bytes(), &read); err != nil || read.Exit != ExitFailed || len(read.Environments) != 2 {
		t.Errorf("as JSON: %v\n%s", err, document.String())
	}
}
