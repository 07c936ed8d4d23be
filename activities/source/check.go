package source

import (
	"errors"
	"fmt"
	"go/build"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// check finds whatever else is wrong with a stack: nothing that it accepts fails
// later on for a reason that is in the repository, but for Go code that doesn't
// compile and objects that a cluster refuses.
func check(dir string, s *stack.Stack, name string, version stack.Version) error {
	var found stack.Errors
	if s.Name != name {
		found = append(found, stack.Error{
			File: stack.FileName, Field: "stack",
			Problem: fmt.Sprintf("is %q, but the release is one of %q", s.Name, name),
			Hint:    "release it under its own name, or correct the repository's URL",
		})
	}
	environments := s.EnvironmentsOf(version.Channel())
	if len(environments) == 0 {
		found = append(found, noEnvironment(s, version))
	}
	for _, service := range s.Services {
		if service.Build == nil {
			continue
		}
		if err := checkPackage(dir, service); err != nil {
			found = append(found, *err)
		}
	}
	for _, environment := range environments {
		_, err := stack.Render(dir, s, environment, placeholders(s))
		var wrong stack.Errors
		if err != nil && !errors.As(err, &wrong) {
			return fmt.Errorf("rendering environment %s: %w", environment.Name, err)
		}
		for _, single := range wrong {
			if !slices.Contains(found, single) {
				found = append(found, single)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

func noEnvironment(s *stack.Stack, version stack.Version) stack.Error {
	var there []string
	for _, channel := range stack.Channels() {
		var names []string
		for _, environment := range s.EnvironmentsOf(channel) {
			names = append(names, environment.Name)
		}
		if len(names) > 0 {
			there = append(there, fmt.Sprintf("%s goes to %s", channel, strings.Join(names, " and ")))
		}
	}
	return stack.Error{
		File: stack.FileName, Field: "environments",
		Problem: fmt.Sprintf("none takes channel %s, to which version %s belongs", version.Channel(), version),
		Hint:    "here " + strings.Join(there, ", "),
	}
}

// placeholders are references for images that nobody has built yet.
func placeholders(s *stack.Stack) map[string]string {
	images := map[string]string{}
	for _, service := range s.Services {
		if service.Build != nil {
			images[service.Name] = s.Registries[0].Pull + "/" + service.Name + "@sha256:" + strings.Repeat("0", 64)
		}
	}
	return images
}

// checkPackage looks for package main without starting a Go toolchain, which
// workers that don't build need not have.
func checkPackage(dir string, service stack.Service) *stack.Error {
	refuse := func(problem, hint string) *stack.Error {
		return &stack.Error{
			File: stack.FileName, Field: "services." + service.Name + ".build.go",
			Problem: fmt.Sprintf("%q %s", service.Build.Go, problem), Hint: hint,
		}
	}
	const hint = "name the directory of a package main"
	images := build.Default
	images.GOOS, images.GOARCH, images.CgoEnabled = "linux", "amd64", false
	pkg, err := images.ImportDir(filepath.Join(dir, filepath.FromSlash(service.Build.Go)), 0)
	var none *build.NoGoError
	var several *build.MultiplePackageError
	switch {
	case errors.As(err, &none):
		return refuse("has no Go files that are built for linux without cgo", hint)
	case errors.As(err, &several):
		return refuse(fmt.Sprintf("has files of two packages, %s and %s", several.Packages[0], several.Packages[1]), hint)
	case err == nil && pkg.Name != "main":
		return refuse("is package "+pkg.Name, hint)
	}
	// Whatever else is wrong with the files is said better by the compiler.
	return nil
}

// plan puts together what later steps need to know.
func plan(s *stack.Stack, version stack.Version, commit, bundles string) ReleasePlan {
	made := ReleasePlan{
		Stack: s.Name, Version: version.String(), Channel: version.Channel(), Commit: commit, BundleRepository: bundles,
		Verified: s.WantsVerified(version.Channel()),
	}
	for _, service := range s.Services {
		if service.Build != nil {
			made.Services = append(made.Services, BuildPlan{Service: service.Name, Go: service.Build.Go})
		}
	}
	for _, registry := range s.Registries {
		made.Registries = append(made.Registries, registry.Push)
	}
	for _, environment := range s.EnvironmentsOf(version.Channel()) {
		made.Environments = append(made.Environments, environment.Name)
	}
	return made
}

// wrong puts the code on what is wrong in the repository, and leaves the text
// alone: it begins with file and line. Trouble with reading gets no code.
func wrong(err error) error {
	var all stack.Errors
	var single stack.Error
	if errors.As(err, &all) || errors.As(err, &single) {
		return fault.With(fault.InvalidInput, err)
	}
	return err
}
