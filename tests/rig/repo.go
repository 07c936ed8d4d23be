package rig

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Repo is a Git repository of a test.
type Repo struct {
	t   testing.TB
	Dir string
}

// NewRepo makes an empty repository.
func NewRepo(t testing.TB) *Repo {
	t.Helper()
	r := &Repo{t: t, Dir: t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	r.git("config", "user.name", "Ann")
	r.git("config", "user.email", "ann@example.com")
	return r
}

// URL is what a worker on this machine clones.
func (r *Repo) URL() string { return "file://" + r.Dir }

// Write writes files, given by their path; empty content removes one.
func (r *Repo) Write(files map[string]string) {
	r.t.Helper()
	for name, content := range files {
		path := filepath.Join(r.Dir, name)
		if content == "" {
			if err := os.Remove(path); err != nil {
				r.t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}

// Replace replaces text that must be there in one file.
func (r *Repo) Replace(name, from, to string) {
	r.t.Helper()
	path := filepath.Join(r.Dir, name)
	content, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if !strings.Contains(string(content), from) {
		r.t.Fatalf("%s does not contain %q", name, from)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(content), from, to)), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// Commit commits everything and gives the commit.
func (r *Repo) Commit(message string) string {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", message)
	return r.git("rev-parse", "HEAD")
}

// Tag commits everything, if there is anything, and tags it, moving the tag if need be.
func (r *Repo) Tag(tag string) string {
	r.t.Helper()
	r.git("add", "--all")
	if r.git("status", "--porcelain") != "" {
		r.git("commit", "--quiet", "--message", tag)
	}
	r.git("tag", "--force", tag)
	return r.git("rev-parse", "HEAD")
}

func (r *Repo) git(arguments ...string) string {
	r.t.Helper()
	command := exec.CommandContext(r.t.Context(), "git", arguments...)
	command.Dir = r.Dir
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	output, err := command.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}
