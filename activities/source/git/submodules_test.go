package git_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
)

// submodule adds a repository as a submodule under the given URL.
func (u *upstream) submodule(url, path, commit string) {
	u.t.Helper()
	u.git("config", "--file", ".gitmodules", "submodule."+path+".path", path)
	u.git("config", "--file", ".gitmodules", "submodule."+path+".url", url)
	u.git("update-index", "--add", "--cacheinfo", "160000,"+commit+","+path)
	u.git("add", ".gitmodules")
	u.git("commit", "--quiet", "--message", "add "+path)
}

func TestSubmodules(t *testing.T) {
	t.Parallel()
	ctx, repository := context.Background(), open(t)
	inner, middle, shop := newUpstream(t), newUpstream(t), newUpstream(t)
	innerCommit := inner.commit("deep", "inner\n")
	middle.commit("file", "middle\n")
	middle.submodule("../../../"+relativeTo(t, inner.dir), "vendored/inner", innerCommit)
	middleCommit := middle.git("rev-parse", "HEAD")
	// No branch of the submodule leads to what is pinned any more.
	middle.git("config", "uploadpack.allowAnySHA1InWant", "true")
	middle.git("reset", "--quiet", "--hard", "HEAD^")
	shop.commit("a", "1\n")
	shop.submodule("file://"+middle.dir, "lib/with space", middleCommit)

	dir, remove, err := repository.Checkout(ctx, shop.dir, shop.git("rev-parse", "HEAD"))
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
			repository, shop := open(t), newUpstream(t)
			shop.commit("a", "1")
			shop.submodule(test.url, "lib", commit)
			_, _, err := repository.Checkout(context.Background(), shop.dir, shop.git("rev-parse", "HEAD"))
			if fault.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %s %v; want %s with %q", fault.CodeOf(err), err, test.code, test.text)
			}
		})
	}
	t.Run("an entry without an URL", func(t *testing.T) {
		t.Parallel()
		repository, shop := open(t), newUpstream(t)
		shop.git("update-index", "--add", "--cacheinfo", "160000,"+commit+",lib")
		shop.git("commit", "--quiet", "--message", "add lib")
		_, _, err := repository.Checkout(context.Background(), shop.dir, shop.git("rev-parse", "HEAD"))
		if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), `.gitmodules: submodule "lib" has no url`) {
			t.Errorf("got %s %v", fault.CodeOf(err), err)
		}
	})
	t.Run("a repository within itself", func(t *testing.T) {
		t.Parallel()
		repository, shop := open(t), newUpstream(t)
		first := shop.commit("a", "1")
		for range 10 {
			shop.submodule(shop.dir, "self", first)
			first = shop.git("rev-parse", "HEAD")
		}
		_, _, err := repository.Checkout(context.Background(), shop.dir, first)
		if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), "nested more than 8 deep") {
			t.Errorf("got %s %v", fault.CodeOf(err), err)
		}
	})
}
