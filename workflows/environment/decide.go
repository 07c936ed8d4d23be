package environment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// keep is how many releases, and how many ended wishes, the state holds: enough
// to go back a year of weekly releases, and small enough for a payload. Older
// ones are in the registry and in the histories of their workflows.
const keep = 50

// ticket tells what has become of a ticket.
func (s *State) ticket(environment, ticket string, running *Deploy) (TicketState, bool) {
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

// remember writes down how a wish ended.
func (s *State) remember(record Record) {
	s.History = newest(append(s.History, record))
}

// released makes a release the current one. Going back to a release does not
// change its place among the releases, so that going back twice goes back two.
func (s *State) released(record Record, rollback bool) {
	s.Current, s.Recorded, s.Unknown = &record, false, false
	if rollback {
		return
	}
	others := slices.DeleteFunc(s.Releases, func(r Record) bool { return r.Bundle == record.Bundle })
	s.Releases = newest(append(others, record))
}

// newest forgets the oldest records beyond keep.
func newest(records []Record) []Record {
	return records[max(0, len(records)-keep):]
}

// rollbackTo finds the release that a rollback means, or says what would be right.
func (s *State) rollbackTo(request RollbackRequest) (Record, error) {
	if s.Current == nil {
		return Record{}, errors.New("nothing has been released yet, so there is nothing to go back from")
	}
	if s.Unknown {
		return s.rollbackFromUnknown(request)
	}
	if !s.Current.names(request.From) {
		return Record{}, fmt.Errorf("from is %q, but %s runs now: name what you want to go back from", request.From, s.Current.Version)
	}
	if request.To == "" {
		at := slices.IndexFunc(s.Releases, func(r Record) bool { return r.Bundle == s.Current.Bundle })
		if at < 1 {
			return Record{}, fmt.Errorf("no release before %s is recorded", s.Current.Version)
		}
		return s.Releases[at-1], nil
	}
	if s.Current.names(request.To) {
		return Record{}, fmt.Errorf("%s runs already", s.Current.Version)
	}
	return s.find(request.To)
}

// rollbackFromUnknown finds the way out of a stuck rollout: any release, by
// default the one that was released last.
func (s *State) rollbackFromUnknown(request RollbackRequest) (Record, error) {
	if request.To == "" {
		return *s.Current, nil
	}
	return s.find(request.To)
}

func (s *State) find(versionOrDigest string) (Record, error) {
	for _, record := range slices.Backward(s.Releases) {
		if record.names(versionOrDigest) {
			return record, nil
		}
	}
	var versions []string
	for _, record := range s.Releases {
		versions = append(versions, record.Version)
	}
	return Record{}, fmt.Errorf("no release %q is recorded here; recorded are %s", versionOrDigest, strings.Join(versions, ", "))
}

func (r Record) names(versionOrDigest string) bool {
	return r.Version == versionOrDigest || r.Bundle.Digest == versionOrDigest
}

func (d Deploy) names(versionOrDigest string) bool {
	return d.Version == versionOrDigest || d.Bundle.Digest == versionOrDigest
}
