package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// installation is where the binaries and the state of a demo are.
type installation struct {
	bin string
	dir string
}

// platformState is the part of platform.json that is used here.
type platformState struct {
	Temporal struct {
		Address string `json:"address"`
		UI      string `json:"ui"`
	} `json:"temporal"`
	Registry   string `json:"registry"`
	Kubeconfig string `json:"kubeconfig"`
	Control    string `json:"control"`
	Clusters   []struct {
		Context string `json:"context"`
		Server  string `json:"server"`
	} `json:"clusters"`
}

// environment is what worker and starter need to find the platform.
func (p platformState) environment() []string {
	return []string{
		"TEMPORAL_ADDRESS=" + p.Temporal.Address,
		"KUBECONFIG=" + p.Kubeconfig,
		"SLIPWAY_UI=" + p.Temporal.UI,
	}
}

func (i installation) binary(name string) string { return filepath.Join(i.bin, name) }

func (i installation) log(name string) string { return filepath.Join(i.dir, "logs", name+".log") }

// up starts the platform in the background, with its progress on stdout.
func (i installation) up(ctx context.Context, arguments ...string) (platformState, error) {
	var state platformState
	arguments = append([]string{"up", "--dir", i.dir, "--bin", i.bin, "--detach"}, arguments...)
	command := exec.CommandContext(ctx, i.binary("slipway-local"), arguments...)
	command.Stdout, command.Stderr = indented{os.Stdout}, indented{os.Stderr}
	// Stopped like a Ctrl-C, it takes back what it has started.
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if err := command.Run(); err != nil {
		return state, fmt.Errorf("starting the local platform: %w; its logs are in %s", err, filepath.Join(i.dir, "logs"))
	}
	content, err := os.ReadFile(filepath.Join(i.dir, "platform.json"))
	if err != nil {
		return state, fmt.Errorf("reading where the platform is: %w", err)
	}
	if err := json.Unmarshal(content, &state); err != nil {
		return state, fmt.Errorf("reading where the platform is: %w", err)
	}
	return state, nil
}

// down stops worker and platform. Nothing running is fine.
func (i installation) down(ctx context.Context) error {
	if _, err := os.Stat(i.dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := i.stopWorker(ctx); err != nil {
		return err
	}
	output, err := exec.CommandContext(ctx, i.binary("slipway-local"), "down", "--dir", i.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("stopping the local platform: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// marker says that a directory is ours to empty.
const marker = "made-by-slipway-demo"

// clear stops what runs and empties the directory, so that a demo starts
// afresh: the registry would refuse to release the same version of other code.
func (i installation) clear(ctx context.Context) error {
	if err := i.down(ctx); err != nil {
		return err
	}
	entries, err := os.ReadDir(i.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("emptying %s: %w", i.dir, err)
	}
	if _, err := os.Stat(filepath.Join(i.dir, marker)); err != nil && len(entries) > 0 {
		return fmt.Errorf("%s holds files that no demo made; remove it, or name another directory with --dir", i.dir)
	}
	if err := os.RemoveAll(i.dir); err != nil {
		return fmt.Errorf("emptying %s: %w", i.dir, err)
	}
	return i.claim()
}

// claim makes the directory and marks it as ours.
func (i installation) claim() error {
	if err := os.MkdirAll(filepath.Join(i.dir, "logs"), 0o700); err != nil {
		return fmt.Errorf("creating %s: %w", i.dir, err)
	}
	return os.WriteFile(filepath.Join(i.dir, marker), nil, 0o600)
}
