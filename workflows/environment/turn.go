package environment

import (
	"fmt"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// turn is what an Environment does next. Of its parts the first that is set
// counts; when none is, it waits.
type turn struct {
	// end is a wish that needs no rollout, with its result.
	end    *Wish
	result rollout.Result
	// serve is the wish to roll out.
	serve *Wish
	// missing is what has to be found out, by wish.
	missing []missing
	// until is when something may change by itself; zero when nothing does.
	until time.Time
}

// missing is a fact that a wish lacks.
type missing struct {
	ticket string
	fact   fact
}

// next decides what to do about the queue. While a rollout runs, nothing is
// served; but gates are looked at, so that it is known what could take over.
func (s *State) next(now time.Time, running *Wish) turn {
	var next turn
	for i := range s.Queue {
		wish := &s.Queue[i]
		result := s.refused(wish)
		if result == nil && running == nil {
			result = s.settled(wish)
		}
		if result != nil {
			return turn{end: wish, result: *result}
		}
		gates, lacking := s.gates(wish, now)
		all, until := open(gates)
		wish.Gates, wish.ready = gates, all && len(lacking) == 0
		if gate, shut := closed(gates); shut {
			return turn{end: wish, result: rollout.Result{Verdict: rollout.NotStarted, Why: gate.why, Message: gate.Name + ": " + gate.Message}}
		}
		for _, fact := range lacking {
			next.missing = append(next.missing, missing{wish.Ticket, fact})
		}
		next.until = earlier(next.until, until)
		// What comes later does not overtake one whose gates are still being looked at,
		// unless somebody has said that it may pass them all.
		turn := len(next.missing) == 0 || wish.Override != nil
		if wish.ready && turn && next.serve == nil && running == nil {
			next.serve = wish
		}
	}
	if running != nil && running.wantsCalendar(now) {
		next.missing = append(next.missing, missing{running.Ticket, factWindows})
	}
	next.until = earlier(next.until, s.changes(now, running))
	return next
}

// changes gives when something besides the queue may change by itself.
func (s *State) changes(now time.Time, running *Wish) time.Time {
	var until time.Time
	for _, freeze := range s.Freezes {
		until = earlier(until, freeze.Until)
	}
	if running != nil {
		if running.calendarHolds(now) {
			until = earlier(until, running.Windows.Next)
		}
		return until
	}
	if s.Soaking != nil {
		_, soaked := open(s.Soaking.gates(now))
		until = earlier(until, soaked)
	}
	return until
}

// refused gives the result of a wish that may never go in; nil when it may.
func (s *State) refused(wish *Wish) *rollout.Result {
	if wish.Refused != "" {
		return &rollout.Result{Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Message: wish.Refused}
	}
	if ban, banned := s.banned(wish.Bundle); banned {
		return &rollout.Result{Verdict: rollout.NotStarted, Why: rollout.WhyBanned, Message: banText(ban)}
	}
	return nil
}

// settled gives the result of a wish that needs no rollout, as things are when none
// runs; nil when it needs one.
func (s *State) settled(wish *Wish) *rollout.Result {
	current := s.Current
	switch {
	case wish.Reconcile && s.Unknown:
		return &rollout.Result{Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Message: errUnknown.Error()}
	case wish.From != "" && (current == nil || current.Bundle.Digest != wish.From):
		runs := "nothing"
		if current != nil {
			runs = current.Version
		}
		again := "compare again"
		if wish.Rollback {
			again = "look again, and roll back from that"
		}
		return &rollout.Result{
			Verdict: rollout.NotStarted, Why: rollout.WhySuperseded,
			Message: fmt.Sprintf("it was made for another release than the one that runs now (%s); %s", runs, again),
		}
	case current != nil && current.Bundle == wish.Bundle && !s.Unknown && !wish.Reconcile:
		return &rollout.Result{Verdict: rollout.Released, Message: wish.Version + " runs already"}
	}
	return nil
}

// banned gives the ban of a release, if it has one.
func (s *State) banned(ref bundle.Reference) (bundle.Ban, bool) {
	for _, ban := range s.Bans {
		if ban.Bundle.Digest == ref.Digest && ban.Holds() {
			return ban, true
		}
	}
	return bundle.Ban{}, false
}

func banText(ban bundle.Ban) string {
	return fmt.Sprintf("%s was banned by %s%s", ban.Version, ban.By, reasoned(ban.Reason))
}

// steer decides what the rollout that runs has to be told. Precedence is abort,
// which is passed on at once and is not decided here, then ban, freeze, pause. A
// newer version takes over only from one that is held by them anyway.
func (s *State) steer(running *Wish, paused *rollout.Control, now time.Time) rollout.Control {
	if ban, banned := s.banned(running.Bundle); banned {
		return rollout.Control{Action: rollout.Abort, By: ban.By, Reason: "banned" + reasoned(ban.Reason), Why: rollout.WhyBanned}
	}
	held := rollout.Control{Action: rollout.Resume}
	if paused != nil {
		held = *paused
	}
	if !running.Rollback && running.Override == nil {
		if freeze, frozen := s.freezing(running, now); frozen {
			held = freeze
		}
	}
	if held.Action != rollout.Pause {
		return held
	}
	if newer := s.newer(running); newer != nil {
		return rollout.Control{
			Action: rollout.Abort, By: newer.By, Why: rollout.WhySuperseded,
			Reason: newer.Version + " takes over from a rollout that is held",
		}
	}
	return held
}

// freezing tells what a freeze does to the rollout that runs.
func (s *State) freezing(running *Wish, now time.Time) (rollout.Control, bool) {
	hold := func(by, what string, how stack.Running) rollout.Control {
		control := rollout.Control{Action: rollout.Pause, By: by, Reason: "frozen: " + what}
		if how == stack.RunningAbort {
			control.Action, control.Why = rollout.Abort, rollout.WhyFrozen
		}
		return control
	}
	var found *rollout.Control
	for _, freeze := range s.Freezes {
		if freeze.ended(now) {
			continue
		}
		control := hold(freeze.By, freeze.Name+reasoned(freeze.Reason), freeze.Running)
		if found == nil || control.Action == rollout.Abort {
			found = &control
		}
	}
	if running.calendarHolds(now) && running.Windows.Holds() {
		window := running.Windows.Window
		control := hold("the calendar", window.Name+" until "+running.Windows.Until.Format(time.RFC3339), window.Running)
		if found == nil || control.Action == rollout.Abort {
			found = &control
		}
	}
	if found == nil {
		return rollout.Control{}, false
	}
	return *found, true
}

// newer gives the release that could go in at once in the place of the one that
// runs; nil when there is none. Going back gives way to nothing.
func (s *State) newer(running *Wish) *Wish {
	if running.Rollback || running.Reconcile {
		return nil
	}
	for i := range s.Queue {
		wish := &s.Queue[i]
		if wish.ready && !wish.Reconcile && wish.Channel == running.Channel && wish.Bundle != running.Bundle && replaces(*wish, *running) {
			return wish
		}
	}
	return nil
}
