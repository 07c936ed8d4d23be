package starter

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

var update = flag.Bool("update", false, "write golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func outcome(verdict rollout.Verdict) release.Result {
	ended := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	result := rollout.Result{
		Verdict: verdict, Simulated: true, Began: ended.Add(-time.Minute), Decided: ended, Ended: ended,
		Services: []rollout.Service{{Service: "cart", Target: "a", State: rollout.StateReleased, Ready: 2, Wanted: 2}},
	}
	if verdict != rollout.Released {
		result.Why, result.Message = rollout.WhyFailed, "cart on a: CrashLoopBackOff"
		result.Services[0] = rollout.Service{
			Service: "cart", Target: "a", State: rollout.StateRestored, Wanted: 2,
			Failure: &workload.Failure{Object: "Deployment/cart", Pod: "cart-1", Container: "cart", Reason: "CrashLoopBackOff"},
		}
	}
	if verdict == rollout.Stuck {
		result.Problems = []workload.Problem{{Service: "cart", Object: "Deployment/cart", Reason: "Forbidden", Message: "no right to patch"}}
	}
	return release.Result{
		Stack: "shop", Version: "1.0.0-rc.1", Channel: "rc", Commit: "1f2e3d", Verdict: string(verdict),
		Bundle:       bundle.Reference{Repository: "localhost:5000/shop/shop.bundle", Digest: "sha256:ab"},
		Images:       map[string]image.Result{"cart": {Digest: "sha256:cd", Size: 10, Sent: 5}},
		Environments: []environment.Outcome{{Ticket: "t", Environment: "staging", Result: result}},
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	workflow := &WorkflowReference{ID: "release/shop/1.0.0-rc.1", Run: "r", URL: "http://ui/w"}
	reported := func(verdict rollout.Verdict) *Report {
		report := &Report{Workflow: workflow}
		report.take(outcome(verdict))
		return report
	}
	broken := &Report{Stack: "shop", Version: "1.0.0-rc.1", Workflow: workflow}
	broken.failed(fail(ExitFailed, "%w", errors.New("cart: main.go:1:1: undefined: till")))
	for name, report := range map[string]*Report{
		"released": reported(rollout.Released), "rolled-back": reported(rollout.Restored), "stuck": reported(rollout.Stuck),
		"taken":    {Stack: "shop", Version: "1.0.0-rc.1", Workflow: workflow, conclusion: conclusion{Outcome: outcomeTaken}},
		"left":     {Stack: "shop", Version: "1.0.0-rc.1", Workflow: workflow, conclusion: conclusion{Exit: ExitStoppedWaiting}},
		"failed":   broken,
		"given-up": {Stack: "shop", Version: "1.0.0-rc.1", conclusion: conclusion{Outcome: outcomeGivenUp}, Environments: outcome(rollout.Restored).Environments},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text, document strings.Builder
			began := time.Now()
			if err := report.write(&text, false, began); err != nil {
				t.Fatal(err)
			}
			if err := report.write(&document, true, began); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", steady(text.String()))
			golden(t, name+".json", steady(document.String()))
			var back Report
			if err := json.Unmarshal([]byte(document.String()), &back); err != nil || back.Exit != report.Exit {
				t.Errorf("the document does not come back: %v", err)
			}
		})
	}
}

// steady takes out how long the test itself took.
func steady(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if head, _, ok := strings.Cut(line, " after "); ok && i == 0 {
			lines[i] = head + " after …"
		}
		if strings.HasPrefix(line, `  "seconds":`) {
			lines[i] = `  "seconds": …`
		}
	}
	return strings.Join(lines, "\n")
}

func TestAnEnvironmentAtAGlance(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 5, 4, 3, minute, 0, 0, time.UTC) }
	record := func(minute int, version string, verdict rollout.Verdict) environment.Record {
		return environment.Record{
			Version: version, Verdict: verdict, Ended: at(minute), By: "ada",
			Bundle: bundle.Reference{Repository: "r", Digest: "sha256:0123456789abcdef"},
		}
	}
	current := record(1, "1.0.0-rc.1", rollout.Released)
	failed := record(2, "1.1.0-rc.1", rollout.Restored)
	failed.Why, failed.Message = rollout.WhyFailed, "cart: CrashLoopBackOff\x1b[2J"
	var text strings.Builder
	for _, status := range []environment.Status{
		{Stack: "shop", Environment: "test"},
		{
			Stack: "shop", Environment: "staging", Current: &current, Trouble: "the registry does not answer",
			Running: &environment.Deploy{Version: "1.2.0-rc.1", By: "ada"},
			Held:    "paused by ada: hm",
			Queue: []environment.Wish{
				{Deploy: environment.Deploy{Version: "1.0.0-rc.1", Rollback: true, Reason: "too slow"}},
				{Deploy: environment.Deploy{Version: "1.3.0-rc.1"}, Gates: []environment.Gate{
					{Name: "verified", Open: true, Message: "1.3.0-rc.1 of the same commit and images is verified"},
					{Name: "approval", Message: "1 of 2 (bob)", Until: at(9)},
				}},
			},
			Soaking: &environment.Soaking{
				Version: "1.0.0-rc.1", Gates: []environment.Gate{{Name: "soak", Message: "30m", Until: at(31)}},
			},
			Freezes:  []environment.Freeze{{Name: "audit", By: "ops", Reason: "year's end"}, {Name: "manual", By: "eve", Reason: "hm", Until: at(5)}},
			Excluded: []environment.Exclusion{{Cluster: "local-2", By: "ada", Reason: "new disks", Since: at(3)}},
			Bans:     []bundle.Ban{{Version: "0.2.0-rc.1", By: "ada", Reason: "eats orders"}},
			History: []environment.Record{
				record(0, "0.1.0-rc.1", rollout.Released), record(0, "0.2.0-rc.1", rollout.Released), record(0, "0.3.0-rc.1", rollout.Released),
				record(0, "0.4.0-rc.1", rollout.Released), current, failed,
			},
		},
	} {
		text.WriteString(environmentText(status))
	}
	golden(t, "status.txt", text.String())
}

func TestAReleaseThatWasCancelledEarlySaysWhy(t *testing.T) {
	t.Parallel()
	report := Report{Stack: "shop", Version: "1.0.0", Commit: "1f2e3d"}
	report.take(release.Result{Stack: "shop", Verdict: "notStarted", Why: "aborted", Message: "cancelled while reading"})
	var text strings.Builder
	if err := report.write(&text, false, time.Now()); err != nil {
		t.Fatal(err)
	}
	if report.Exit != ExitNotStarted || !strings.Contains(text.String(), "not started: shop 1.0.0") || !strings.Contains(text.String(), "cancelled while reading") {
		t.Errorf("exit code %d, want %d, the version and the reason:\n%s", report.Exit, ExitNotStarted, text.String())
	}
	if report.Bundle != nil {
		t.Errorf("a bundle that was never made is reported: %v", report.Bundle)
	}
}

func TestHistoryIsOneStoryOfRolloutsAndPeople(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 5, 4, 3, minute, 0, 0, time.UTC) }
	var text strings.Builder
	for _, entry := range history(environment.Status{
		History: []environment.Record{
			{Version: "1.0.0", Verdict: rollout.Released, By: "ada", Ended: at(1)},
			{Version: "1.1.0", Verdict: rollout.Restored, Why: "failed", By: "ada", Message: "cart: CrashLoopBackOff", Ended: at(4)},
		},
		Log: []environment.Entry{{At: at(2), What: "approved 1.1.0", By: "bob"}, {At: at(5), What: "froze production (manual)", By: "ops", Reason: "no more today"}},
	}) {
		text.WriteString(entry.text() + "\n")
	}
	golden(t, "history.txt", text.String())
}
