package starter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// repository is a Git repository on this machine, perhaps only for the moment.
type repository struct {
	dir string
	// url is where workers find the same repository.
	url string
	// local tells that url is a path of this machine.
	local bool
	// remove takes away what was made to read it.
	remove func()
}

// openRepository opens a path, or fetches the commits and trees of a URL into
// a temporary directory: files come one by one when they are read.
func openRepository(ctx context.Context, where string) (*repository, error) {
	path, local := localPath(where)
	if !local {
		return cloneRepository(ctx, where)
	}
	dir, err := git(ctx, path, "rev-parse", "--show-toplevel")
	if err != nil {
		// A bare repository has no top level; its directory is what is cloned.
		if dir, err = git(ctx, path, "rev-parse", "--absolute-git-dir"); err != nil {
			return nil, fail(ExitBadInput, "reading repository %s: %w; name one with --repo", where, err)
		}
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}
	return &repository{dir: dir, url: address.String(), local: true, remove: func() {}}, nil
}

// localPath tells whether a repository is given by a path of this machine.
func localPath(where string) (string, bool) {
	if parsed, err := url.Parse(where); err == nil && parsed.Scheme == "file" && parsed.Host == "" {
		return parsed.Path, true
	}
	if strings.Contains(where, "://") {
		return "", false
	}
	if info, err := os.Stat(where); err == nil && info.IsDir() {
		return where, true
	}
	// git@host:path is the only form left in which a colon comes before a slash.
	colon := strings.IndexByte(where, ':')
	return where, colon < 0 || strings.Contains(where[:colon], "/")
}

func cloneRepository(ctx context.Context, address string) (*repository, error) {
	dir, err := os.MkdirTemp("", "slipway-starter-")
	if err != nil {
		return nil, fail(ExitFailed, "making a directory for the repository: %w", err)
	}
	remove := func() { _ = os.RemoveAll(dir) }
	if _, err := git(ctx, dir, "clone", "--quiet", "--bare", "--filter=blob:none", "--", address, "."); err != nil {
		remove()
		return nil, fail(ExitBadInput, "reading %s: %w", withoutPassword(address), err)
	}
	return &repository{dir: dir, url: address, remove: remove}, nil
}

// commit resolves a revision to a full commit; empty when there is none.
func (r *repository) commit(ctx context.Context, revision string) string {
	commit, err := git(ctx, r.dir, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return ""
	}
	return commit
}

// file reads a file as it is in a commit.
func (r *repository) file(ctx context.Context, commit, name string) ([]byte, error) {
	text, err := run(ctx, r.dir, "cat-file", "blob", commit+":"+name)
	if err != nil {
		return nil, fail(ExitBadInput, "reading %s at commit %s: %w", name, commit, err)
	}
	return text, nil
}

// tagsBefore lists the tags of which a commit is a descendant, or which name it.
func (r *repository) tagsBefore(ctx context.Context, commit string) ([]string, error) {
	text, err := git(ctx, r.dir, "tag", "--list", "--merged", commit)
	if err != nil {
		return nil, fail(ExitBadInput, "listing tags: %w", err)
	}
	return strings.Fields(text), nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	text, err := run(ctx, dir, args...)
	return strings.TrimSpace(string(text)), err
}

func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, "git", args...)
	command.Dir = dir
	// Nobody is there to type a password, and messages are matched by nobody,
	// so that English is what helps most in a search.
	command.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if err == nil {
		return stdout.Bytes(), nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("git is not installed or not in PATH")
	}
	if text := strings.TrimSpace(stderr.String()); text != "" {
		return nil, fmt.Errorf("git %s: %s", args[0], text)
	}
	return nil, fmt.Errorf("git %s: %w", args[0], err)
}

// withoutPassword gives an address for messages, without a user or password.
// One that cannot be read may hold them anywhere, and is not shown.
func withoutPassword(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Opaque != "" {
		return "the repository as it was given"
	}
	parsed.User = nil
	return parsed.String()
}
