package integration

import (
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

// holdWrite holds the next write of Slipway to one object of a namespace.
func holdWrite(namespace, object string) platformtest.Rule {
	return platformtest.Rule{Verbs: []string{"write"}, UserAgent: "^slipway/", Path: "/namespaces/" + namespace + "/" + object}
}

func TestBadInputIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		tag  string
		harm func(repo *rig.Repo, stack *rig.Stack)
		exit int
		says []string
	}{
		{
			name: "a tag that is not SemVer", tag: "v1.0", exit: exitBadInput,
			says: []string{"v1.0", "patch"},
		},
		{
			name: "a tag that does not exist", tag: "v9.9.9-rc.1", exit: exitBadInput,
			says: []string{"v9.9.9-rc.1"},
		},
		{
			name: "a typo in slipway.yaml", tag: "v1.0.0-rc.1", exit: exitBadInput,
			harm: func(repo *rig.Repo, _ *rig.Stack) { repo.Replace("slipway.yaml", "needs:", "need:") },
			says: []string{"slipway.yaml:", "need", `did you mean "needs"`},
		},
		{
			name: "a cycle in needs", tag: "v1.0.0-rc.1", exit: exitBadInput,
			harm: func(repo *rig.Repo, stack *rig.Stack) {
				stack.Services[0].Needs = []string{"cart"}
				repo.Write(stack.Files())
			},
			says: []string{"slipway.yaml:", "cycle", "store", "cart"},
		},
		{
			name: "a service without manifests", tag: "v1.0.0-rc.1", exit: exitBadInput,
			harm: func(repo *rig.Repo, _ *rig.Stack) { repo.Replace("slipway.yaml", "    manifests: cart/k8s.yaml\n", "") },
			says: []string{"slipway.yaml:", "cart", "manifests"},
		},
		{
			name: "an image that no manifest names", tag: "v1.0.0-rc.1", exit: exitBadInput,
			harm: func(repo *rig.Repo, stack *rig.Stack) {
				stack.Services[1].Built = true
				repo.Write(stack.Files())
				repo.Replace("cart/k8s.yaml", "image: cart", "image: nginx")
			},
			says: []string{"cart", "image"},
		},
		{
			name: "a service that does not compile", tag: "v1.0.0-rc.1", exit: exitFailed,
			harm: func(repo *rig.Repo, stack *rig.Stack) {
				stack.Services[1].Built = true
				repo.Write(stack.Files())
				repo.Replace("cart/main.go", `println("cart")`, "undefinedFunction()")
			},
			says: []string{"cart/main.go:4", "undefined: undefinedFunction"},
		},
		{
			name: "a manifest that the API server refuses", tag: "v1.0.0-rc.1", exit: exitNotStarted,
			harm: func(repo *rig.Repo, _ *rig.Stack) { repo.Replace("cart/k8s.yaml", "replicas: 2", "replicas: -2") },
			says: []string{"cart", "spec.replicas", "must be greater than or equal to 0"},
		},
		{
			name: "a cluster that no worker serves", tag: "v1.0.0-rc.1", exit: exitNotStarted,
			harm: func(repo *rig.Repo, _ *rig.Stack) {
				repo.Replace("slipway.yaml", "clusters: [local-1]", "clusters: [nowhere]")
			},
			says: []string{"no worker serves", "nowhere"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, repo, stack := setup(t)
			r.Worker()
			if test.harm != nil {
				test.harm(repo, stack)
			}
			repo.Tag("v1.0.0-rc.1")
			stdout, stderr := r.Release(repo, test.tag, test.exit)
			wantText(t, stdout+stderr, test.says...)
			if effects := rig.Effects(t, r.Platform, "local-1", stack.Name); len(effects) > 0 {
				t.Errorf("something was written: %v", effects)
			}
		})
	}
}

func TestATagThatWasMovedIsRefused(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	next(repo, stack, "2")
	repo.Tag("v1.0.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.0.0-rc.1", exitBadInput)
	wantText(t, stdout+stderr, "was released from commit", "new version")
	wantImages(r, stack, "1")
}

func TestAFieldOfSomebodyElseIsNotTaken(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	hotfix(t, r, stack.Name)
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitNotStarted)
	wantText(t, stdout+stderr, "ann", "cart", "image")
	images := r.Images("local-1", stack.Name)
	if images["Deployment/cart"] != "hotfix" || images["Deployment/catalog"] != rig.Image("1") {
		t.Errorf("something was written: %v", images)
	}
}

func TestAQuotaThatRefusesThePodsIsFoundAndRestored(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	limitPods(t, r, "local-1", stack.Name, "6")
	next(repo, stack, "2")
	repo.Tag("v1.1.0-rc.1")
	stdout, stderr := r.Release(repo, "v1.1.0-rc.1", exitRolledBack)
	wantText(t, stdout+stderr, "exceeded quota", "pods")
	wantImages(r, stack, "1")
}
