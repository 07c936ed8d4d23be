package golang

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
)

// module is where a package is built.
type module struct {
	// root is the directory of the repository's files, dir that of the go.mod.
	root, dir string
	// workspace is the go.work that counts, or empty.
	workspace string
	// target is the package as the go command takes it in dir.
	target string
}

// findModule looks for go.mod, and then go.work, from the package upwards to the
// root of the repository, and no further: what lies around a checkout must not
// count. InvalidInput.
func findModule(root, pkg string) (module, error) {
	if !filepath.IsLocal(pkg) {
		return module{}, fault.New(fault.InvalidInput, "Go package %q: is not inside the repository", pkg)
	}
	// The go command resolves links before it says where a package is.
	resolved, err := filepath.EvalSymlinks(root)
	if err != nil {
		return module{}, err
	}
	if real, err := filepath.EvalSymlinks(filepath.Join(resolved, pkg)); err == nil {
		if inside, err := filepath.Rel(resolved, real); err != nil || !filepath.IsLocal(inside) {
			return module{}, fault.New(fault.InvalidInput, "Go package %q: is a link that leads out of the repository", pkg)
		}
	}
	dir, found := upwards(resolved, filepath.Clean(pkg), "go.mod")
	if !found {
		return module{}, fault.New(fault.InvalidInput,
			"Go package %q: no go.mod there or above it in the repository; make one with go mod init", pkg)
	}
	inside, err := filepath.Rel(dir, filepath.Clean(pkg))
	if err != nil {
		return module{}, err
	}
	m := module{root: resolved, dir: filepath.Join(resolved, dir), target: "./" + filepath.ToSlash(inside)}
	if work, found := upwards(resolved, dir, "go.work"); found {
		m.workspace = filepath.Join(resolved, work, "go.work")
	}
	return m, nil
}

// upwards gives the nearest directory with the file, relative to root.
func upwards(root, from, file string) (string, bool) {
	for dir := from; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(root, dir, file)); err == nil && info.Mode().IsRegular() {
			return dir, true
		}
		if dir == "." {
			return "", false
		}
	}
}

// relative gives a path of the go command, absolute or relative to the module,
// as one relative to the root of the repository, with slashes.
func (m module) relative(file string) (string, bool) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(m.dir, file)
	}
	inside, err := filepath.Rel(m.root, file)
	if err != nil || !filepath.IsLocal(inside) {
		return "", false
	}
	return strings.TrimPrefix(path.Clean(filepath.ToSlash(inside)), "./"), true
}
