package platform

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/cluster"
	"github.com/slipway-dev/slipway/deploy/local/process"
)

// downTimeout is how long the supervisor may take to stop everything before
// Down kills it; it kills its children itself after stopTimeout.
const downTimeout = stopTimeout + 15*time.Second

// Down stops the platform in the directory and returns when all its processes
// are gone. It only touches processes that are recorded there and still are
// the ones recorded: same number, same start, same command line. It returns
// ErrNotRunning when there are none.
func Down(ctx context.Context, directory string) error {
	supervisors, err := process.ReadRecord(filepath.Join(directory, supervisorFile))
	if err != nil {
		return err
	}
	children, err := process.ReadRecord(filepath.Join(directory, childrenFile))
	if err != nil {
		return err
	}
	found := false
	for _, supervisor := range supervisors {
		if stopErr := terminate(ctx, supervisor, syscall.SIGTERM, downTimeout); stopErr == nil {
			found = true
		} else if !errors.Is(stopErr, process.ErrGone) {
			err = errors.Join(err, stopErr)
		}
	}
	// Their supervisor stopped them, or the kernel killed them with it. This is
	// for what both missed.
	for _, child := range children {
		if stopErr := terminate(ctx, child, syscall.SIGKILL, downTimeout); stopErr == nil {
			found = true
		} else if !errors.Is(stopErr, process.ErrGone) {
			err = errors.Join(err, stopErr)
		}
	}
	removeState(directory)
	if err == nil && !found {
		return ErrNotRunning
	}
	return err
}

// terminate signals a process, kills it when it is not gone in time, and
// returns when it is gone.
func terminate(ctx context.Context, identity process.Identity, signal syscall.Signal, patience time.Duration) error {
	if err := identity.Signal(signal); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	gone := func(context.Context) error {
		if identity.Running() {
			return fmt.Errorf("process %d still runs", identity.PID)
		}
		return nil
	}
	err := cluster.Poll(waiting, fmt.Sprintf("the end of process %d", identity.PID), gone)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if err := identity.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, process.ErrGone) {
		return err
	}
	return cluster.Poll(ctx, fmt.Sprintf("the end of process %d", identity.PID), gone)
}
