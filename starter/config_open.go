package starter

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/stack/config"
)

// configTree is the config of a stack in the files of a directory.
type configTree struct {
	stack *stack.Stack
	root  *os.Root
	// tree is shared by all that is read from it, so that a file is read once.
	tree  *config.Tree
	close func()
}

// open reads the stack file and makes the config beside it readable.
func (s configSource) open(ctx context.Context) (*configTree, error) {
	if s.ref == "" {
		if _, local := localPath(s.repository); !local {
			return nil, fail(ExitBadInput, "--repo %s is a URL: name a commit, tag or branch with --ref", withoutPassword(s.repository))
		}
		return openConfigTree(s.repository, func() {})
	}
	repository, err := openRepository(ctx, s.repository)
	if err != nil {
		return nil, err
	}
	defer repository.remove()
	dir, remove, err := repository.tree(ctx, s.ref)
	if err != nil {
		return nil, err
	}
	opened, err := openConfigTree(dir, remove)
	if err != nil {
		remove()
	}
	return opened, err
}

func openConfigTree(dir string, remove func()) (*configTree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fail(ExitBadInput, "reading the files of the stack: %w; name its repository with --repo", err)
	}
	text, err := root.ReadFile(stack.FileName)
	if err != nil {
		_ = root.Close()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fail(ExitBadInput, "there is no %s in %s; name the repository of the stack with --repo", stack.FileName, dir)
		}
		return nil, fail(ExitBadInput, "reading the stack file: %w", err)
	}
	parsed, err := stack.Parse(stack.FileName, text)
	if err != nil {
		_ = root.Close()
		return nil, fail(ExitBadInput, "%w", err)
	}
	return &configTree{
		stack: parsed, root: root, tree: config.Open(root.FS(), parsed.Config.Layers),
		close: func() { _ = root.Close(); remove() },
	}, nil
}

// fresh is the same files with nothing read from them yet.
func (f *configTree) fresh() *config.Tree { return config.Open(f.root.FS(), f.stack.Config.Layers) }

// service renders the config of a service in a place.
func (f *configTree) service(name string, where configPlace) (*seenConfig, error) {
	service, known := f.stack.Service(name)
	if !known {
		return nil, fail(ExitBadInput, "%q is no service of %s", name, stack.FileName)
	}
	place, err := f.environmentOf(where)
	if err != nil {
		return nil, err
	}
	place.Service = name
	layer, has := f.tree.Layer(place)
	if !has {
		return nil, fail(ExitBadInput, "%s has no config in %s: there is none of %q", name, place.Environment, f.tree.Candidates(place))
	}
	rendered, err := f.tree.Render(name, specOf(service), layer)
	if err != nil {
		return nil, fail(ExitBadInput, "%w", err)
	}
	return &seenConfig{config: rendered.Config, rendered: rendered}, nil
}

// specOf is what the stack file says of the config of a service, which may be
// nothing.
func specOf(service stack.Service) config.Spec {
	if service.Config == nil {
		return config.Spec{}
	}
	return *service.Config
}

// file resolves one file, with every substitution open that it does not set.
func (f *configTree) file(name string) (*seenConfig, error) {
	document, err := hocon.ParseFile(filepath.ToSlash(filepath.Clean(name)), hocon.Options{Files: f.root.FS()})
	if err != nil {
		return nil, fail(ExitBadInput, "%w", err)
	}
	resolved, err := document.Resolve(hocon.ResolveOptions{Keep: func(string, bool) bool { return true }})
	if err != nil {
		return nil, fail(ExitBadInput, "%w", err)
	}
	return &seenConfig{config: resolved}, nil
}
