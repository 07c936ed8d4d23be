// Package image brings the image of one service into every registry.
package image

import (
	"errors"

	"github.com/slipway-dev/slipway/activities/image"
)

// Name of the workflow in histories.
const Name = "Image"

// Queue of the workers that build.
const Queue = "slipway-build"

// ID gives the workflow ID of a service's image in a release.
func ID(release, service string) string { return release + "/image/" + service }

// Input of an Image workflow.
type Input struct {
	image.BuildImageInput
	// Digest of an image that was tested, and that is taken instead of a build.
	Digest string `json:"digest,omitempty"`
}

// Result of an Image workflow.
type Result = image.BuiltImage

func validate(in Input) error {
	switch {
	case in.Service == "" || in.Go == "":
		return errors.New("service and go (its package path) are required")
	case in.Repository == "" || in.Commit == "":
		return errors.New("repository and commit are required")
	case len(in.Registries) == 0:
		return errors.New("registries is required: at least one to push to")
	}
	return nil
}
