// Package scratch gives steps directories for files that nobody needs after
// them, and removes those that killed processes left behind.
package scratch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	// ownerLock is held by the process that a directory belongs to. The kernel
	// gives it free when the process ends, however it ends, and unlike a process
	// ID it means the same in every container that mounts the directory.
	ownerLock = "lock"
	// sweepLock is held while owners come and go.
	sweepLock = "sweep.lock"
)

// Space is the part of a directory that belongs to this process. It is safe for
// concurrent use.
type Space struct {
	dir  string
	lock *flock.Flock
}

// Open makes a space below root, which any number of processes may share, and
// removes the spaces of processes that are no more.
func Open(root string) (*Space, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("opening scratch space: %w", err)
	}
	sweeping := flock.New(filepath.Join(root, sweepLock))
	if err := sweeping.Lock(); err != nil {
		return nil, fmt.Errorf("opening scratch space: %w", err)
	}
	defer sweeping.Close()
	if err := sweep(root); err != nil {
		return nil, fmt.Errorf("sweeping scratch space: %w", err)
	}
	dir, err := os.MkdirTemp(root, "process-")
	if err != nil {
		return nil, fmt.Errorf("opening scratch space: %w", err)
	}
	lock := flock.New(filepath.Join(dir, ownerLock))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("opening scratch space: %w", err)
	}
	return &Space{dir: dir, lock: lock}, nil
}

// sweep removes every space whose lock is free.
func sweep(root string) error {
	spaces, err := filepath.Glob(filepath.Join(root, "process-*"))
	if err != nil {
		return err
	}
	for _, dir := range spaces {
		lock := flock.New(filepath.Join(dir, ownerLock))
		free, err := lock.TryLock()
		if err != nil {
			return err
		}
		if !free {
			continue
		}
		err = os.RemoveAll(dir)
		_ = lock.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Make makes an empty directory and gives it together with a function that
// removes it and may be called more than once. What can't be removed is left to
// the next Open.
func (s *Space) Make(purpose string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(s.dir, purpose+"-")
	if err != nil {
		return "", nil, fmt.Errorf("making a scratch directory: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

// Close removes the space and everything in it.
func (s *Space) Close() error {
	err := os.RemoveAll(s.dir)
	if unlocking := s.lock.Close(); err == nil {
		err = unlocking
	}
	if err != nil {
		return fmt.Errorf("closing scratch space: %w", err)
	}
	return nil
}

// lockInterval is short against any fetch and long against asking the kernel.
const lockInterval = 20 * time.Millisecond

// Lock takes a file lock that excludes goroutines and processes alike, waiting
// for it as long as the context lasts. Locks have no queue: it asks again every
// 20 ms.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	lock := flock.New(path)
	if _, err := lock.TryLockContext(ctx, lockInterval); err != nil {
		return nil, fmt.Errorf("locking %s: %w", filepath.Base(path), err)
	}
	return func() { _ = lock.Close() }, nil
}
