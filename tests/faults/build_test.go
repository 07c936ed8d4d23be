package faults

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-dev/slipway/activities/process/processtest"
	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

// nextBuilt tags a second revision, of services that are built.
func nextBuilt(repo *rig.Repo, stack *rig.Stack) {
	for i := range stack.Services {
		stack.Services[i].Built = true
	}
	next(repo, stack, nil)
}

func TestAWorkerKilledWhileItPushesIsFollowedByOneThatPushesNothingTwice(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, platformtest.Load(t))
	nextBuilt(repo, stack)
	held, worker, starter := releaseHeld(t, r, repo, "registry", platformtest.Rule{
		Verbs: []string{"write"}, Path: "/v2/" + stack.Name + "/cart/manifests/", At: "response",
	})
	worker.Kill()
	r.Platform.Release(t, "registry", held, true)
	r.Worker()
	starter.WantExit(exitReleased)
	wantPushedOnce(t, r, stack)
}

func TestAWorkerKilledWhileItCompilesTakesTheCompilerWithIt(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t, platformtest.Load(t))
	repo.Write(map[string]string{"cart/large.go": large()})
	nextBuilt(repo, stack)
	worker, starter := release(r, repo)

	// Held in the middle of its work, the compiler does not end by itself.
	compiler := holdCompiler(t, r, worker)
	started := rig.Descendants(t, worker.PID())
	if !slices.ContainsFunc(started, func(p rig.Program) bool { return p.PID == compiler }) {
		t.Fatalf("the compiler had ended before it was held: %v", started)
	}
	worker.Kill()
	for _, program := range started {
		processtest.AwaitEnd(t, program.PID)
	}

	r.Worker()
	starter.WantExit(exitReleased)
	wantPushedOnce(t, r, stack)
}

// holdCompiler stops the compiler of large.go, and gives its process.
func holdCompiler(t *testing.T, r *rig.Rig, worker *rig.Process) int {
	t.Helper()
	var compiler int
	r.Eventually("the worker compiles large.go", func() bool {
		for _, program := range rig.Descendants(t, worker.PID()) {
			if strings.Contains(program.Command, "/compile ") && strings.Contains(program.Command, "large.go") {
				compiler = program.PID
			}
		}
		return compiler != 0
	})
	if err := syscall.Kill(compiler, syscall.SIGSTOP); err != nil {
		t.Fatalf("the compiler had ended before it was held: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = syscall.Kill(compiler, syscall.SIGKILL)
		}
	})
	return compiler
}

// large gives source that takes the compiler two seconds.
func large() string {
	var b strings.Builder
	b.WriteString("package main\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "\nfunc f%[1]d(n int) (sum int) {\n\tfor k, v := range map[int]string{n: \"a\"} {\n"+
			"\t\tswitch {\n\t\tcase k > %[1]d:\n\t\t\tsum += len(v)\n\t\tdefault:\n\t\t\tsum *= k\n\t\t}\n\t}\n\treturn sum\n}\n", i)
	}
	return b.String()
}
