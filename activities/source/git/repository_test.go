package git_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

func TestResolveTag(t *testing.T) {
	t.Parallel()
	ctx, repository, shop := context.Background(), open(t), sourcetest.New(t)
	first := shop.Commit("a", "1")
	shop.Git("tag", "v1.0.0")
	shop.Git("tag", "--annotate", "--message", "release", "v1.0.1")
	shop.Git("tag", "--annotate", "--message", "a tag of a tag", "v1.0.2", "v1.0.1")
	shop.Git("tag", "sub/v1.0.3")

	t.Run("lightweight and annotated tags give the commit", func(t *testing.T) {
		for _, tag := range []string{"v1.0.0", "v1.0.1", "v1.0.2"} {
			if got, err := repository.ResolveTag(ctx, shop.Dir, tag); err != nil || got != first {
				t.Errorf("%s: got %q, %v; want %q", tag, got, err, first)
			}
		}
	})
	t.Run("a tag that only ends alike is another one", func(t *testing.T) {
		if _, err := repository.ResolveTag(ctx, shop.Dir, "v1.0.3"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("got %v, want NotFound", err)
		}
	})
	t.Run("a missing tag is named with its repository and how to push it", func(t *testing.T) {
		_, err := repository.ResolveTag(ctx, shop.Dir, "v9.9.9")
		want := `tag "v9.9.9" does not exist in ` + shop.Dir + `; push it with: git push origin v9.9.9`
		if fault.CodeOf(err) != fault.NotFound || err.Error() != want {
			t.Errorf("got %s %q\nwant NotFound %q", fault.CodeOf(err), err, want)
		}
	})
	t.Run("a missing repository is not found", func(t *testing.T) {
		if _, err := repository.ResolveTag(ctx, shop.Dir+"-gone", "v1.0.0"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("got %v, want NotFound", err)
		}
	})
	t.Run("a moved tag is seen although the mirror knows the old one", func(t *testing.T) {
		if _, err := repository.TagsBefore(ctx, shop.Dir, first); err != nil {
			t.Fatal(err)
		}
		second := shop.Commit("a", "2")
		shop.Git("tag", "--force", "v1.0.0")
		if got, err := repository.ResolveTag(ctx, shop.Dir, "v1.0.0"); err != nil || got != second {
			t.Errorf("got %q, %v; want %q", got, err, second)
		}
		if got, err := repository.TagsBefore(ctx, shop.Dir, first); err != nil || slices.Contains(got, "v1.0.0") {
			t.Errorf("tags before %s: %q, %v; want them without v1.0.0", first, got, err)
		}
	})
	t.Run("what git would take for an option or a pattern is refused", func(t *testing.T) {
		for _, tag := range []string{"--upload-pack=x", "v*", "", "v1 v2", "v1^{}"} {
			if _, err := repository.ResolveTag(ctx, shop.Dir, tag); fault.CodeOf(err) != fault.InvalidInput {
				t.Errorf("%q: got %v, want InvalidInput", tag, err)
			}
		}
	})
}

func TestResolveCommit(t *testing.T) {
	t.Parallel()
	ctx, repository, shop := context.Background(), open(t), sourcetest.New(t)
	first := shop.Commit("a", "1")
	tree := shop.Git("rev-parse", "HEAD^{tree}")
	shop.Git("checkout", "--quiet", "--detach")
	shop.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	fork := shop.Commit("a", "from a fork")
	shop.Git("update-ref", "refs/pull/1/head", fork)
	shop.Git("checkout", "--quiet", "main")

	tests := []struct {
		name, commit string
		want         string
		code         fault.Code
		text         string
	}{
		{name: "a full commit is itself", commit: first, want: first},
		{name: "an abbreviated commit is completed", commit: first[:8], want: first},
		{name: "capital digits are taken", commit: strings.ToUpper(first), want: first},
		{name: "an unknown commit is not found", commit: strings.Repeat("1", 40), code: fault.NotFound, text: "push it first"},
		{name: "a commit that only a pull request holds is not found", commit: fork, code: fault.NotFound, text: "on no branch"},
		{name: "a tree is no commit", commit: tree, code: fault.InvalidInput, text: "is not a commit"},
		{name: "a branch is no commit", commit: "main", code: fault.InvalidInput, text: "branches and tags are not commits"},
		{name: "an option is no commit", commit: "--all", code: fault.InvalidInput, text: "hexadecimal"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := repository.ResolveCommit(ctx, shop.Dir, test.commit)
			if test.code == "" {
				if err != nil || got != test.want {
					t.Fatalf("got %q, %v; want %q", got, err, test.want)
				}
				return
			}
			if fault.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("got %s %v; want %s with %q", fault.CodeOf(err), err, test.code, test.text)
			}
		})
	}
}

func TestTagsBefore(t *testing.T) {
	t.Parallel()
	ctx, repository, shop := context.Background(), open(t), sourcetest.New(t)
	shop.Commit("a", "1")
	shop.Git("tag", "--annotate", "--message", "release", "v1.0.0")
	second := shop.Commit("a", "2")
	shop.Git("tag", "v1.1.0")
	shop.Commit("a", "3")
	shop.Git("tag", "v1.2.0")

	got, err := repository.TagsBefore(ctx, shop.Dir, second)
	if want := []string{"v1.0.0", "v1.1.0"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	ctx, repository, shop := context.Background(), open(t), sourcetest.New(t)
	if err := os.Symlink("b/file", filepath.Join(shop.Dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shop.Dir, "run"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit := shop.Commit("b/file", "text\n")
	shop.Commit("b/file", "newer\n")

	dir, remove, err := repository.Checkout(ctx, shop.Dir, commit)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir, "b", "file"); got != "text\n" {
		t.Errorf("b/file holds %q", got)
	}
	if target, err := os.Readlink(filepath.Join(dir, "link")); err != nil || target != "b/file" {
		t.Errorf("link leads to %q, %v", target, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "run")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("run is not executable: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".git")); !os.IsNotExist(err) {
		t.Errorf(".git is there: %v", err)
	}
	remove()
	remove()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory outlives its removal: %v", err)
	}

	t.Run("what the mirror holds needs no remote", func(t *testing.T) {
		if err := os.Rename(shop.Dir, shop.Dir+"-away"); err != nil {
			t.Fatal(err)
		}
		dir, remove, err := repository.Checkout(ctx, shop.Dir, commit)
		if err != nil {
			t.Fatal(err)
		}
		defer remove()
		if got := read(t, dir, "b", "file"); got != "text\n" {
			t.Errorf("b/file holds %q", got)
		}
	})
}
