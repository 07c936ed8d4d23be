package golang_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/process/processtest"
)

// None of these tests is parallel: they change the environment that the go
// command gets.

func TestEnvironmentDoesNotCount(t *testing.T) {
	source := shop(t, map[string]string{"catalog/tagged.go": "//go:build x\n\npackage main\n\nfunc init() { print(1) }\n"})
	before := key(t, source)
	digest, err := build(t, source).Digest()
	if err != nil {
		t.Fatal(err)
	}
	configuration := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(configuration, []byte("GOFLAGS=-tags=x\nGOOS=windows\nGOWORK=off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"GOENV": configuration, "GOFLAGS": "-race -tags=x -mod=mod", "GOOS": "windows", "GOARCH": "arm64", "CGO_ENABLED": "1", "GOAMD64": "v3",
		"GOWORK": "/elsewhere/go.work", "GODEBUG": "panicnil=1", "GO111MODULE": "off",
	} {
		t.Setenv(name, value)
	}
	if key(t, source) != before {
		t.Error("the key is another one")
	}
	if again, err := build(t, source).Digest(); err != nil || again != digest {
		t.Errorf("the image is another one: %v, %v; want %v", again, err, digest)
	}
}

func TestModuleProxyDown(t *testing.T) {
	t.Setenv("GOPROXY", "https://ann:hunter2@127.0.0.1:1")
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GONOSUMDB", "*")
	files := map[string]string{
		"go.mod":          "module example.com/shop\n\ngo 1.26\n\nrequire example.com/other v1.0.0\n",
		"go.sum":          "example.com/other v1.0.0 h1:6Zo3WTb22+mbDMxQpGZT1Ec9o8VdrR3zV+wuZ8hvJHQ=\nexample.com/other v1.0.0/go.mod h1:6Zo3WTb22+mbDMxQpGZT1Ec9o8VdrR3zV+wuZ8hvJHQ=\n",
		"catalog/main.go": "package main\n\nimport _ \"example.com/other\"\n\nfunc main() {}\n",
	}
	err := keyAndBuild(t, shop(t, files))
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "downloading the modules of catalog: ") {
		t.Errorf("got %s %v, want Unavailable", fault.CodeOf(err), err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error tells the secret: %v", err)
	}
}

func TestNewerGo(t *testing.T) {
	t.Setenv("GOTOOLCHAIN", "local")
	err := keyAndBuild(t, shop(t, map[string]string{"go.mod": "module example.com/shop\n\ngo 1.999\n"}))
	if fault.CodeOf(err) != fault.InvalidInput || !strings.Contains(err.Error(), "go.mod requires go >= 1.999") {
		t.Errorf("got %s %v, want InvalidInput", fault.CodeOf(err), err)
	}
}

func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := keyAndBuild(t, shop(t, nil))
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the worker has no go command") {
		t.Errorf("got %s %v, want Unavailable", fault.CodeOf(err), err)
	}
}

func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "pid")
	script := "#!/bin/sh\ntouch \"$GOTMPDIR/half\"\n(while :; do sleep 1; done) &\n" +
		"echo $! > " + started + ".new && mv " + started + ".new " + started + "\nwait\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	source, b := shop(t, nil), builder(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, _, err := b.Build(ctx, source)
		ended <- err
	}()
	pid := processtest.AwaitPID(t, started)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancellation", err)
	}
	if processtest.Alive(pid) {
		t.Errorf("process %d of the build is alive", pid)
	}
}
