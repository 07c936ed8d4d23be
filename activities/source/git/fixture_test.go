package git_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source/git"
)

// open gives a repository with a cache and scratch space of its own.
func open(t *testing.T) *git.Repository {
	t.Helper()
	return openIn(t, t.TempDir())
}

func openIn(t *testing.T, dir string) *git.Repository {
	t.Helper()
	space, err := scratch.Open(filepath.Join(dir, "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := space.Close(); err != nil {
			t.Error(err)
		}
	})
	repository, err := git.New(filepath.Join(dir, "mirrors"), space)
	if err != nil {
		t.Fatal(err)
	}
	return repository
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
