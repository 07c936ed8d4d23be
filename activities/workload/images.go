package workload

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
)

// ImageMissing is the reason of a problem with an image that its registry lacks.
const ImageMissing = "ImageMissing"

// missingImages looks up what was built for the services of the subject. It
// asks the registry that the bundle lies in, under the name that images were
// pushed by: the name that clusters pull by may not resolve here.
func (a *Activities) missingImages(ctx context.Context, subject Subject, content bundle.Content) ([]Problem, error) {
	prefix, own := strings.CutSuffix(subject.Bundle.Repository, "/"+content.Release.Stack+".bundle")
	if !own {
		return nil, nil
	}
	var problems []Problem
	for _, service := range slices.Sorted(maps.Keys(content.Release.Images)) {
		if len(subject.Services) > 0 && !slices.Contains(subject.Services, service) {
			continue
		}
		image := fmt.Sprintf("%s/%s@%s", prefix, service, content.Release.Images[service].Digest)
		found, err := a.Store.Exists(ctx, image)
		if err != nil {
			return nil, fault.New(fault.CodeOf(err), "looking up image %s: %w", image, err)
		}
		if found {
			continue
		}
		problems = append(problems, Problem{
			Service: service,
			Object:  "image/" + service,
			Reason:  ImageMissing,
			Message: fmt.Sprintf("the registry has no %s; release the version again to build and push it", image),
		})
	}
	return problems, nil
}
