package environment

import (
	"fmt"
	"slices"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// keep is how many ended rollouts the state holds: a year of weekly releases.
// Older ones are in the registry and in the histories of their workflows.
const keep = 50

// find tells what has become of a ticket.
func (s *State) find(environment, ticket string, running *Deploy) (TicketState, bool) {
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
// pointless, which may be itself: of one channel only the highest version waits.
// Of snapshots it is the one that came last. A rollback goes first and is
// superseded by nothing.
func (s *State) enqueue(wish Deploy) (superseded []Deploy) {
	if wish.Rollback {
		s.Queue = slices.Insert(s.Queue, 0, wish)
		return nil
	}
	var waiting []Deploy
	wanted := true
	for _, other := range s.Queue {
		switch {
		case other.Rollback || other.Channel != wish.Channel || other.Bundle == wish.Bundle:
			waiting = append(waiting, other)
		case wish.Channel == stack.ChannelSnapshot || supersedes(wish, other):
			superseded = append(superseded, other)
		default:
			waiting = append(waiting, other)
			wanted = wanted && !supersedes(other, wish)
		}
	}
	if wanted {
		waiting = append(waiting, wish)
	} else {
		superseded = append(superseded, wish)
	}
	s.Queue = waiting
	return superseded
}

// supersedes tells whether a makes b pointless, both of one channel. Snapshots
// have no order of their own; see enqueue.
func supersedes(a, b Deploy) bool {
	av, errA := stack.ParseVersion(a.Version)
	bv, errB := stack.ParseVersion(b.Version)
	if errA != nil || errB != nil {
		return false
	}
	order, comparable := av.Compare(bv)
	return comparable && order > 0
}

// remember appends a record and forgets the oldest beyond keep.
func (s *State) remember(record Record) {
	s.History = append(s.History, record)
	if extra := len(s.History) - keep; extra > 0 {
		s.History = slices.Delete(s.History, 0, extra)
	}
}

// rollbackTo finds the release that a rollback means, or says what would be right.
func (s *State) rollbackTo(request RollbackRequest) (Record, error) {
	if s.Current == nil {
		return Record{}, fmt.Errorf("nothing has been released yet, so there is nothing to go back from")
	}
	if !s.Current.names(request.From) {
		return Record{}, fmt.Errorf("from is %q, but %s runs now: name what you want to go back from", request.From, s.Current.Version)
	}
	for _, record := range slices.Backward(s.History) {
		if record.Verdict != rollout.Released || record.Bundle == s.Current.Bundle {
			continue
		}
		if request.To == "" || record.names(request.To) {
			return record, nil
		}
	}
	if request.To == "" {
		return Record{}, fmt.Errorf("no release before %s is recorded", s.Current.Version)
	}
	if s.Current.names(request.To) {
		return Record{}, fmt.Errorf("%s runs already", s.Current.Version)
	}
	return Record{}, fmt.Errorf("no release %q is recorded here; recorded are %s", request.To, s.releases())
}

func (r Record) names(versionOrDigest string) bool {
	return r.Version == versionOrDigest || r.Bundle.Digest == versionOrDigest
}

func (d Deploy) names(versionOrDigest string) bool {
	return d.Version == versionOrDigest || d.Bundle.Digest == versionOrDigest
}

func (s *State) releases() []string {
	var versions []string
	for _, record := range s.History {
		if record.Verdict == rollout.Released && !slices.Contains(versions, record.Version) {
			versions = append(versions, record.Version)
		}
	}
	return versions
}
