// Package progress turns what is known of a running release into what people
// read: a line for each change, or a screen that is redrawn in place.
//
// It is pure: it asks nobody, knows no clock but the times that it is given,
// and writes only to its writer.
package progress

import (
	"time"

	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Seen is what one look at a release found.
type Seen struct {
	// Release as its status query answers it. Of a rollback, which is no
	// release, only the version and the one environment are filled in.
	Release release.Status
	// Rollouts that run or ran for it, by environment, with the numbers of the
	// latest heartbeats.
	Rollouts map[string]rollout.Status
	// Building tells by service what its build is doing.
	Building map[string]string
	// Trouble tells by environment what it waits for itself.
	Trouble map[string]string
	// Notice is about the look itself: nobody answers, say.
	Notice string
}

// View shows looks one after the other.
type View interface {
	// Show shows a look that was made when elapsed had passed.
	Show(seen Seen, elapsed time.Duration)
	// Say writes a message that stays.
	Say(message string)
	// Close leaves the last look on the screen and ends the view.
	Close()
}
