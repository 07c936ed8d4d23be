package starter

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/stack"
)

const stackFile = `stack: shop
registries:
  - push: localhost:5000/shop
services:
  cart:
    manifests: cart.yaml
environments:
  staging: {channel: rc, clusters: [a]}
`

// newRepository makes a repository with one commit and gives its directory and
// a function that runs git there.
func newRepository(t *testing.T, content string) (string, func(args ...string) string) {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		settings := []string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgSign=false"}
		out, err := exec.CommandContext(t.Context(), "git", append(settings, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet", "--initial-branch=main")
	if err := os.WriteFile(filepath.Join(dir, stack.FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	git("add", "--all")
	git("commit", "--quiet", "--message", "first")
	return dir, git
}

func TestATagOfALocalRepositoryIsPlannedFromItsCommit(t *testing.T) {
	t.Parallel()
	dir, git := newRepository(t, stackFile)
	git("tag", "v1.0.0-rc.1")
	// What is not committed plays no part.
	if err := os.WriteFile(filepath.Join(dir, stack.FileName), []byte("stack: other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := plan(t.Context(), wish{repository: dir, tag: "v1.0.0-rc.1", by: "me"})
	if err != nil {
		t.Fatal(err)
	}
	if p.input.Stack != "shop" || p.version.String() != "1.0.0-rc.1" || p.input.Tag != "v1.0.0-rc.1" || p.input.Commit != "" || !p.local {
		t.Errorf("got %+v", p)
	}
	if !strings.HasPrefix(p.input.Repository, "file:///") || !strings.HasSuffix(p.input.Repository, filepath.Base(dir)) {
		t.Errorf("workers are told %q, want a file:// URL of %s", p.input.Repository, dir)
	}
}

func TestACommitIsASnapshotOfTheNextPatch(t *testing.T) {
	t.Parallel()
	dir, git := newRepository(t, stackFile)
	git("tag", "v1.4.0")
	git("tag", "v1.5.0-rc.1")
	git("tag", "1.3.9")
	git("tag", "nightly")
	git("commit", "--quiet", "--allow-empty", "--message", "second")
	commit := git("rev-parse", "HEAD")
	p, err := plan(t.Context(), wish{repository: filepath.Join(dir, "."), commit: "HEAD"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "1.4.1-SNAPSHOT." + commit[:12]; p.version.String() != want || p.input.Commit != commit {
		t.Errorf("got %s of commit %s, want %s of %s", p.version, p.input.Commit, want, commit)
	}
}

func TestARepositoryByURLIsFetchedOnlyForWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	dir, git := newRepository(t, stackFile)
	git("tag", "v2.0.0")
	known, err := plan(t.Context(), wish{repository: "https://unreachable.invalid/shop.git", stack: "shop", tag: "v2.0.0"})
	if err != nil || known.input.Repository != "https://unreachable.invalid/shop.git" || known.local {
		t.Errorf("a tag and a stack are enough: got %+v, %v", known, err)
	}
	fetched, err := cloneRepository(t.Context(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := fetched.file(t.Context(), fetched.commit(t.Context(), "refs/tags/v2.0.0"), stack.FileName)
	if err != nil || string(data) != stackFile {
		t.Errorf("got %q, %v", data, err)
	}
	fetched.remove()
	if _, err := os.Stat(fetched.dir); !os.IsNotExist(err) {
		t.Errorf("the fetched repository was left behind: %v", err)
	}
}

func TestWhatCannotBePlannedSaysTheWayOut(t *testing.T) {
	t.Parallel()
	dir, git := newRepository(t, stackFile)
	git("tag", "v1.0.0-rc.1")
	broken, gitBroken := newRepository(t, "stack: shop\nservices: {cart: {manifests: c.yaml, neds: [store]}}\n")
	gitBroken("tag", "v1.0.0")
	empty := t.TempDir()
	for name, c := range map[string]struct {
		wish wish
		want string
	}{
		"a tag that is not there":            {wish{repository: dir, tag: "v9.0.0"}, "git tag v9.0.0"},
		"a commit that is not there":         {wish{repository: dir, commit: "0123456"}, `no commit "0123456"`},
		"a commit that looks like an option": {wish{repository: dir, commit: "--all"}, `no commit "--all"`},
		"another stack than expected":        {wish{repository: dir, tag: "v1.0.0-rc.1", stack: "mall"}, `describes the stack "shop"`},
		"a directory without a repository":   {wish{repository: empty, tag: "v1.0.0"}, "--repo"},
		"a stack file with mistakes":         {wish{repository: broken, tag: "v1.0.0"}, "slipway.yaml:2:"},
		"a tag in the wrong form":            {wish{repository: dir, tag: "v1.0.0-beta.1"}, "--tag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plan(t.Context(), c.wish)
			if err == nil || codeOf(err) != ExitBadInput || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want bad input that says %q", err, c.want)
			}
		})
	}
}

func TestPathsAndURLsAreToldApart(t *testing.T) {
	t.Parallel()
	for where, local := range map[string]bool{
		".": true, "/srv/shop": true, "../shop": true, "shop": true, "./a:b": true, "file:///srv/shop": true,
		"https://example.com/shop.git": false, "ssh://git@example.com/shop": false,
		"git@example.com:acme/shop.git": false, "file://host/shop": false,
	} {
		if _, got := localPath(where); got != local {
			t.Errorf("%s: got local %v, want %v", where, got, local)
		}
	}
}
