package integration

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// train is a stack on its way from staging to production, in which one image is built.
func train(t *testing.T, production ...string) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	r, repo, stack := setup(t)
	stack.Services = []rig.Service{{Name: "store", Image: rig.Image("1")}, {Name: "cart", Needs: []string{"store"}, Built: true}}
	stack.Environments["production"] = rig.Environment{
		Channel: "stable", Clusters: []string{"local-2"}, Namespace: r.Platform.Namespace(t, "local-2"), Deadline: "2m", More: production,
	}
	repo.Write(stack.Files())
	r.Worker()
	return r, repo, stack
}

// tell runs a command that an environment answers at once.
func tell(t *testing.T, r *rig.Rig, want int, stack *rig.Stack, env, command string, flags ...string) string {
	t.Helper()
	arguments := append([]string{command, "--stack", stack.Name, "--env", env, "--by", "ann"}, flags...)
	code, stdout, stderr := r.Starter(arguments...)
	if code != want {
		t.Fatalf("starter %s: exit code %d, want %d\n%s%s", strings.Join(arguments, " "), code, want, stdout, stderr)
	}
	return stdout + stderr
}

// image gives what cart runs somewhere.
func image(r *rig.Rig, stack *rig.Stack, env string) string {
	e := stack.Environments[env]
	_, digest, _ := strings.Cut(r.Images(e.Clusters[0], e.Namespace)["Deployment/cart"], "@")
	return digest
}

func awaitHeld(r *rig.Rig, stack *rig.Stack) {
	r.T().Helper()
	r.AwaitRollout(stack.Name, "the rollout is held", func(s rollout.Status) bool { return s.Phase == rollout.PhaseHeld })
}

func TestWhatWasTestedIsWhatIsPromoted(t *testing.T) {
	t.Parallel()
	r, repo, stack := train(t)
	repo.Tag("v1.0.0")
	// Nobody has tested it yet.
	code, stdout, stderr := r.Starter("release", "--repo", repo.Dir, "--tag", "v1.0.0", "--by", "ann")
	if code != exitBadInput {
		t.Fatalf("an untested release: exit code %d, want %d\n%s%s", code, exitBadInput, stdout, stderr)
	}
	wantText(t, stdout+stderr, "tag it v1.0.0-rc.1")

	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	stdout, stderr = r.Release(repo, "v1.0.0", exitReleased)
	wantText(t, stdout+stderr, "nothing to build")
	if tested, promoted := image(r, stack, "staging"), image(r, stack, "production"); tested == "" || tested != promoted {
		t.Errorf("staging ran %q, production runs %q", tested, promoted)
	}

	// Another commit was tested by nobody; who lets it pass is remembered.
	repo.Write(map[string]string{"cart/more.go": "package main\n\nfunc init() { println(\"more\") }\n"})
	repo.Tag("v1.1.0")
	code, stdout, stderr = r.Starter("release", "--repo", repo.Dir, "--tag", "v1.1.0", "--by", "ann", "--override", "the shop is down")
	if code != exitReleased {
		t.Fatalf("an override: exit code %d, want %d\n%s%s", code, exitReleased, stdout, stderr)
	}
	if image(r, stack, "staging") == image(r, stack, "production") {
		t.Error("production runs what staging runs, want the new image")
	}
	code, stdout, stderr = r.Starter("history", "--stack", stack.Name, "--env", "production")
	if code != exitDone {
		t.Fatalf("history: exit code %d\n%s", code, stderr)
	}
	wantText(t, stdout, "1.1.0", "override by ann: the shop is down", "ann let 1.1.0 pass every gate")
}

func TestProductionWaitsForVerificationApprovalAndThaw(t *testing.T) {
	t.Parallel()
	r, repo, stack := train(t, "gates: {approval: {from: [bob]}}")
	staging := stack.Environments["staging"]
	staging.More = []string{"verify: {soak: 2s, approval: {count: 1}}"}
	stack.Environments["staging"] = staging
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	repo.Tag("v1.0.0")
	r.Release(repo, "v1.0.0-rc.1", exitReleased)
	release := r.Releasing(repo, "v1.0.0")

	production := func(what string, holds func(environment.Status) bool) {
		t.Helper()
		r.AwaitEnvironmentOf(stack.Name, "production", what, holds)
	}
	waits := func(s environment.Status, part string) bool {
		return len(s.Queue) == 1 && strings.Contains(environment.Waits(s.Queue[0].Gates), part)
	}
	production("it waits for its rc", func(s environment.Status) bool { return waits(s, "no rc of commit") })
	said := func(text string) {
		t.Helper()
		r.Eventually("the starter says "+text, func() bool { return strings.Contains(release.Log(), text) })
	}
	said("waits for verified")
	r.AwaitEnvironment(stack.Name, "the rc has soaked", func(s environment.Status) bool {
		return s.Soaking != nil && !strings.Contains(environment.Waits(s.Soaking.Gates), "soak")
	})
	tell(t, r, exitDone, stack, "staging", "approve", "--version", "1.0.0-rc.1", "--reason", "looks good")
	production("it waits for approval alone", func(s environment.Status) bool { return waits(s, "approval: 0 of 1") && !waits(s, "verified") })

	said("waits for approval")
	tell(t, r, exitDone, stack, "production", "freeze", "--reason", "audit")
	wantText(t, tell(t, r, exitBadInput, stack, "production", "approve", "--version", "1.0.0"), "ann is not asked", "bob")
	tell(t, r, exitDone, stack, "production", "approve", "--version", "1.0.0", "--by", "bob")
	production("it waits for the thaw alone", func(s environment.Status) bool {
		return waits(s, "freeze: manual, by ann: audit") && !waits(s, "approval")
	})
	said("waits for freeze")
	code, stdout, _ := r.Starter("status", "--stack", stack.Name, "--env", "production")
	if code != exitDone {
		t.Errorf("status: exit code %d", code)
	}
	wantText(t, stdout, "passed verified: 1.0.0-rc.1", "passed approval: 1 of 1 (bob)", "waits for freeze", "frozen   manual, by ann: audit")

	tell(t, r, exitDone, stack, "production", "thaw")
	release.WantExit(exitReleased)
	if tested, promoted := image(r, stack, "staging"), image(r, stack, "production"); tested == "" || tested != promoted {
		t.Errorf("staging ran %q, production runs %q", tested, promoted)
	}
}

func TestARolloutIsPausedResumedAndBanned(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	held := r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, "statefulsets/store"))
	release := r.Releasing(repo, "v1.1.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	wantText(t, tell(t, r, exitBadInput, stack, "staging", "pause", "--version", "1.0.0-rc.1"), "1.0.0-rc.1 is not being rolled out; 1.1.0-rc.1 is")
	tell(t, r, exitDone, stack, "staging", "pause", "--version", "1.1.0-rc.1", "--reason", "let me look")
	r.Platform.Release(t, "clusters/local-1", held, false)
	awaitHeld(r, stack)
	if image := r.Images("local-1", stack.Name)["Deployment/cart"]; image != rig.Image("1") {
		t.Errorf("while it is paused after the first wave, cart runs %s", image)
	}
	r.Eventually("the starter says why it is held", func() bool {
		return strings.Contains(release.Log(), "held before its next step, paused by ann: let me look")
	})
	tell(t, r, exitDone, stack, "staging", "ban", "--version", "1.1.0-rc.1", "--reason", "eats orders")
	release.WantExit(exitRolledBack)
	wantText(t, release.Log(), "banned: eats orders")
	wantImages(r, stack, "1")

	// It goes nowhere any more, until the ban is lifted.
	if code, _, stderr := r.Starter("release", "--repo", repo.Dir, "--tag", "v1.1.0-rc.1"); code != exitNotStarted {
		t.Errorf("a banned release: exit code %d, want %d\n%s", code, exitNotStarted, stderr)
	}
	tell(t, r, exitDone, stack, "staging", "unban", "--version", "1.1.0-rc.1", "--reason", "it does not")
	held = r.Fault(t, "clusters/local-1", "hold", holdWrite(stack.Name, "statefulsets/store"))
	release = r.Releasing(repo, "v1.1.0-rc.1")
	r.Await(t, "clusters/local-1", held)
	tell(t, r, exitDone, stack, "staging", "pause", "--version", "1.1.0-rc.1")
	r.Platform.Release(t, "clusters/local-1", held, false)
	awaitHeld(r, stack)
	tell(t, r, exitDone, stack, "staging", "resume", "--version", "1.1.0-rc.1")
	release.WantExit(exitReleased)
	wantImages(r, stack, "2")
}

func TestARollbackLeavesTheEnvironmentFrozenUntilItIsThawed(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	tell(t, r, exitReleased, stack, "staging", "rollback", "--from", "1.1.0-rc.1", "--reason", "slow")
	wantImages(r, stack, "1")
	next(repo, stack, "3")
	repo.Tag("v1.2.0-rc.1")
	release := r.Releasing(repo, "v1.2.0-rc.1")
	r.AwaitEnvironment(stack.Name, "it waits for the thaw", func(s environment.Status) bool {
		return len(s.Queue) == 1 && strings.Contains(environment.Waits(s.Queue[0].Gates), "after rollback, by ann: slow")
	})
	// Going back goes on, also to where it came from.
	tell(t, r, exitReleased, stack, "staging", "rollback", "--from", "1.0.0-rc.1", "--to", "1.1.0-rc.1", "--reason", "it was not that")
	wantImages(r, stack, "2")
	tell(t, r, exitDone, stack, "staging", "thaw", "--name", "after rollback")
	release.WantExit(exitReleased)
	wantImages(r, stack, "3")
}
