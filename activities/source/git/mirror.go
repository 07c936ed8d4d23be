package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/scratch"
)

// mirror is the bare copy of one repository's branches and tags. Reading needs
// no lock; whoever writes holds the file lock beside it.
type mirror struct {
	url string
	dir string
}

func (r *Repository) mirror(url string) (*mirror, error) {
	if err := checkURL(url); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(url))
	return &mirror{url: url, dir: filepath.Join(r.mirrors, hex.EncodeToString(sum[:12])+".git")}, nil
}

// run runs git on the mirror, without any network.
func (m *mirror) run(ctx context.Context, args ...string) ([]byte, error) {
	return local(ctx, nil, append([]string{"--git-dir=" + m.dir}, args...)...)
}

// has tells whether the mirror holds the commit.
func (m *mirror) has(ctx context.Context, commit string) bool {
	_, err := m.run(ctx, "cat-file", "-e", commit+"^{commit}")
	return err == nil
}

// ensure fetches if the mirror doesn't hold the commit.
func (m *mirror) ensure(ctx context.Context, commit string) error {
	if m.has(ctx, commit) {
		return nil
	}
	err := m.locked(ctx, func() error {
		if m.has(ctx, commit) {
			return nil
		}
		return m.update(ctx)
	})
	if err != nil {
		return err
	}
	return m.verify(ctx, commit)
}

// verify says what is wrong with a commit that a fresh mirror does not hold.
func (m *mirror) verify(ctx context.Context, commit string) error {
	if m.has(ctx, commit) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, err := m.run(ctx, "cat-file", "-e", commit)
	if err == nil {
		return fault.New(fault.InvalidInput, "%s of %s is not a commit", commit, redact(m.url))
	}
	if strings.Contains(stderr(err), "ambiguous") {
		return fault.New(fault.InvalidInput, "commit %s of %s is ambiguous; write more of its digits", commit, redact(m.url))
	}
	return fault.New(fault.NotFound,
		"commit %s is on no branch and behind no tag of %s; push it first", commit, redact(m.url))
}

// fetch brings the mirror up to date.
func (m *mirror) fetch(ctx context.Context) error {
	return m.locked(ctx, func() error { return m.update(ctx) })
}

// fetchPinned fetches a commit that the tree of another, trusted commit names
// and that no branch of its repository leads to any more.
func (m *mirror) fetchPinned(ctx context.Context, commit string) error {
	return m.locked(ctx, func() error {
		_, err := remote(ctx, m.url, "--git-dir="+m.dir, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", m.url, commit)
		return err
	})
}

// locked runs work while no other goroutine or process writes to the mirror.
func (m *mirror) locked(ctx context.Context, work func() error) error {
	if err := os.MkdirAll(filepath.Dir(m.dir), 0o700); err != nil {
		return fmt.Errorf("making the git cache: %w", err)
	}
	unlock, err := scratch.Lock(ctx, m.dir+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	return work()
}

// update fetches all branches and tags. A mirror that is broken, say by a full
// disk, is thrown away once: it is only a cache.
func (m *mirror) update(ctx context.Context) error {
	err := m.tryUpdate(ctx)
	if err == nil || ctx.Err() != nil || !broken(err) {
		return err
	}
	return m.recreate(ctx)
}

// renew throws the mirror away and fetches everything again.
func (m *mirror) renew(ctx context.Context) error {
	return m.locked(ctx, func() error { return m.recreate(ctx) })
}

func (m *mirror) recreate(ctx context.Context) error {
	if err := os.RemoveAll(m.dir); err != nil {
		return fmt.Errorf("removing the broken mirror of %s: %w", redact(m.url), err)
	}
	return m.tryUpdate(ctx)
}

func (m *mirror) tryUpdate(ctx context.Context) error {
	if err := m.create(ctx); err != nil {
		return err
	}
	if err := m.removeLocks(); err != nil {
		return fmt.Errorf("unlocking the mirror of %s: %w", redact(m.url), err)
	}
	_, err := remote(ctx, m.url, "--git-dir="+m.dir, "fetch", "--quiet", "--prune", "--no-tags",
		"--no-write-fetch-head", "--", m.url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
	if err != nil {
		return fmt.Errorf("fetching %s: %w", redact(m.url), err)
	}
	// Objects are never pruned, because a checkout may be reading them.
	_, err = m.run(ctx, "-c", "gc.auto=6700", "-c", "gc.autoDetach=false", "-c", "gc.pruneExpire=never", "gc", "--auto", "--quiet")
	return err
}

// create makes an empty mirror where there is none. It appears at once, so that
// a mirror is never half made.
func (m *mirror) create(ctx context.Context) error {
	if _, err := os.Stat(m.dir); err == nil {
		return nil
	}
	fresh := m.dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("making a mirror of %s: %w", redact(m.url), err)
	}
	if _, err := local(ctx, nil, "init", "--quiet", "--bare", "--template=", "--", fresh); err != nil {
		return fmt.Errorf("making a mirror of %s: %w", redact(m.url), err)
	}
	if err := os.Rename(fresh, m.dir); err != nil {
		return fmt.Errorf("making a mirror of %s: %w", redact(m.url), err)
	}
	return nil
}

// removeLocks removes the lock files of a git that was killed. No branch's name
// can end in .lock, and nobody else writes while we hold our own lock.
func (m *mirror) removeLocks() error {
	return filepath.WalkDir(m.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "objects":
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(entry.Name(), ".lock"):
			return os.Remove(path)
		}
		return nil
	})
}
