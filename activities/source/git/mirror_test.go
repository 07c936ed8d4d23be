package git_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source/git"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

// The variables by which a test starts itself as another process.
const (
	childDir    = "GIT_TEST_CHILD_DIR"
	childURL    = "GIT_TEST_CHILD_URL"
	childCommit = "GIT_TEST_CHILD_COMMIT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := checkoutOnce(dir, os.Getenv(childURL), os.Getenv(childCommit)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func checkoutOnce(dir, url, commit string) error {
	space, err := scratch.Open(filepath.Join(dir, "scratch"))
	if err != nil {
		return err
	}
	defer space.Close()
	repository, err := git.New(filepath.Join(dir, "mirrors"), space)
	if err != nil {
		return err
	}
	tree, remove, err := repository.Checkout(context.Background(), url, commit)
	if err != nil {
		return err
	}
	defer remove()
	_, err = os.Stat(filepath.Join(tree, "a"))
	return err
}

func TestConcurrentCheckouts(t *testing.T) {
	t.Parallel()
	shop, dir := sourcetest.New(t), t.TempDir()
	for i := range 20 {
		shop.Commit("a", fmt.Sprint(i))
	}
	commit := shop.Git("rev-parse", "HEAD")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			child := exec.Command(self)
			child.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+shop.Dir, childCommit+"="+commit)
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("another process: %v\n%s", err, out)
			}
		})
	}
	for range 6 {
		all.Go(func() {
			if err := checkoutOnce(dir, shop.Dir, commit); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "scratch", "process-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestDamagedMirror(t *testing.T) {
	t.Parallel()
	mirrorOf := func(t *testing.T, dir string) string {
		t.Helper()
		mirrors, err := filepath.Glob(filepath.Join(dir, "mirrors", "*.git"))
		if err != nil || len(mirrors) != 1 {
			t.Fatalf("mirrors: %q, %v; want one", mirrors, err)
		}
		return mirrors[0]
	}
	tests := []struct {
		name   string
		damage func(t *testing.T, mirror string) error
	}{
		{"lock files of a git that was killed", func(_ *testing.T, mirror string) error {
			for _, name := range []string{"packed-refs.lock", "refs/heads/main.lock", "config.lock", "HEAD.lock"} {
				if err := os.WriteFile(filepath.Join(mirror, name), nil, 0o600); err != nil {
					return err
				}
			}
			return nil
		}},
		{"a HEAD that a full disk left empty", func(_ *testing.T, mirror string) error {
			return os.Truncate(filepath.Join(mirror, "HEAD"), 0)
		}},
		{"objects that are gone", func(_ *testing.T, mirror string) error {
			return os.RemoveAll(filepath.Join(mirror, "objects"))
		}},
		{"objects that are truncated", func(_ *testing.T, mirror string) error {
			return filepath.WalkDir(filepath.Join(mirror, "objects"), func(path string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				if err := os.Chmod(path, 0o600); err != nil {
					return err
				}
				return os.Truncate(path, 1)
			})
		}},
		{"files of a commit that are gone", func(t *testing.T, mirror string) error {
			packs, err := filepath.Glob(filepath.Join(mirror, "objects", "pack", "*"))
			if err != nil {
				return err
			}
			blob, away := sourcetest.Run(t, mirror, "rev-parse", "main:a"), t.TempDir()
			for _, pack := range packs {
				if err := os.Rename(pack, filepath.Join(away, filepath.Base(pack))); err != nil {
					return err
				}
			}
			shell := exec.Command("sh", "-c", "cat "+away+"/*.pack | git --git-dir="+mirror+" unpack-objects -q")
			if out, err := shell.CombinedOutput(); err != nil {
				return fmt.Errorf("unpacking: %w: %s", err, out)
			}
			return os.Remove(filepath.Join(mirror, "objects", blob[:2], blob[2:]))
		}},
		{"a cache that was deleted", func(_ *testing.T, mirror string) error { return os.RemoveAll(filepath.Dir(mirror)) }},
		{"a mirror half made", func(_ *testing.T, mirror string) error { return os.Rename(mirror, mirror+".new") }},
	}
	for _, test := range tests {
		t.Run(test.name+" do no lasting harm", func(t *testing.T) {
			t.Parallel()
			ctx, shop, dir := context.Background(), sourcetest.New(t), t.TempDir()
			repository := openIn(t, dir)
			first := shop.Commit("a", "1")
			if _, err := repository.ResolveCommit(ctx, shop.Dir, first); err != nil {
				t.Fatal(err)
			}
			if err := test.damage(t, mirrorOf(t, dir)); err != nil {
				t.Fatal(err)
			}
			second := shop.Commit("a", "2")
			for _, commit := range []string{first, second} {
				tree, remove, err := repository.Checkout(ctx, shop.Dir, commit)
				if err != nil {
					t.Fatal(err)
				}
				read(t, tree, "a")
				remove()
			}
		})
	}
}
