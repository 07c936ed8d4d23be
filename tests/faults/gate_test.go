package faults

import (
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
)

const deployment = "slipway"

// versioned starts a worker of a build, and makes that the one for new work.
func versioned(t *testing.T, r *rig.Rig, build string) *rig.Process {
	t.Helper()
	r.Env = []string{"TEMPORAL_DEPLOYMENT_NAME=" + deployment, "TEMPORAL_WORKER_BUILD_ID=" + build}
	worker := r.Worker()
	handle := r.Client.WorkerDeploymentClient().GetHandle(deployment)
	r.Until("build "+build+" is the current one", func() error {
		_, err := handle.SetCurrentVersion(t.Context(), client.WorkerDeploymentSetCurrentVersionOptions{BuildID: build, IgnoreMissingTaskQueues: true})
		return err
	})
	return worker
}

// gated gives a stack of one service whose first release waits for approval.
func gated(t *testing.T, approval string) (*rig.Rig, *rig.Repo, *rig.Stack) {
	t.Helper()
	platform := platformtest.Load(t)
	r := rig.New(t, platform)
	namespace := platform.Namespace(t, "local-1")
	stack := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{"staging": {
			Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "2m",
			More: []string{"gates: {approval: " + approval + "}"},
		}},
		Services: []rig.Service{{Name: "cart", Image: rig.Image("1")}},
	}
	repo := rig.NewRepo(t)
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	return r, repo, stack
}

// The clock of the environment is moved on day by day; the worker is killed each
// day, and in the middle of the week another build takes over.
func TestAGateStaysOpenForAWeekOverRestartsAndANewBuild(t *testing.T) {
	t.Parallel()
	r, repo, stack := gated(t, "{count: 2, expires: 180h}")
	worker := versioned(t, r, "first")
	release := r.Releasing(repo, "v1.0.0-rc.1")
	id := environment.ID(stack.Name, "staging")
	waits := func(approvals string) {
		t.Helper()
		r.AwaitEnvironment(stack.Name, "it waits with "+approvals, func(s environment.Status) bool {
			return len(s.Queue) == 1 && strings.Contains(environment.Waits(s.Queue[0].Gates), approvals)
		})
	}
	approve := func(by string) {
		t.Helper()
		code, stdout, stderr := r.Starter("approve", "--stack", stack.Name, "--env", "staging", "--version", "1.0.0-rc.1", "--by", by)
		if code != 0 {
			t.Fatalf("approve: exit code %d\n%s%s", code, stdout, stderr)
		}
	}
	waits("0 of 2")
	for day := 1; day <= 7; day++ {
		r.Forward(id, 24*time.Hour)
		worker.Kill()
		switch {
		case day < 4:
			worker = versioned(t, r, "first")
			waits("0 of 2")
		case day == 4:
			// The release ends on the build on which it began; the environment moves on.
			r.Worker()
			worker = versioned(t, r, "second")
			approve("ann")
			waits("1 of 2 (ann)")
		default:
			worker = versioned(t, r, "second")
			waits("1 of 2 (ann)")
		}
	}
	approve("bob")
	release.WantExit(exitReleased)
	r.WantImages("local-1", stack.Name, rig.Image("1"), 1)
	described, err := r.Client.DescribeWorkflowExecution(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	if build := described.GetWorkflowExecutionInfo().GetVersioningInfo().GetDeploymentVersion().GetBuildId(); build != "second" {
		t.Errorf("the environment is on build %q, want the second", build)
	}
	if failed := r.FailedTasks(id); failed > 0 {
		t.Errorf("%d workflow tasks of the environment failed", failed)
	}
}

// A gate that nobody answers shuts by itself, though no worker ran when it did.
func TestAGateThatExpiresWhileNoWorkerRunsIsShutByTheNextOne(t *testing.T) {
	t.Parallel()
	r, repo, stack := gated(t, "{count: 1, expires: 48h}")
	worker := r.Worker()
	release := r.Releasing(repo, "v1.0.0-rc.1")
	r.AwaitEnvironment(stack.Name, "it waits", func(s environment.Status) bool {
		return len(s.Queue) == 1 && len(s.Queue[0].Gates) == 1
	})
	worker.Kill()
	r.Forwarding(environment.ID(stack.Name, "staging"), 49*time.Hour)
	r.Worker()
	release.WantExit(exitNotStarted)
	if log := release.Log(); !strings.Contains(log, "not approved within 48h") {
		t.Errorf("the starter does not say why:\n%s", log)
	}
	r.WantImages("local-1", stack.Name, "", 0)
}
