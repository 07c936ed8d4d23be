package git_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

// submodule adds a repository as a submodule under the given URL.
func submodule(t *testing.T, u *sourcetest.Upstream, url, path, commit string) {
	t.Helper()
	u.Git("config", "--file", ".gitmodules", "submodule."+path+".path", path)
	u.Git("config", "--file", ".gitmodules", "submodule."+path+".url", url)
	u.Git("update-index", "--add", "--cacheinfo", "160000,"+commit+","+path)
	u.Git("add", ".gitmodules")
	u.Git("commit", "--quiet", "--message", "add "+path)
}

func TestSubmodules(t *testing.T) {
	t.Parallel()
	ctx, repository := context.Background(), open(t)
	inner, middle, shop := sourcetest.New(t), sourcetest.New(t), sourcetest.New(t)
	innerCommit := inner.Commit("deep", "inner\n")
	middle.Commit("file", "middle\n")
	submodule(t, middle, "../../../"+relativeTo(t, inner.Dir), "vendored/inner", innerCommit)
	middleCommit := middle.Git("rev-parse", "HEAD")
	// No branch of the submodule leads to what is pinned any more.
	middle.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	middle.Git("reset", "--quiet", "--hard", "HEAD^")
	shop.Commit("a", "1\n")
	submodule(t, shop, "file://"+middle.Dir, "lib/with space", middleCommit)

	dir, remove, err := repository.Checkout(ctx, shop.Dir, shop.Git("rev-parse", "HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if got := read(t, dir, "lib", "with space", "file"); got != "middle\n" {
		t.Errorf("the submodule holds %q", got)
	}
	if got := read(t, dir, "lib", "with space", "vendored", "inner", "deep"); got != "inner\n" {
		t.Errorf("the submodule's submodule holds %q", got)
	}
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Name() == ".git" {
			t.Errorf("%s is there", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// relativeTo gives the path of a test's directory below that of all tests.
func relativeTo(t *testing.T, dir string) string {
	t.Helper()
	path, err := filepath.Rel(filepath.Dir(filepath.Dir(filepath.Dir(dir))), dir)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSubmodulesThatAreRefused(t *testing.T) {
	t.Parallel()
	commit := strings.Repeat("1", 40)
	tests := []struct {
		name, url string
		code      fault.Code
		text      string
	}{
		{"a program for an URL", "ext::id", fault.InvalidInput, "transport program"},
		{"an option for an URL", "--upload-pack=id", fault.InvalidInput, "dash"},
		{"credentials in an URL", "https://ann:hunter2@git.example.com/x", fault.InvalidInput, "https://***@git.example.com/x"},
		{"a repository that is not there", "/no/such/repository", fault.NotFound, `submodule "lib"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			repository, shop := open(t), sourcetest.New(t)
			shop.Commit("a", "1")
			submodule(t, shop, test.url, "lib", commit)
			_, _, err := repository.Checkout(context.Background(), shop.Dir, shop.Git("rev-parse", "HEAD"))
			if fault.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %s %v; want %s with %q", fault.CodeOf(err), err, test.code, test.text)
			}
		})
	}
	t.Run("an entry without an URL", func(t *testing.T) {
		t.Parallel()
		repository, shop := open(t), sourcetest.New(t)
		shop.Git("update-index", "--add", "--cacheinfo", "160000,"+commit+",lib")
		shop.Git("commit", "--quiet", "--message", "add lib")
		_, _, err := repository.Checkout(context.Background(), shop.Dir, shop.Git("rev-parse", "HEAD"))
		if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), `.gitmodules: submodule "lib" has no url`) {
			t.Errorf("got %s %v", fault.CodeOf(err), err)
		}
	})
	t.Run("a repository within itself", func(t *testing.T) {
		t.Parallel()
		repository, shop := open(t), sourcetest.New(t)
		first := shop.Commit("a", "1")
		for range 10 {
			submodule(t, shop, shop.Dir, "self", first)
			first = shop.Git("rev-parse", "HEAD")
		}
		_, _, err := repository.Checkout(context.Background(), shop.Dir, first)
		if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), "nested more than 8 deep") {
			t.Errorf("got %s %v", fault.CodeOf(err), err)
		}
	})
}
