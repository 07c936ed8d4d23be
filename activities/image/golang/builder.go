// Package golang builds images of Go services with the worker's Go toolchain
// and without a daemon. docs/decisions/go-images.md says why.
//
// A build runs no code of the repository: cgo is off, and nothing is generated,
// tested or vetted. It is no sandbox all the same: the compiler reads hostile
// source with the rights of the worker, and may use up its memory and disk.
package golang

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/scratch"
)

// Platform is what images run on.
type Platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
}

// DefaultPlatform is what clusters run on unless told otherwise.
var DefaultPlatform = Platform{OS: "linux", Architecture: "amd64"}

// Builder implements image.Builder. Make one with New. Builds share the caches
// of the Go toolchain, which are made for that.
type Builder struct {
	scratch  *scratch.Space
	platform Platform
}

var _ image.Builder = (*Builder)(nil)

// New builds in the scratch space, for the platform.
func New(space *scratch.Space, platform Platform) *Builder {
	return &Builder{scratch: space, platform: platform}
}

// Build compiles the service and wraps it up. The image consists of a base layer
// that all services share and a layer with the program.
func (b *Builder) Build(ctx context.Context, source image.Source) (string, func(), error) {
	dir, remove, err := b.scratch.Make("image")
	if err != nil {
		return "", nil, err
	}
	layout, err := b.build(ctx, source, dir)
	if err != nil {
		remove()
		return "", nil, err
	}
	return layout, remove, nil
}

func (b *Builder) build(ctx context.Context, source image.Source, dir string) (string, error) {
	module, err := findModule(source.Root, source.Go)
	if err != nil {
		return "", err
	}
	tools := toolchain{module: module, platform: b.platform, temporary: filepath.Join(dir, "tmp")}
	if err := os.Mkdir(tools.temporary, 0o700); err != nil {
		return "", fmt.Errorf("preparing a build: %w", err)
	}
	program := filepath.Join(dir, "program")
	args := append(append([]string{"build"}, buildFlags...), "-o", program, module.target)
	if _, err := tools.run(ctx, args...); err != nil {
		return "", explain(err, module, source.Service)
	}
	layout := filepath.Join(dir, "layout")
	if err := writeLayout(layout, source.Service, program, b.platform); err != nil {
		return "", fmt.Errorf("wrapping up %s: %w", source.Service, err)
	}
	return layout, nil
}
