package progress

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

var update = flag.Bool("update", false, "write golden files")

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func building(images ...release.ImageStatus) Seen {
	return Seen{Release: release.Status{
		Stack: "shop", Version: "1.0.0-rc.1", Channel: "rc", Commit: "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c",
		Phase: release.PhaseBuilding, Images: images,
	}}
}

func deploying(state string, ahead int, status rollout.Status) Seen {
	pushed := image.Result{Digest: digest, Size: 4_100_000}
	found := image.Result{Digest: digest, Size: 3_900_000, Found: true}
	seen := building(
		release.ImageStatus{Service: "cart", State: "pushed", Image: &pushed},
		release.ImageStatus{Service: "store", State: "found", Image: &found},
	)
	seen.Release.Phase = release.PhaseDeploying
	seen.Release.Bundle = &bundle.Reference{Repository: "localhost:5000/shop/shop.bundle", Digest: digest}
	seen.Release.Environments = []release.EnvironmentStatus{{Environment: "staging", State: state, Ahead: ahead}}
	seen.Rollouts = map[string]rollout.Status{"staging": status}
	return seen
}

func ended(result rollout.Result) Seen {
	seen := deploying(environment.Done, 0, rollout.Status{})
	seen.Release.Phase = string(result.Verdict)
	seen.Release.Environments[0].Outcome = &environment.Outcome{Environment: "staging", Result: result}
	seen.Rollouts = nil
	return seen
}

func moving(wave int, services ...rollout.Service) rollout.Status {
	return rollout.Status{
		Version: "1.0.0-rc.1", FromVersion: "0.9.0-rc.4", Phase: rollout.PhaseMoving,
		Wave: wave, Waves: [][]string{{"store"}, {"cart", "catalog"}}, Services: services,
	}
}

func on(target, service, state string, ready, wanted int32, message string) rollout.Service {
	return rollout.Service{Service: service, Target: target, State: state, Ready: ready, Wanted: wanted, Message: message}
}

func hook(name, state string) rollout.Hook {
	return rollout.Hook{Hook: name, When: stack.Before, Target: "a", State: state}
}

func failedHook() rollout.Hook {
	failed := hook("migrate", rollout.StateFailed)
	failed.Failure = &workload.Failure{
		Object: "Job/migrate-1", Pod: "migrate-1-x2x", Container: "main", Reason: "Error",
		Message: "exited with code 1", ExitCode: 1, Log: "no such column: price",
	}
	return failed
}

func withHooks(status rollout.Status, hooks ...rollout.Hook) rollout.Status {
	status.Hooks = hooks
	return status
}

func failed(service rollout.Service) rollout.Service {
	service.Failure = &workload.Failure{
		Object: "Deployment/cart", Pod: "cart-6d4f-x2x", Container: "cart", Reason: "CrashLoopBackOff",
		Message: "back-off 10s restarting failed container; exit code 1: cannot open the till",
		Log:     "starting\npanic: no till\x1b[2J\n",
	}
	return service
}

func TestLinesSayEachChangeOnce(t *testing.T) {
	t.Parallel()
	compiling := release.ImageStatus{Service: "cart", State: "building"}
	for name, looks := range map[string][]Seen{
		"released": {
			{Release: release.Status{Stack: "shop", Phase: release.PhaseReading}},
			building(compiling),
			building(compiling),
			deploying(environment.Queued, 1, rollout.Status{}),
			deploying(environment.Queued, 0, rollout.Status{}),
			deploying(environment.Running, 0, rollout.Status{Phase: rollout.PhaseChecking}),
			deploying(environment.Running, 0, moving(1, on("a", "store", rollout.StateWatching, 0, 2, ""), on("a", "cart", rollout.StateWaiting, 0, 0, ""))),
			deploying(environment.Running, 0, moving(1, on("a", "store", rollout.StateWatching, 0, 2, ""), on("a", "cart", rollout.StateWaiting, 0, 0, ""))),
			deploying(environment.Running, 0, moving(1, on("a", "store", rollout.StateWatching, 1, 2, "1 of 2 updated"), on("a", "cart", rollout.StateWaiting, 0, 0, ""))),
			deploying(environment.Running, 0, moving(2, on("a", "store", rollout.StateReleased, 2, 2, ""), on("a", "cart", rollout.StateWatching, 0, 2, ""))),
			ended(rollout.Result{Verdict: rollout.Released, Services: []rollout.Service{on("a", "store", rollout.StateReleased, 2, 2, ""), on("a", "cart", rollout.StateReleased, 2, 2, "")}}),
		},
		"rolled-back": {
			deploying(environment.Running, 0, moving(2, on("a", "store", rollout.StateReleased, 2, 2, ""), on("a", "cart", rollout.StateWatching, 0, 2, ""))),
			deploying(environment.Running, 0, rollout.Status{
				Phase: rollout.PhaseRestoring, FromVersion: "0.9.0-rc.4", Message: "cart on a: CrashLoopBackOff",
				Services: []rollout.Service{on("a", "store", rollout.StateReleased, 2, 2, ""), failed(on("a", "cart", rollout.StateFailed, 0, 2, ""))},
			}),
			deploying(environment.Running, 0, rollout.Status{
				Phase: rollout.PhaseRestoring, FromVersion: "0.9.0-rc.4", Message: "cart on a: CrashLoopBackOff",
				Services: []rollout.Service{on("a", "store", rollout.StateRestoring, 1, 2, "1 of 2 updated"), failed(on("a", "cart", rollout.StateRestored, 0, 2, ""))},
			}),
			ended(rollout.Result{
				Verdict: rollout.Restored, Why: rollout.WhyFailed, Message: "cart on a: CrashLoopBackOff",
				Services: []rollout.Service{on("a", "store", rollout.StateRestored, 2, 2, ""), failed(on("a", "cart", rollout.StateRestored, 0, 2, ""))},
			}),
		},
		"failure-between-two-looks": {
			deploying(environment.Running, 0, moving(2, on("a", "cart", rollout.StateWatching, 0, 2, ""))),
			ended(rollout.Result{
				Verdict: rollout.Restored, Why: rollout.WhyFailed,
				Services: []rollout.Service{failed(on("a", "cart", rollout.StateRestored, 0, 2, ""))},
			}),
		},
		"refused": {
			ended(rollout.Result{Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Problems: []workload.Problem{
				{Service: "cart", Object: "Deployment/cart", Reason: "Conflict", Message: "field .spec.replicas is owned by hpa"},
				{Object: "Namespace/shop", Reason: "NamespaceMissing", Message: "create it with: kubectl create namespace shop"},
			}}),
		},
		"config-refused": {
			ended(rollout.Result{Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Problems: []workload.Problem{{
				Service: "cart", Object: "local-1: config", Reason: rollout.ConfigRefused,
				Message: "the checker exited with code 1", Log: "reading /etc/cart.conf\nno such currency \"florin\"\n",
			}}}),
		},
		"hooks": {
			deploying(environment.Running, 0, withHooks(moving(0), hook("backup", rollout.StateRunning), hook("migrate", rollout.StateWaiting))),
			deploying(environment.Running, 0, withHooks(moving(1, on("a", "store", rollout.StateWatching, 1, 2, "")),
				hook("backup", rollout.StateDone), hook("migrate", rollout.StateWaiting))),
			deploying(environment.Running, 0, withHooks(moving(1, on("a", "store", rollout.StateReleased, 2, 2, "")),
				hook("backup", rollout.StateDone), hook("migrate", rollout.StateRunning))),
			ended(rollout.Result{
				Verdict: rollout.Restored, Why: rollout.WhyFailed, Message: "hook migrate on a: exited with code 1",
				Services: []rollout.Service{on("a", "store", rollout.StateRestored, 2, 2, "")},
				Hooks:    []rollout.Hook{hook("backup", rollout.StateDone), failedHook()},
			}),
		},
		"held": {
			ended(rollout.Result{
				Verdict: rollout.Stuck, Why: rollout.WhyLate, Held: "migrate", Message: "not ready before the deadline: cart; held as it is",
				Services: []rollout.Service{on("a", "cart", rollout.StateStuck, 1, 2, "")},
				Hooks:    []rollout.Hook{hook("migrate", rollout.StateDone)},
			}),
		},
		"two-targets-and-trouble": {
			{
				Release: release.Status{
					Stack: "shop", Phase: release.PhaseDeploying,
					Environments: []release.EnvironmentStatus{{Environment: "production", State: environment.Queued}},
				},
				Trouble: map[string]string{"production": "recording what runs here: no route to host"},
			},
			deploying(environment.Running, 0, moving(1, on("east", "store", rollout.StateWatching, 1, 2, ""), on("west", "store", rollout.StateWatching, 0, 2, ""))),
		},
		"no-worker-twice": {
			{Release: release.Status{Phase: release.PhaseReading}, Notice: "no worker answers; the workflow waits"},
			{Release: release.Status{Phase: release.PhaseReading}, Notice: "no worker answers; the workflow waits"},
			{Release: release.Status{Phase: release.PhaseReading}},
			{Release: release.Status{Phase: release.PhaseReading}, Notice: "no worker answers; the workflow waits"},
		},
		"image-failed": {
			building(release.ImageStatus{Service: "cart", State: "failed", Reason: "cart/main.go:12:2: undefined: carts\ncart/main.go:14:2: undefined: till\n"}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			view := NewLines(&out)
			for i, seen := range looks {
				view.Show(seen, time.Duration(i)*1500*time.Millisecond)
			}
			view.Close()
			golden(t, name+".txt", out.String())
		})
	}
}

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
