// Package rig sets up what an end-to-end test needs: a Temporal namespace of
// its own, workers as processes that can be killed, a Git repository, and the
// starter.
package rig

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/tests/platformtest"
)

// patience bounds every wait of a test; it is long because machines are slow,
// and nothing passes by waiting longer.
const patience = 3 * time.Minute

// Rig is the set-up of one test.
type Rig struct {
	*platformtest.Platform
	Client    client.Client
	Namespace string
	// Env is added to the environment of workers and starters that start from now on.
	Env   []string
	t     testing.TB
	bin   string
	cache string
	// alive ends with the test, or when a worker ends that must not.
	alive context.Context
	die   context.CancelCauseFunc
}

// New makes a rig on a platform.
func New(t testing.TB, platform *platformtest.Platform) *Rig {
	t.Helper()
	// Caches of a test's workers are its own: what one leaves must not help another.
	r := &Rig{Platform: platform, t: t, bin: platformtest.Bin(t), cache: t.TempDir()}
	r.alive, r.die = context.WithCancelCause(t.Context())
	r.Namespace = "test-" + strings.ReplaceAll(strings.ToLower(t.Name()), "/", "-") + "-" + time.Now().Format("150405.000")
	r.register()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: platform.Temporal.Address, Namespace: r.Namespace, Logger: silent{}})
	if err != nil {
		t.Fatalf("connecting to Temporal: %v", err)
	}
	t.Cleanup(c.Close)
	r.Client = c
	return r
}

func (r *Rig) env() []string {
	own := []string{"TEMPORAL_ADDRESS=" + r.Temporal.Address, "TEMPORAL_NAMESPACE=" + r.Namespace, "KUBECONFIG=" + r.Kubeconfig}
	return slices.Concat(os.Environ(), own, r.Env)
}

// T gives the test, for helpers of other packages.
func (r *Rig) T() testing.TB { return r.t }

// Worker starts a worker process that serves everything. The test fails when it
// ends unasked.
func (r *Rig) Worker(flags ...string) *Process {
	r.t.Helper()
	return r.start(r.mourn, filepath.Join(r.bin, "worker"), append([]string{"--cache", r.cache}, flags...)...)
}

// Starter runs the starter to its end.
func (r *Rig) Starter(arguments ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.alive, patience)
	defer cancel()
	return Run(ctx, r.t, r.env(), filepath.Join(r.bin, "starter"), arguments...)
}

// Background runs the starter beside the test.
func (r *Rig) Background(arguments ...string) *Process {
	r.t.Helper()
	return r.start(nil, filepath.Join(r.bin, "starter"), arguments...)
}

// Release releases a tag and checks how the starter ends.
func (r *Rig) Release(repo *Repo, tag string, want int) (stdout, stderr string) {
	r.t.Helper()
	code, stdout, stderr := r.Starter("release", "--repo", repo.Dir, "--tag", tag, "--by", "ann")
	if code != want {
		r.t.Fatalf("starter release --tag %s: exit code %d, want %d\n%s\n%s", tag, code, want, stderr, stdout)
	}
	return stdout, stderr
}

// Releasing releases a tag beside the test.
func (r *Rig) Releasing(repo *Repo, tag string, flags ...string) *Process {
	r.t.Helper()
	return r.Background(append([]string{"release", "--repo", repo.Dir, "--tag", tag}, flags...)...)
}

// Eventually waits until a condition holds, looking again every 50 ms. It gives
// up at once when a worker has ended by itself.
func (r *Rig) Eventually(what string, holds func() bool) {
	r.t.Helper()
	r.Until(what, func() error {
		if !holds() {
			return errors.New("not yet")
		}
		return nil
	})
}

// Until does so for what can say why it does not hold: the last reason is told
// when the wait was in vain.
func (r *Rig) Until(what string, missing func() error) {
	r.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := missing()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			r.t.Fatalf("waited in vain until %s: %v", what, err)
		case <-r.alive.Done():
			r.t.Fatalf("waited until %s (%v), but: %v", what, err, context.Cause(r.alive))
		case <-tick.C:
		}
	}
}

// silent keeps the SDK from printing into the output of tests.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
