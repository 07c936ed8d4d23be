package git_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

func TestRemoteErrors(t *testing.T) {
	t.Parallel()
	answer := func(code int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		t.Cleanup(server.Close)
		return server.URL + "/shop.git"
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	plain := sourcetest.New(t)

	tests := []struct {
		name, url string
		want      fault.Code
	}{
		{"401 asks for credentials that nobody gives", answer(http.StatusUnauthorized), fault.Unauthorized},
		{"403 is a refusal", answer(http.StatusForbidden), fault.Unauthorized},
		{"404 is a wrong URL", answer(http.StatusNotFound), fault.NotFound},
		{"500 passes", answer(http.StatusInternalServerError), fault.Unavailable},
		{"503 passes", answer(http.StatusServiceUnavailable), fault.Unavailable},
		{"a closed port passes", "http://" + closed.Addr().String() + "/shop.git", fault.Unavailable},
		{"a name that does not resolve passes", "https://git.invalid/shop.git", fault.Unavailable},
		{"a directory that is no repository is a wrong URL", filepath.Dir(plain.Dir), fault.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			repository := open(t)
			for step, err := range map[string]error{
				"ResolveTag":    second(repository.ResolveTag(context.Background(), test.url, "v1.0.0")),
				"ResolveCommit": second(repository.ResolveCommit(context.Background(), test.url, strings.Repeat("1", 40))),
			} {
				if fault.CodeOf(err) != test.want {
					t.Errorf("%s: got %s %v; want %s", step, fault.CodeOf(err), err, test.want)
				}
			}
		})
	}
}

func second(_ string, err error) error { return err }

// TestCancelled is not parallel: it gives git a transport by the environment.
func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "pid")
	hang := filepath.Join(dir, "ssh")
	script := "#!/bin/sh\necho $$ > " + started + ".new && mv " + started + ".new " + started + "\nsleep 600\n"
	if err := os.WriteFile(hang, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_SSH_COMMAND", hang)
	repository := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- second(repository.ResolveTag(ctx, "ssh://git@git.example.com/shop", "v1.0.0")) }()

	pid := waitForPID(t, started)
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a cancellation", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the cancelled git did not end")
	}
	if err := syscall.Kill(pid, 0); err == nil && !zombie(pid) {
		t.Errorf("process %d that git started is alive", pid)
	}
}

func waitForPID(t *testing.T, file string) int {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); ; {
		select {
		case <-deadline:
			t.Fatal("git did not start its transport")
		case <-tick.C:
		}
		if text, err := os.ReadFile(file); err == nil {
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
}

// zombie tells whether a process has ended and nobody has asked how.
func zombie(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// TestConfiguration is not parallel: it gives git a configuration by the environment.
func TestConfiguration(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	hook := "#!/bin/sh\ntouch " + ran + "\n"
	for _, name := range []string{"post-checkout", "reference-transaction", "post-index-change"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(hook), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	shop := sourcetest.New(t)
	commit := shop.Commit("a", "one\ntwo\n")
	global := filepath.Join(dir, "gitconfig")
	text := "[core]\n\thooksPath = " + dir + "\n\tautocrlf = true\n\tfsmonitor = " + filepath.Join(dir, "post-checkout") +
		"\n[init]\n\ttemplateDir = " + dir + "\n[url \"" + shop.Dir + "\"]\n\tinsteadOf = https://git.example.com/shop\n"
	if err := os.WriteFile(global, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", global)
	t.Setenv("GIT_DIR", "/elsewhere")

	tree, remove, err := open(t).Checkout(context.Background(), "https://git.example.com/shop", commit)
	if err != nil {
		t.Fatalf("the worker's own URL rewriting does not count: %v", err)
	}
	defer remove()
	if got := read(t, tree, "a"); got != "one\ntwo\n" {
		t.Errorf("the worker's configuration changed the file to %q", got)
	}
	if _, err := os.Stat(ran); !os.IsNotExist(err) {
		t.Errorf("a hook of the worker's configuration ran: %v", err)
	}
}
