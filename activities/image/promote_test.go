package image_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/image"
)

func (y *yard) promote(t *testing.T, digest string) (image.BuiltImage, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	environment := suite.NewTestActivityEnvironment()
	var promoted image.BuiltImage
	var failed error
	// The wrapper keeps the error, which Temporal would turn into one of its own.
	run := func(ctx context.Context) error {
		promoted, failed = y.activities.PromoteImage(ctx, image.PromoteImageInput{
			Service: "catalog", Digest: digest, Version: "1.0.0", Registries: y.in.Registries,
		})
		return nil
	}
	environment.RegisterActivityWithOptions(run, activity.RegisterOptions{Name: "run"})
	if _, err := environment.ExecuteActivity("run"); err != nil {
		t.Fatal(err)
	}
	return promoted, failed
}

func TestPromoteImageTakesWhatWasTestedAndBuildsNothing(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	second := y.in.Registries[1]
	y.in.Registries = y.in.Registries[:1]
	tested := y.mustBuild(t)
	y.in.Registries = append(y.in.Registries, second)

	y.first.Reset()
	promoted, err := y.promote(t, tested.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if promoted.Digest != tested.Digest || promoted.Size != tested.Size || !promoted.Found || y.builder.builds != 1 {
		t.Errorf("got %+v after %d builds, want %s", promoted, y.builder.builds, tested.Digest)
	}
	for _, path := range y.in.Registries {
		got, found, err := y.activities.Registry.Find(context.Background(), path+"/catalog", "1.0.0")
		if err != nil || !found || got.Digest != tested.Digest {
			t.Errorf("%s: 1.0.0 is %+v, %v, %v", path, got, found, err)
		}
	}
	if sent := y.first.Count(http.MethodPatch, "/blobs/uploads/"); sent != 0 {
		t.Errorf("the registry that had it got %d blobs", sent)
	}
}

func TestPromoteImageSaysWhenTheImageIsGone(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	_, err := y.promote(t, "sha256:"+strings.Repeat("0", 64))
	if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), "catalog") {
		t.Errorf("error = %v", err)
	}
}
