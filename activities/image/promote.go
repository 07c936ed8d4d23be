package image

import (
	"context"
	"fmt"

	"github.com/slipway-dev/slipway/activities/fault"
)

// PromoteImage makes an image that was tested be in all registries, and tags it
// with another version. Nothing is built: what was tested is what is promoted.
// NotFound when no registry has it, InvalidInput, Unauthorized, Unavailable.
func (a *Activities) PromoteImage(ctx context.Context, in PromoteImageInput) (BuiltImage, error) {
	progress := newTracker(ctx)
	progress.enter(StepPush)
	all, err := a.holders(ctx, in)
	if err != nil {
		return BuiltImage{}, fmt.Errorf("promoting the image of %s: %w", in.Service, err)
	}
	holder, found := all.source()
	if !found {
		return BuiltImage{}, fault.New(fault.NotFound,
			"promoting the image of %s: no registry has %s any more; release the commit as an rc again", in.Service, in.Digest)
	}
	if err := a.spread(ctx, holder, all, progress); err != nil {
		return BuiltImage{}, fmt.Errorf("promoting the image of %s: %w", in.Service, err)
	}
	for _, place := range all {
		if err := a.Registry.Tag(ctx, place.repository, in.Digest, in.Version); err != nil {
			return BuiltImage{}, fmt.Errorf("promoting the image of %s: %w", in.Service, err)
		}
	}
	return BuiltImage{Digest: in.Digest, Size: holder.held.Size, Found: true, Sent: progress.total()}, nil
}

// holders looks which registries have the image.
func (a *Activities) holders(ctx context.Context, in PromoteImageInput) (places, error) {
	var all places
	for _, registry := range in.Registries {
		repository := registry + "/" + in.Service
		held, _, err := a.Registry.Get(ctx, repository, in.Digest)
		if err != nil {
			return nil, err
		}
		all = append(all, place{repository: repository, held: held})
	}
	return all, nil
}
