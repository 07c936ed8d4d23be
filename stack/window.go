package stack

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Window is a time that comes again and again, in which nothing goes forward.
type Window struct {
	Name string `json:"name"`

	// Begins is a cron expression of five fields, in the time zone.
	Begins string `json:"begins"`

	// Lasts is how long it is from each beginning.
	Lasts Duration `json:"lasts"`

	// Zone is a name of the IANA time zone database; UTC when it is empty.
	Zone string `json:"zone,omitempty"`

	// Running says what becomes of a rollout that is under way when it begins.
	Running Running `json:"running,omitempty"`
}

// Running says what a freeze does to a rollout that is under way.
type Running string

// What a freeze does to a rollout that is under way.
const (
	// RunningHold stops it before its next step, and undoes nothing. It is the
	// default.
	RunningHold Running = "hold"
	// RunningAbort gives it up and restores what it touched.
	RunningAbort Running = "abort"
)

const (
	minWindow = Duration(time.Minute)
	maxWindow = Duration(31 * 24 * time.Hour)
)

// schedule reads what the window says of its beginnings.
func (w Window) schedule() (cron.Schedule, error) {
	if strings.Contains(w.Begins, "=") || strings.HasPrefix(strings.TrimSpace(w.Begins), "@") {
		return nil, fmt.Errorf("%q is not the five fields of a cron expression", w.Begins)
	}
	zone, err := w.location()
	if err != nil {
		return nil, err
	}
	schedule, err := cron.ParseStandard("CRON_TZ=" + zone.String() + " " + w.Begins)
	if err != nil {
		return nil, fmt.Errorf("%q is no cron expression: %w", w.Begins, err)
	}
	return schedule, nil
}

func (w Window) location() (*time.Location, error) {
	if w.Zone == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil || w.Zone == "Local" {
		return nil, fmt.Errorf("%q is no time zone of the IANA database", w.Zone)
	}
	return zone, nil
}

// Frozen is what windows come to at one moment.
type Frozen struct {
	// Window that holds now, the one that ends last; empty when none does.
	Window Window `json:"window,omitzero"`

	// Until is when it ends, zero when none holds.
	Until time.Time `json:"until,omitzero"`

	// Next is the first moment from which on this answer may be wrong; zero when
	// there never is one.
	Next time.Time `json:"next,omitzero"`
}

// Holds tells whether a window holds.
func (f Frozen) Holds() bool { return !f.Until.IsZero() }

// FrozenAt tells which of some windows holds at a moment. Windows that cannot be
// read are an error; those of a Stack from Parse can be.
//
// Two machines with time zone databases of different age may differ.
func FrozenAt(windows []Window, at time.Time) (Frozen, error) {
	var frozen Frozen
	for _, window := range windows {
		schedule, err := window.schedule()
		if err != nil {
			return Frozen{}, fmt.Errorf("freeze window %q: %w", window.Name, err)
		}
		until := window.until(schedule, at)
		if until.After(frozen.Until) {
			frozen.Window, frozen.Until = window, until
		}
		for _, change := range []time.Time{until, schedule.Next(at)} {
			if !change.IsZero() && (frozen.Next.IsZero() || change.Before(frozen.Next)) {
				frozen.Next = change
			}
		}
	}
	frozen.Until, frozen.Next = utc(frozen.Until), utc(frozen.Next)
	return frozen, nil
}

// until gives the end of the window that holds at a moment; zero when it does
// not. Of windows that overlap themselves, the last beginning counts.
func (w Window) until(schedule cron.Schedule, at time.Time) time.Time {
	lasts := time.Duration(w.Lasts)
	var until time.Time
	// A cron expression has no way back: the first beginning after this moment is
	// the first whose window has not ended.
	for begins := schedule.Next(at.Add(-lasts)); !begins.IsZero() && !begins.After(at); begins = schedule.Next(begins) {
		until = begins.Add(lasts)
	}
	return until
}

// utc gives the moment as it is stored; zero stays zero.
func utc(moment time.Time) time.Time {
	if moment.IsZero() {
		return time.Time{}
	}
	return moment.UTC()
}
