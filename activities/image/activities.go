package image

import (
	"context"
	"fmt"
	"slices"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/source"
)

// Activities build images.
type Activities struct {
	Repository source.Repository
	Builder    Builder
	Registry   Registry
}

// BuildImage makes the image of one service be in all registries, and says
// which it is. Registries are asked first: an image of the same inputs is only
// copied to those that lack it. InvalidInput, NotFound, Unauthorized, Unavailable.
//
// It does not look at the record of releases: whether the commit is the right one
// for the version has been decided before.
func (a *Activities) BuildImage(ctx context.Context, in BuildImageInput) (BuiltImage, error) {
	if len(in.Registries) == 0 {
		return BuiltImage{}, fault.New(fault.InvalidInput, "building the image of %s: no registry to push to", in.Service)
	}
	built, err := a.build(ctx, in, newTracker(ctx))
	if err != nil {
		return BuiltImage{}, fmt.Errorf("building the image of %s: %w", in.Service, err)
	}
	return built, nil
}

func (a *Activities) build(ctx context.Context, in BuildImageInput, progress *tracker) (BuiltImage, error) {
	progress.enter(StepCheckout)
	dir, remove, err := a.Repository.Checkout(ctx, in.Repository, in.Commit)
	if err != nil {
		return BuiltImage{}, err
	}
	defer remove()

	progress.enter(StepCompile)
	from := Source{Service: in.Service, Root: dir, Go: in.Go}
	key, err := a.Builder.Key(ctx, from)
	if err != nil {
		return BuiltImage{}, err
	}
	places, err := a.look(ctx, in, "in-"+key)
	if err != nil {
		return BuiltImage{}, err
	}
	holder, found := places.source()
	image := holder.held
	if found {
		progress.enter(StepPush)
		err = a.spread(ctx, holder, places, progress)
	} else {
		image, err = a.compile(ctx, from, places, progress)
	}
	if err != nil {
		return BuiltImage{}, err
	}
	if err := a.tag(ctx, places, image.Digest, "in-"+key, in.Version); err != nil {
		return BuiltImage{}, err
	}
	return BuiltImage{Digest: image.Digest, Size: image.Size, Found: found, Sent: progress.total()}, nil
}

// place is the repository of a service in one registry, and what it holds.
type place struct {
	repository string
	held       Stored
}

func (p place) holds() bool { return p.held.Digest != "" }

type places []place

// source gives the first registry that holds the image.
func (p places) source() (place, bool) {
	at := slices.IndexFunc(p, place.holds)
	if at < 0 {
		return place{}, false
	}
	return p[at], true
}

func (a *Activities) look(ctx context.Context, in BuildImageInput, tag string) (places, error) {
	var all places
	for _, registry := range in.Registries {
		repository := registry + "/" + in.Service
		held, _, err := a.Registry.Find(ctx, repository, tag)
		if err != nil {
			return nil, err
		}
		all = append(all, place{repository: repository, held: held})
	}
	return all, nil
}

// compile builds the image and sends it everywhere.
func (a *Activities) compile(ctx context.Context, from Source, all places, progress *tracker) (Stored, error) {
	layout, remove, err := a.Builder.Build(ctx, from)
	if err != nil {
		return Stored{}, err
	}
	defer remove()
	progress.enter(StepPush)
	var image Stored
	for _, place := range all {
		image, err = a.Registry.Push(ctx, layout, place.repository, progress.add)
		if err != nil {
			return Stored{}, err
		}
	}
	return image, nil
}

// spread copies the image to the registries that lack it or hold another one. The
// first registry that has one is right, so that all agree in the end.
func (a *Activities) spread(ctx context.Context, from place, all places, progress *tracker) error {
	for _, place := range all {
		if place.held.Digest == from.held.Digest {
			continue
		}
		if err := a.Registry.Copy(ctx, from.repository, from.held.Digest, place.repository, progress.add); err != nil {
			return err
		}
	}
	return nil
}

// tag points the tags at the image, the key first: from then on it is found.
func (a *Activities) tag(ctx context.Context, all places, digest, key, version string) error {
	for _, place := range all {
		tags := []string{key}
		if place.held.Digest == digest {
			tags = nil
		}
		if version != "" {
			tags = append(tags, version)
		}
		for _, tag := range tags {
			if err := a.Registry.Tag(ctx, place.repository, digest, tag); err != nil {
				return err
			}
		}
	}
	return nil
}
