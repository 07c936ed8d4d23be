package starter

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/starter/progress"
)

// work is a subject that ends when it is told to, and tells when it was
// cancelled.
type work struct {
	end       chan error
	cancelled chan struct{}
}

func newWork() *work { return &work{end: make(chan error, 1), cancelled: make(chan struct{}, 1)} }

func (w *work) look(context.Context) (progress.Seen, error) { return progress.Seen{}, nil }

func (w *work) wait(ctx context.Context) error {
	select {
	case err := <-w.end:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *work) cancel(context.Context) error {
	w.cancelled <- struct{}{}
	return nil
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	failure := errors.New("broken")
	for name, c := range map[string]struct {
		cancelOnInterrupt bool
		timeout           time.Duration
		// play makes things happen and gives up with the test's context.
		play func(w *work, interrupts chan<- os.Signal)
		end  ending
		err  error
	}{
		"ends with the work": {
			play: func(w *work, _ chan<- os.Signal) { w.end <- nil }, end: ended,
		},
		"ends with the error of the work": {
			play: func(w *work, _ chan<- os.Signal) { w.end <- failure }, end: ended, err: failure,
		},
		"an interrupt stops the waiting, not the work": {
			play: func(_ *work, interrupts chan<- os.Signal) { interrupts <- os.Interrupt }, end: interrupted,
		},
		"a timeout stops the waiting": {
			timeout: time.Millisecond, play: func(*work, chan<- os.Signal) {}, end: timedOut,
		},
		"with cancel-on-interrupt the work is cancelled and waited for": {
			cancelOnInterrupt: true, end: ended,
			play: func(w *work, interrupts chan<- os.Signal) {
				interrupts <- os.Interrupt
				<-w.cancelled
				w.end <- nil
			},
		},
		"the second interrupt leaves at once": {
			cancelOnInterrupt: true, end: interrupted,
			play: func(w *work, interrupts chan<- os.Signal) {
				interrupts <- os.Interrupt
				<-w.cancelled
				interrupts <- os.Interrupt
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, interrupts := newWork(), make(chan os.Signal, 2)
			go c.play(w, interrupts)
			f := &follower{
				subject: w, view: progress.NewLines(io.Discard), interrupts: interrupts,
				timeout: c.timeout, cancelOnInterrupt: c.cancelOnInterrupt, began: time.Now(),
			}
			end, err := f.follow(t.Context())
			if end != c.end || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v, want %v, %v", end, err, c.end, c.err)
			}
		})
	}
}
