package golang

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/process"
)

// buildFlags leave out of the program what differs between two checkouts of the
// same source: directories, version control, time. Symbol tables go as well;
// panics have their stack traces all the same.
var buildFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}

// dropped are variables that would change what is built. All others count: they
// and the toolchain's own configuration say where modules come from.
var dropped = []string{
	"GO111MODULE", "GOARM", "GOARM64", "GOAMD64", "GOARCH", "GODEBUG", "GOEXPERIMENT", "GOFIPS140", "GOFLAGS", "GOOS",
	"GOROOT_FINAL", "GOWORK", "GOTMPDIR", "TMPDIR", "GO_EXTLINK_ENABLED", "CGO_ENABLED", "PWD",
}

// toolchain runs the go command for one build.
type toolchain struct {
	module   module
	platform Platform
	// temporary is where it may write, besides its caches.
	temporary string
}

// run runs the go command in the module.
func (t toolchain) run(ctx context.Context, args ...string) ([]byte, error) {
	out, err := process.Run(ctx, process.Command{
		Args: append([]string{"go"}, args...),
		Dir:  t.module.dir,
		Env:  t.environment(os.Environ()),
	})
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fault.New(fault.Unavailable, "the worker has no go command, which builds of Go services need: %w", err)
	}
	return out, err
}

// environment gives the variables for the go command out of those of the worker.
func (t toolchain) environment(inherited []string) []string {
	own := slices.DeleteFunc(slices.Clone(inherited), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(dropped, name)
	})
	workspace := "off"
	if t.module.workspace != "" {
		workspace = t.module.workspace
	}
	own = append(own,
		"CGO_ENABLED=0",
		"GOOS="+t.platform.OS,
		"GOARCH="+t.platform.Architecture,
		"GOWORK="+workspace,
		// Anything but empty, which would let the flags of the toolchain's
		// configuration file in. Without -mod the default stays: go.mod is
		// never changed, and a vendor directory is used where there is one.
		"GOFLAGS=-buildvcs=false",
	)
	if t.temporary != "" {
		own = append(own, "GOTMPDIR="+t.temporary, "TMPDIR="+t.temporary)
	}
	return own
}
