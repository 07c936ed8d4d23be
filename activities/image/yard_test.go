package image_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/image/golang"
	"github.com/slipway-dev/slipway/activities/image/oci"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source/git"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

// yard builds the shop for two registries.
type yard struct {
	activities    *image.Activities
	builder       *counting
	first, second *registrytest.Registry
	upstream      *sourcetest.Upstream
	in            image.BuildImageInput
}

// counting counts builds.
type counting struct {
	image.Builder
	mu     sync.Mutex
	builds int
}

func (c *counting) Build(ctx context.Context, source image.Source) (string, func(), error) {
	c.mu.Lock()
	c.builds++
	c.mu.Unlock()
	return c.Builder.Build(ctx, source)
}

func newYard(t *testing.T) *yard {
	t.Helper()
	dir := t.TempDir()
	space, err := scratch.Open(filepath.Join(dir, "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "scratch", "process-*", "*-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %q, %v", left, err)
		}
		_ = space.Close()
	})
	repository, err := git.New(filepath.Join(dir, "mirrors"), space)
	if err != nil {
		t.Fatal(err)
	}
	y := &yard{
		builder: &counting{Builder: golang.New(space, golang.DefaultPlatform)},
		first:   registrytest.New(t), second: registrytest.New(t), upstream: sourcetest.New(t),
	}
	y.activities = &image.Activities{Repository: repository, Builder: y.builder, Registry: oci.New(registry.New("test"))}
	y.upstream.Write(sourcetest.Shop(y.first.Host + "/shop"))
	y.in = image.BuildImageInput{
		Stack: "shop", Service: "catalog", Repository: y.upstream.Dir, Commit: y.upstream.Commit("CHANGES", "1"), Go: "catalog",
		Version: "1.0.0-rc.1", Registries: []string{y.first.Host + "/shop", y.second.Host + "/shop"},
	}
	return y
}

// build runs the activity as a worker does.
func (y *yard) build() (image.BuiltImage, error) {
	built, _, err := y.watch()
	return built, err
}

func (y *yard) watch() (image.BuiltImage, []image.Progress, error) {
	var suite testsuite.WorkflowTestSuite
	environment := suite.NewTestActivityEnvironment()
	var mu sync.Mutex
	var seen []image.Progress
	environment.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		mu.Lock()
		defer mu.Unlock()
		var now image.Progress
		if err := details.Get(&now); err == nil {
			seen = append(seen, now)
		}
	})
	var built image.BuiltImage
	var failed error
	// The wrapper keeps the error, which Temporal would turn into one of its own.
	run := func(ctx context.Context, in image.BuildImageInput) error {
		built, failed = y.activities.BuildImage(ctx, in)
		return nil
	}
	environment.RegisterActivityWithOptions(run, activity.RegisterOptions{Name: "run"})
	if _, err := environment.ExecuteActivity("run", y.in); err != nil {
		return built, nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	return built, seen, failed
}

func (y *yard) mustBuild(t *testing.T) image.BuiltImage {
	t.Helper()
	built, err := y.build()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func uploads(r *registrytest.Registry) int { return r.Count(http.MethodPatch, "/blobs/uploads/") }
