package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
)

// maxNesting bounds submodules within submodules: real ones are two or three
// deep, and one that contains itself has no end.
const maxNesting = 8

// checkout writes the files of one commit. It has an index of its own, so that
// any number of checkouts share a mirror.
type checkout struct {
	repository *Repository
	index      string
}

// write puts the files of a commit into a directory, submodules included.
func (c *checkout) write(ctx context.Context, m *mirror, commit, dir string, depth int) error {
	err := c.writeFiles(ctx, m, commit, dir)
	if err != nil && ctx.Err() == nil && broken(err) {
		if err := m.renew(ctx); err != nil {
			return err
		}
		err = c.writeFiles(ctx, m, commit, dir)
	}
	if err != nil {
		return err
	}
	return c.writeSubmodules(ctx, m, commit, dir, depth)
}

// writeFiles puts the files of a commit into a directory, submodules left empty.
func (c *checkout) writeFiles(ctx context.Context, m *mirror, commit, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	variables := []string{"GIT_INDEX_FILE=" + c.index}
	for _, args := range [][]string{
		{"--git-dir=" + m.dir, "--work-tree=" + dir, "read-tree", commit},
		{"--git-dir=" + m.dir, "--work-tree=" + dir, "checkout-index", "--all", "--force", "--quiet"},
	} {
		if _, err := local(ctx, variables, args...); err != nil {
			return err
		}
	}
	return nil
}

// writeSubmodules does what git submodule update does, from mirrors and without
// reading any configuration of a repository that could run a program.
func (c *checkout) writeSubmodules(ctx context.Context, m *mirror, commit, dir string, depth int) error {
	pins, err := m.pins(ctx, commit)
	if err != nil || len(pins) == 0 {
		return err
	}
	if depth == maxNesting {
		return fault.New(fault.InvalidInput, "submodules are nested more than %d deep", maxNesting)
	}
	urls, err := m.submoduleURLs(ctx, commit)
	if err != nil {
		return err
	}
	for _, pin := range pins {
		url, known := urls[pin.path]
		if !known {
			return fault.New(fault.InvalidInput,
				".gitmodules: submodule %q has no url there; add it with git submodule add, or remove the entry with git rm --cached %s", pin.path, pin.path)
		}
		if err := c.writeSubmodule(ctx, m, url, pin, filepath.Join(dir, pin.path), depth+1); err != nil {
			return fmt.Errorf("submodule %q: %w", pin.path, err)
		}
	}
	return nil
}

func (c *checkout) writeSubmodule(ctx context.Context, parent *mirror, url string, pin pin, dir string, depth int) error {
	url = submoduleURL(parent.url, url)
	sub, err := c.repository.mirror(url)
	if err != nil {
		return err
	}
	if onDisk(url) && !onDisk(parent.url) {
		return fault.New(fault.InvalidInput, "repository %q: is on the worker's disk, where a remote repository can't point", url)
	}
	err = sub.ensure(ctx, pin.commit)
	if fault.CodeOf(err) == fault.NotFound {
		if pinned := sub.fetchPinned(ctx, pin.commit); pinned == nil {
			err = sub.verify(ctx, pin.commit)
		}
	}
	if err != nil {
		return err
	}
	return c.write(ctx, sub, pin.commit, dir, depth)
}

// pin is a submodule as the tree of a commit names it.
type pin struct {
	path   string
	commit string
}

func (m *mirror) pins(ctx context.Context, commit string) ([]pin, error) {
	out, err := m.run(ctx, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	var pins []pin
	for entry := range strings.SplitSeq(string(out), "\x00") {
		kind, path, _ := strings.Cut(entry, "\t")
		if id, submodule := strings.CutPrefix(kind, "160000 commit "); submodule {
			pins = append(pins, pin{path: path, commit: id})
		}
	}
	return pins, nil
}

// submoduleURLs reads .gitmodules: the URL of each path.
func (m *mirror) submoduleURLs(ctx context.Context, commit string) (map[string]string, error) {
	if _, err := m.run(ctx, "cat-file", "-e", commit+":.gitmodules"); err != nil {
		return nil, ctx.Err()
	}
	out, err := m.run(ctx, "config", "--blob="+commit+":.gitmodules", "-z", "--list")
	if err != nil {
		return nil, fault.With(fault.InvalidInput, err)
	}
	paths, urls := map[string]string{}, map[string]string{}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		section, dotted := strings.CutPrefix(key, "submodule.")
		cut := strings.LastIndexByte(section, '.')
		if !dotted || cut < 0 {
			continue
		}
		switch name := section[:cut]; section[cut+1:] {
		case "path":
			paths[name] = value
		case "url":
			urls[name] = value
		}
	}
	byPath := map[string]string{}
	for name, path := range paths {
		if url, given := urls[name]; given {
			byPath[path] = url
		}
	}
	return byPath, nil
}
