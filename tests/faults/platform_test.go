package faults

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// These cut what all tests share, so each starts a platform of its own.

func TestAnAPIServerThatIsAwayInMidRolloutIsWaitedFor(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, neverReady())
	begun := mark(t, r, stack.Name)
	_, starter := release(r, repo)
	r.AwaitState(stack.Name, "cart", rollout.StateWatching)
	platform.Do(t, cluster+"/apiserver/kill")
	platform.Do(t, cluster+"/apiserver/start")
	r.LetReady("local-1", stack.Name, starter)
	starter.WantExit(exitReleased)
	wantImages(r, stack, "2")
	wantOnce(t, r, stack.Name, begun, 1)
}

func TestAnAPIServerThatIsAwayDuringAWriteIsWaitedFor(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, nil)
	begun := mark(t, r, stack.Name)
	held, _, starter := releaseHeld(t, r, repo, cluster, write(stack.Name, "deployments/cart", "request"))
	platform.Do(t, cluster+"/cut")
	platform.Release(t, cluster, held, true)
	r.AwaitFailures(rollout.ID(stack.Name, "staging"), "ApplyWave", 2)
	platform.Do(t, cluster+"/mend")
	starter.WantExit(exitReleased)
	wantImages(r, stack, "2")
	wantOnce(t, r, stack.Name, begun, 1)
}

func TestARegistryThatIsAwayInMidRolloutIsWaitedFor(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, nil)
	held, _, starter := releaseHeld(t, r, repo, cluster, write(stack.Name, "deployments/cart", "request"))
	before := recorded(t, stack)
	platform.Do(t, "registry/cut")
	platform.Release(t, cluster, held, false)

	// The rollout ends without the registry; only the record of it has to wait.
	var result rollout.Result
	if err := r.Result(rollout.ID(stack.Name, "staging"), &result); err != nil || result.Verdict != rollout.Released {
		t.Fatalf("the rollout ended %q (%s), %v; want %q", result.Verdict, result.Message, err, rollout.Released)
	}
	r.AwaitFailures(environment.ID(stack.Name, "staging"), "RecordCurrent", 2)
	platform.Do(t, "registry/mend")
	starter.WantExit(exitReleased)
	wantImages(r, stack, "2")
	r.WantCurrent(stack.Name, "1.1.0-rc.1")
	want := r.Current(stack.Name).Bundle.Digest
	if want == before {
		t.Fatalf("both releases have bundle %s", want)
	}
	r.Eventually("env-staging names "+want, func() bool { return recorded(t, stack) == want })
}

// recorded gives the digest of the bundle that the registry says staging runs.
func recorded(t *testing.T, stack *rig.Stack) string {
	t.Helper()
	tag, err := name.ParseReference(stack.Registry+"/"+stack.Name+".bundle:env-staging", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	found, err := remote.Head(tag, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatalf("looking up %s: %v", tag, err)
	}
	return found.Digest.String()
}

func TestATemporalServerThatIsKilledInMidReleaseLosesNothing(t *testing.T) {
	t.Parallel()
	platform := platformtest.Start(t, 1)
	r, repo, stack := setup(t, platform)
	next(repo, stack, nil)
	begun := mark(t, r, stack.Name)
	held, _, starter := releaseHeld(t, r, repo, cluster, write(stack.Name, "deployments/cart", "request"))
	platform.Do(t, "temporal/kill")
	platform.Release(t, cluster, held, false)
	platform.Do(t, "temporal/start")
	starter.WantExit(exitReleased)
	wantImages(r, stack, "2")
	wantOnce(t, r, stack.Name, begun, 1)
}
