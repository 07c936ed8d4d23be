// Package sourcetest makes real Git repositories for tests to release from.
package sourcetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Upstream is a Git repository with a work tree, as a team would push it.
type Upstream struct {
	// Dir is its directory, which is a URL that git takes.
	Dir string

	t testing.TB
}

// New makes an empty repository that goes away with the test.
func New(t testing.TB) *Upstream {
	t.Helper()
	u := &Upstream{Dir: filepath.Join(t.TempDir(), "shop"), t: t}
	Run(t, "", "init", "--quiet", "--initial-branch=main", u.Dir)
	return u
}

// Git runs git in the repository and gives its output, trimmed.
func (u *Upstream) Git(args ...string) string {
	u.t.Helper()
	return Run(u.t, u.Dir, args...)
}

// Write writes files, given by name and content, without committing them.
func (u *Upstream) Write(files map[string]string) {
	u.t.Helper()
	for name, content := range files {
		path := filepath.Join(u.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			u.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			u.t.Fatal(err)
		}
	}
}

// Commit writes a file, commits everything and gives the commit.
func (u *Upstream) Commit(file, content string) string {
	u.t.Helper()
	u.Write(map[string]string{file: content})
	u.Git("add", "--all")
	u.Git("commit", "--quiet", "--allow-empty", "--message", "change "+file)
	return u.Git("rev-parse", "HEAD")
}

// Run runs git with nothing of the machine's configuration.
func Run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
