package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// The starter's exit codes that the story is about.
const (
	exitReleased   = 0
	exitRolledBack = 3
)

// patience is how long one release may take: a minute is usual, and the first
// one compiles the standard library on a machine that has never built Go.
const patience = "10m"

// starterRun is what a command of the starter left behind.
type starterRun struct {
	command string
	exit    int
	stdout  []byte
	report  report
}

// report is the part of the starter's JSON that is checked here.
type report struct {
	Outcome      string `json:"outcome"`
	Error        string `json:"error"`
	Environments []struct {
		Environment string `json:"environment"`
		Result      struct {
			Message  string `json:"message"`
			Services []struct {
				Service string `json:"service"`
				Failure *struct {
					Reason string `json:"reason"`
				} `json:"failure"`
			} `json:"services"`
		} `json:"result"`
	} `json:"environments"`
}

// release runs starter release and shows its progress. Meanwhile, if given,
// gets the lines of progress and must read them or return.
func (d *demo) release(ctx context.Context, tag string, meanwhile func(context.Context, <-chan string) error) (*starterRun, error) {
	d.say("$ starter release --repo %s --tag %s", d.shop.dir, tag)
	began := time.Now()
	run, err := d.starter(ctx, meanwhile, "release", "--repo", d.shop.dir, "--tag", tag, "--timeout", patience, "--output", "json", "--by", "the demo")
	if err != nil {
		return nil, err
	}
	d.say("exit code %d (%s) after %.1f s", run.exit, run.report.Outcome, time.Since(began).Seconds())
	return run, nil
}

func (d *demo) starter(ctx context.Context, meanwhile func(context.Context, <-chan string) error, args ...string) (*starterRun, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	command := exec.CommandContext(ctx, d.binary("starter"), args...)
	command.Env = append(os.Environ(), d.state.environment()...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	var stdout bytes.Buffer
	command.Stdout = &stdout
	progress, err := command.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("starting starter: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting starter: %w", err)
	}
	lines, done := make(chan string), make(chan error, 1)
	go func() {
		err := error(nil)
		if meanwhile != nil {
			err = meanwhile(ctx, lines)
		}
		if err != nil {
			stop(err) // which ends the starter
		}
		done <- err
		for range lines {
			// What is left over must not block the reading.
		}
	}()
	d.copyLines(progress, lines)
	waitErr := command.Wait()
	if err := <-done; err != nil {
		return nil, err
	}
	var exited *exec.ExitError
	if waitErr != nil && !errors.As(waitErr, &exited) {
		return nil, fmt.Errorf("running starter: %w", waitErr)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	run := &starterRun{command: "starter " + args[0], exit: command.ProcessState.ExitCode(), stdout: stdout.Bytes()}
	if err := json.Unmarshal(run.stdout, &run.report); err != nil && args[0] == "release" {
		return nil, fmt.Errorf("%s: exit code %d, and no JSON on stdout: %w", run.command, run.exit, err)
	}
	return run, nil
}

func (d *demo) copyLines(from io.Reader, lines chan<- string) {
	defer close(lines)
	scanner := bufio.NewScanner(from)
	for scanner.Scan() {
		d.say("%s", scanner.Text())
		lines <- scanner.Text()
	}
}

// expect checks how the command ended.
func (r *starterRun) expect(exit int, outcome string) error {
	if r.exit == exit && r.report.Outcome == outcome {
		return nil
	}
	return fmt.Errorf("%s ended with exit code %d (%s), want %d (%s): %s", r.command, r.exit, r.report.Outcome, exit, outcome, r.report.Error)
}

// expectFailure checks that a service is named with the reason of its failure.
func (r *starterRun) expectFailure(service, reason string) error {
	for _, environment := range r.report.Environments {
		for _, s := range environment.Result.Services {
			if s.Service == service && s.Failure != nil && s.Failure.Reason == reason {
				return nil
			}
		}
	}
	return fmt.Errorf("%s does not name %s with %s: %s", r.command, service, reason, r.stdout)
}

// expectCurrent checks which version staging runs according to its environment.
func (d *demo) expectCurrent(ctx context.Context, version string) error {
	run, err := d.starter(ctx, nil, "status", "--stack", "shop", "--env", "staging", "--output", "json")
	if err != nil {
		return err
	}
	var statuses []struct {
		Current struct {
			Version string `json:"version"`
		} `json:"current"`
	}
	if err := json.Unmarshal(run.stdout, &statuses); err != nil {
		return fmt.Errorf("reading the status of staging: %w", err)
	}
	if len(statuses) != 1 || statuses[0].Current.Version != version {
		return fmt.Errorf("staging does not run %s: %s", version, run.stdout)
	}
	return nil
}

// awaitWatching reads progress until, after the line of a wave, one of its
// services is shown with pods that are not all ready.
func awaitWatching(ctx context.Context, lines <-chan string, wave string, services []string) error {
	watched := regexp.MustCompile(`^\s*\S+\s+(` + strings.Join(services, "|") + `)\s+\d+/\d+ ready(:|$)`)
	inWave := false
	for {
		select {
		case line, more := <-lines:
			if !more {
				return errors.New("the release ended before its second wave was being watched")
			}
			inWave = inWave || strings.Contains(line, wave)
			if inWave && watched.MatchString(line) {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
