package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Load reads slipway.yaml at the root of a repository and looks whether every
// path that it names exists there. Links that lead out of the repository count
// as missing.
func Load(root string) (*Stack, error) {
	repository, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("opening repository: %w", err)
	}
	defer func() { _ = repository.Close() }()

	data, err := readLimited(repository, FileName, maxFile)
	if err != nil {
		return nil, missingStackFile(repository, err)
	}
	parsed, r := parse(FileName, data)
	for _, service := range parsed.Services {
		at := join("services", service.Name)
		if service.Build != nil {
			r.checkExists(repository, join(join(at, "build"), "go"), service.Build.Go, true)
		}
		r.checkExists(repository, join(at, "manifests"), service.Manifests.Path, false)
		if service.Config != nil {
			r.checkExists(repository, join(join(at, "config"), "schema"), service.Config.Schema, false)
		}
	}
	for _, hook := range parsed.Hooks {
		r.checkExists(repository, join(join("hooks", hook.Name), "job"), hook.Job, false)
	}
	if errs := r.sorted(); len(errs) > 0 {
		return nil, errs
	}
	return parsed, nil
}

func missingStackFile(repository *os.Root, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return Errors{{File: FileName, Problem: pathProblem(err)}}
	}
	hint := "put it at the root of the repository"
	if _, err := repository.Stat("slipway.yml"); err == nil {
		hint = "rename slipway.yml"
	}
	return Errors{{File: FileName, Problem: "there is no such file", Hint: hint}}
}

func (r *reader) checkExists(repository *os.Root, at, path string, directory bool) {
	if path == "" {
		return
	}
	info, err := repository.Stat(path)
	switch {
	case err != nil:
		r.refuseAt(at, fmt.Sprintf("%q %s", path, pathProblem(err)), "paths are relative to the root of the repository")
	case directory && !info.IsDir():
		r.refuseAt(at, fmt.Sprintf("%q is a file where a directory is wanted", path), "name the directory of the main package")
	}
}
