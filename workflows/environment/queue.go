package environment

import (
	"slices"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// keep is how many releases, and how many ended wishes, the state holds: enough
// to go back a year of weekly releases, and small enough for a payload. Older
// ones are in the registry and in the histories of their workflows.
const keep = 50

// ticket tells what has become of a ticket.
func (s *State) ticket(environment, ticket string, running *Wish) (TicketState, bool) {
	if running != nil && running.Ticket == ticket {
		return TicketState{Ticket: ticket, Version: running.Version, State: Running}, true
	}
	for i, queued := range s.Queue {
		if queued.Ticket == ticket {
			ahead := i
			if running != nil {
				ahead++
			}
			return TicketState{Ticket: ticket, Version: queued.Version, State: Queued, Ahead: ahead}, true
		}
	}
	for _, record := range slices.Backward(s.History) {
		if record.Ticket == ticket {
			return TicketState{Ticket: ticket, Version: record.Version, State: Done, Outcome: record.outcome(environment)}, true
		}
	}
	return TicketState{}, false
}

// outcome gives what a record still knows of its rollout's result.
func (r Record) outcome(environment string) *Outcome {
	return &Outcome{Ticket: r.Ticket, Environment: environment, Result: rollout.Result{
		Verdict: r.Verdict, Why: r.Why, Message: r.Message, Ended: r.Ended,
	}}
}

// enqueue puts a wish into the queue and returns the wishes that it makes
// pointless, which may be itself.
//
//   - Of one channel only the highest version waits; of snapshots, and of
//     config-only releases of one version, it is the one that came last. A
//     config-only release ranks as the version that it was made from.
//   - A wish made for what runs (From) gives way to one of its channel that was
//     made for whatever runs: that one is about to change what it was made for.
//   - A rollback goes first and is superseded by nothing.
//   - A reconcile gives way to whatever is about to put a whole release onto the
//     clusters as well, but not to what waits at a gate, perhaps for days.
func (s *State) enqueue(wish Wish) (superseded []Wish) {
	if wish.Reconcile && wish.Only == "" && slices.ContainsFunc(s.Queue, Wish.aboutToGo) {
		return []Wish{wish}
	}
	var waiting []Wish
	wanted := true
	for _, other := range s.Queue {
		switch {
		case other.Only != "" || wish.Only != "":
			// A cluster that comes back is nobody's rival.
			waiting = append(waiting, other)
		case other.Reconcile:
			superseded = append(superseded, other)
		case wish.Rollback || other.Rollback || other.Channel != wish.Channel || other.Bundle == wish.Bundle:
			waiting = append(waiting, other)
		case wish.From != "" && other.From == "":
			waiting = append(waiting, other)
			wanted = false
		case replaces(wish, other):
			superseded = append(superseded, other)
		default:
			waiting = append(waiting, other)
			wanted = wanted && !outranks(other, wish)
		}
	}
	switch {
	case wish.Rollback:
		waiting = slices.Insert(waiting, 0, wish)
	case wanted:
		waiting = append(waiting, wish)
	default:
		superseded = append(superseded, wish)
	}
	s.Queue = waiting
	return superseded
}

// aboutToGo tells whether a wish waits for its turn only, as far as is known.
func (w Wish) aboutToGo() bool { return w.Gates == nil || w.ready }

// replaces tells whether a wish that comes takes the place of one that waits,
// both of one channel. Snapshots have no order but that of their coming.
func replaces(wish, other Wish) bool {
	return wish.Channel == stack.ChannelSnapshot || compare(wish, other) > 0 || wish.Version != other.Version && compare(wish, other) == 0
}

// outranks tells whether a wish that waits makes one that comes pointless.
func outranks(other, wish Wish) bool { return compare(other, wish) > 0 }

// compare orders two wishes by their versions; build metadata, by which alone
// config-only releases differ, plays no part. Versions without an order count
// as lower than one another.
func compare(a, b Wish) int {
	const unordered = -1
	av, errA := stack.ParseVersion(a.Version)
	bv, errB := stack.ParseVersion(b.Version)
	if errA != nil || errB != nil {
		return unordered
	}
	order, comparable := av.Compare(bv)
	if !comparable {
		return unordered
	}
	return order
}

func whySuperseded(loser Wish) string {
	if loser.Reconcile {
		return "another release waits in the queue, which puts right what has drifted as well"
	}
	if loser.From != "" {
		return "another release of the same channel waits in the queue, which changes what this one was made for; compare again"
	}
	return "a newer version of the same channel took its place in the queue"
}
