package starter

import (
	"context"
	"os"
	"time"

	"github.com/slipway-dev/slipway/starter/progress"
)

const (
	// interval between looks. The end of a workflow is an event that is waited
	// for; only the numbers between are asked for. Watches tell at most one a second.
	interval = 500 * time.Millisecond
	// silent is after how long without an answer people are told. A worker that
	// was just restarted is back sooner.
	silent = 10 * time.Second
)

// subject is a piece of work that goes on in Temporal.
type subject interface {
	// look asks once how it stands.
	look(ctx context.Context) (progress.Seen, error)
	// wait returns when it has ended, or with the reason why that cannot be told.
	wait(ctx context.Context) error
	// cancel asks it to stop and to undo what it did.
	cancel(ctx context.Context) error
}

// follower shows a subject until it ends or somebody has waited enough.
type follower struct {
	subject    subject
	view       progress.View
	interrupts <-chan os.Signal
	// timeout ends the waiting; zero waits for ever.
	timeout time.Duration
	// cancelOnInterrupt makes the first interrupt cancel the work.
	cancelOnInterrupt bool
	// reachable tells whether Temporal itself answers; address is for messages.
	reachable func(ctx context.Context) bool
	address   string
	began     time.Time
}

// ending is why the following ended.
type ending int

const (
	ended ending = iota
	interrupted
	timedOut
)

// follow returns ended with the error of wait, or why it stopped before.
func (f *follower) follow(ctx context.Context) (ending, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan error, 1)
	go func() { over <- f.subject.wait(ctx) }()
	var timeout <-chan time.Time
	if f.timeout > 0 {
		timer := time.NewTimer(f.timeout)
		defer timer.Stop()
		timeout = timer.C
	}
	looks := f.looks(ctx)
	defer func() {
		stop()
		for range looks {
			// The last question must have ended when this returns.
		}
	}()
	cancelled := false
	for {
		select {
		case err := <-over:
			return ended, err
		case seen := <-looks:
			f.view.Show(seen, time.Since(f.began))
		case <-timeout:
			return timedOut, nil
		case <-ctx.Done():
			return interrupted, nil
		case <-f.interrupts:
			if cancelled || !f.cancelOnInterrupt {
				return interrupted, nil
			}
			cancelled = true
			if err := f.subject.cancel(ctx); err != nil {
				return interrupted, err
			}
			f.view.Say("cancelling: what was touched is restored; interrupt again to leave at once")
		}
	}
}

// looks asks again and again, one question at a time, until the context ends.
func (f *follower) looks(ctx context.Context) <-chan progress.Seen {
	out := make(chan progress.Seen)
	go func() {
		defer close(out)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		answered := time.Now()
		var last progress.Seen
		for ctx.Err() == nil {
			seen, err := f.subject.look(ctx)
			switch {
			case err == nil:
				answered, last = time.Now(), seen
			case time.Since(answered) >= silent:
				last.Notice = silence(err, f.reachable(ctx), f.address)
			}
			select {
			case out <- last:
			case <-ctx.Done():
				return
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
