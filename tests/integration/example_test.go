package integration

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"
)

// TestExampleInputsStart starts each workflow with its example as the Temporal
// UI and CLI would: one JSON document. The examples name repositories and
// registries that do not exist, so what counts is how far each gets.
func TestExampleInputsStart(t *testing.T) {
	t.Parallel()
	r, repo, stack := setup(t)
	r.Worker()
	stack.Services[1].Built = true
	repo.Write(stack.Files())
	commit := repo.Tag("v1.0.0-rc.1")
	registry := stack.Registry
	here := strings.NewReplacer(
		"https://github.com/example/shop.git", repo.URL(), `"shop"`, `"`+stack.Name+`"`,
		"localhost:5000/shop/shop.bundle", registry+"/"+stack.Name+".bundle", "localhost:5000/shop", registry,
		"9fceb02d0ae598e95dc970b74767f19372d61af8", commit, `"service": "catalog"`, `"service": "cart"`, `"go": "catalog"`, `"go": "cart"`,
	)
	start := func(workflow, id string) client.WorkflowRun {
		t.Helper()
		document, err := os.ReadFile("../../workflows/" + strings.ToLower(workflow) + "/example_input.json")
		if err != nil {
			t.Fatal(err)
		}
		run, err := r.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "slipway"},
			workflow, json.RawMessage(here.Replace(string(document))))
		if err != nil {
			t.Fatalf("starting %s: %v", workflow, err)
		}
		return run
	}

	var built struct{ Digest string }
	if err := start("Image", "image-by-hand").Get(t.Context(), &built); err != nil || !strings.HasPrefix(built.Digest, "sha256:") {
		t.Errorf("Image: %+v, %v", built, err)
	}
	start("Environment", "environment/"+stack.Name+"/staging")
	var released struct{ Verdict string }
	if err := start("Release", "release/"+stack.Name+"/1.0.0-rc.1").Get(t.Context(), &released); err != nil || released.Verdict != "released" {
		t.Errorf("Release: %+v, %v", released, err)
	}
	if err := start("Release", "some-id").Get(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "release/"+stack.Name+"/1.0.0-rc.1") {
		t.Errorf("a Release under another ID: %v, want a refusal that names the right one", err)
	}
	var planned struct{ Verdict string }
	if err := start("Plan", "plan-by-hand").Get(t.Context(), &planned); err != nil || planned.Verdict != "unchanged" {
		t.Errorf("Plan of what runs: %+v, %v", planned, err)
	}
	if err := start("Rollout", "rollout/by/hand").Get(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "environment/"+stack.Name+"/staging") {
		t.Errorf("a Rollout by hand: %v, want a refusal that names the environment", err)
	}
}
