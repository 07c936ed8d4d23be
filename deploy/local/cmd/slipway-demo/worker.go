package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/process"
)

const (
	// workerReady is ample: a worker is up in a second on two busy cores.
	workerReady = 30 * time.Second
	// workerGrace is longer than a worker lets its activities finish.
	workerGrace = 60 * time.Second
	// pause between two looks at something that gives no event: a process that
	// is not our child, a port that nobody listens on yet.
	pause = 50 * time.Millisecond
)

// startWorker starts a worker that outlives this process, records it, and
// returns when it is connected.
func (i installation) startWorker(ctx context.Context, state platformState, name string) (process.Identity, error) {
	var none process.Identity
	health, err := freeAddress(ctx)
	if err != nil {
		return none, err
	}
	log, err := os.OpenFile(i.log(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return none, fmt.Errorf("opening the log of the worker: %w", err)
	}
	defer func() { _ = log.Close() }()
	command := exec.Command(i.binary("worker"), "--health-address", health, "--cache", filepath.Join(i.dir, "cache"))
	command.Env = append(os.Environ(), state.environment()...)
	command.Stdout, command.Stderr = log, log
	// A session of its own: a Ctrl-C here is not for the worker.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return none, fmt.Errorf("starting a worker: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	if err := awaitReady(ctx, "http://"+health+"/readyz", ended); err != nil {
		// Nobody will need a worker that is not ready, and nothing records it.
		_ = command.Process.Kill()
		return none, fmt.Errorf("starting a worker: %w; its log is %s", err, i.log(name))
	}
	// Only now: just after its start a process has no command line yet.
	identity, err := process.Identify(command.Process.Pid)
	if err != nil {
		return none, fmt.Errorf("starting a worker: %w; its log is %s", err, i.log(name))
	}
	return identity, i.recordWorker(identity)
}

func awaitReady(ctx context.Context, url string, ended <-chan error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, workerReady, fmt.Errorf("not ready within %s", workerReady))
	defer cancel()
	return poll(ctx, ended, func() bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// poll looks until it is so, the process has ended, or the context has.
func poll(ctx context.Context, ended <-chan error, so func() bool) error {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for !so() {
		select {
		case err := <-ended:
			return fmt.Errorf("it ended: %w", errors.Join(err, errors.New("see its log")))
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

// killWorker kills with SIGKILL, which gives the worker no chance to tidy up,
// and returns when it is gone.
func killWorker(ctx context.Context, worker process.Identity) error {
	if err := worker.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing the worker: %w", err)
	}
	return poll(ctx, nil, func() bool { return !worker.Running() })
}

// stopWorker stops the recorded worker in grace, if it still is that process.
func (i installation) stopWorker(ctx context.Context) error {
	content, err := os.ReadFile(i.workerRecord())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading which worker runs: %w", err)
	}
	var worker process.Identity
	if err := json.Unmarshal(content, &worker); err != nil {
		return fmt.Errorf("reading which worker runs: %w", err)
	}
	if err := worker.Signal(syscall.SIGTERM); err == nil {
		limit, cancel := context.WithTimeout(ctx, workerGrace)
		defer cancel()
		if poll(limit, nil, func() bool { return !worker.Running() }) != nil {
			if err := killWorker(context.WithoutCancel(ctx), worker); err != nil && !errors.Is(err, process.ErrGone) {
				return err
			}
		}
	} else if !errors.Is(err, process.ErrGone) {
		return fmt.Errorf("stopping the worker: %w", err)
	}
	return os.Remove(i.workerRecord())
}

func (i installation) workerRecord() string { return filepath.Join(i.dir, "worker.json") }

func (i installation) recordWorker(worker process.Identity) error {
	content, err := json.Marshal(worker)
	if err != nil {
		return fmt.Errorf("recording the worker: %w", err)
	}
	if err := os.WriteFile(i.workerRecord(), content, 0o600); err != nil {
		return fmt.Errorf("recording the worker: %w", err)
	}
	return nil
}

// freeAddress gives an address on which nobody listens. Somebody else could
// take it before the worker does; then the start fails and says so.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}
