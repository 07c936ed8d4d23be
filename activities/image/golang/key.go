package golang

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/image"
)

// generation is raised when images are put together in another way, so that the
// images of older keys are not taken for those of today.
const generation = 1

// recipe is everything that an image is made from. Its digest is the key.
type recipe struct {
	Generation int               `json:"generation"`
	Service    string            `json:"service"`
	Platform   Platform          `json:"platform"`
	Base       string            `json:"base"`
	Flags      []string          `json:"flags"`
	Toolchain  map[string]string `json:"toolchain"`
	Main       string            `json:"main"`
	Godebug    string            `json:"godebug"`
	// Files are the digests of the repository's files, by import path and name.
	Files map[string]string `json:"files"`
	// Modules are those outside of the repository.
	Modules map[string]dependency `json:"modules"`
}

// dependency is a module as go.mod and go.sum pin it.
type dependency struct {
	Version string `json:"version"`
	Sum     string `json:"sum"`
	Go      string `json:"go"`
	Path    string `json:"path,omitempty"`
}

// Key lists what the package needs and takes the digest of it. Nothing of the
// checkout's directory, commit or time goes into it, nor does any file that the
// program isn't made from.
func (b *Builder) Key(ctx context.Context, source image.Source) (string, error) {
	module, err := findModule(source.Root, source.Go)
	if err != nil {
		return "", err
	}
	tools := toolchain{module: module, platform: b.platform}
	made, err := b.recipe(ctx, tools, source.Service)
	if err != nil {
		return "", explain(err, module, source.Service)
	}
	text, err := json.Marshal(made)
	if err != nil {
		return "", fmt.Errorf("taking the key of %s: %w", source.Service, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func (b *Builder) recipe(ctx context.Context, tools toolchain, service string) (recipe, error) {
	made := recipe{
		Generation: generation, Service: service, Platform: b.platform, Flags: buildFlags,
		Files: map[string]string{}, Modules: map[string]dependency{},
	}
	var err error
	if made.Base, err = baseDigest(); err != nil {
		return recipe{}, err
	}
	settings, err := tools.run(ctx, "env", "-json", "GOVERSION", "GOEXPERIMENT", "GOFIPS140", "GOAMD64", "GOARM64")
	if err != nil {
		return recipe{}, err
	}
	if err := json.Unmarshal(settings, &made.Toolchain); err != nil {
		return recipe{}, fmt.Errorf("reading go env: %w", err)
	}
	packages, err := listPackages(ctx, tools)
	if err != nil {
		return recipe{}, err
	}
	for _, pkg := range packages {
		if err := made.add(tools.module, pkg); err != nil {
			return recipe{}, err
		}
	}
	// The last package is the one that was asked for.
	target := packages[len(packages)-1]
	if target.Name != "main" {
		return recipe{}, fault.New(fault.InvalidInput,
			"service %s: Go package %s is package %s; an image needs a package main", service, target.ImportPath, target.Name)
	}
	made.Main, made.Godebug = target.ImportPath, target.DefaultGODEBUG
	return made, made.addProfile(target)
}

// listed is a package as go list describes it.
type listed struct {
	ImportPath     string
	Name           string
	Dir            string
	Standard       bool
	DefaultGODEBUG string
	Module         *listedModule

	GoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SysoFiles, EmbedFiles []string
}

type listedModule struct {
	Path, Version, Sum, GoVersion string
	Replace                       *listedModule
}

// listPackages gives the package and all that it imports, itself last.
func listPackages(ctx context.Context, tools toolchain) ([]listed, error) {
	const fields = "-json=ImportPath,Name,Dir,Standard,DefaultGODEBUG,Module," +
		"GoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SysoFiles,EmbedFiles"
	out, err := tools.run(ctx, "list", "-deps", "-buildvcs=false", fields, tools.module.target)
	if err != nil {
		return nil, err
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg listed
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading go list: %w", err)
		}
		all = append(all, pkg)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("reading go list: no packages")
	}
	return all, nil
}

// add puts a package into the recipe: by its files if they are the repository's
// own, vendored ones included, by the version of its module otherwise.
func (r *recipe) add(in module, pkg listed) error {
	if pkg.Standard {
		return nil
	}
	if pkg.Module != nil {
		r.Modules[pkg.Module.Path] = pkg.Module.pinned()
	}
	if _, own := in.relative(pkg.Dir); !own {
		if pkg.Module == nil || pkg.Module.pinned().Version == "" {
			return fault.New(fault.InvalidInput,
				"Go package %s: lies outside of the repository, where a replace or use directive points; move it in, or require a version", pkg.ImportPath)
		}
		return nil
	}
	files := slices.Concat(pkg.GoFiles, pkg.CFiles, pkg.CXXFiles, pkg.MFiles, pkg.HFiles, pkg.FFiles,
		pkg.SFiles, pkg.SysoFiles, pkg.EmbedFiles)
	for _, file := range files {
		if err := r.addFile(pkg, file); err != nil {
			return err
		}
	}
	return nil
}

// pinned gives what is really compiled for a module.
func (m *listedModule) pinned() dependency {
	if m.Replace != nil {
		replaced := m.Replace.pinned()
		replaced.Path = m.Replace.Path
		if replaced.Version == "" {
			replaced.Path = ""
		}
		return replaced
	}
	return dependency{Version: m.Version, Sum: m.Sum, Go: m.GoVersion}
}

// addProfile adds the profile that the compiler optimises by, if there is one.
func (r *recipe) addProfile(target listed) error {
	err := r.addFile(target, "default.pgo")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (r *recipe) addFile(pkg listed, file string) error {
	content, err := os.Open(filepath.Join(pkg.Dir, file))
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	r.Files[pkg.ImportPath+"/"+filepath.ToSlash(file)] = hex.EncodeToString(sum.Sum(nil))
	return nil
}
