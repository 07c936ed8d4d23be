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
// pointless, which may be itself.
//
//   - Of one channel only the highest version waits; of snapshots, and of
//     config-only releases of one version, it is the one that came last. A
//     config-only release ranks as the version that it was made from.
//   - A wish made for what runs (From) gives way to one of its channel that was
//     made for whatever runs: that one is about to change what it was made for.
//   - A rollback goes first and is superseded by nothing.
//   - A reconcile waits only alone: whatever else waits, or comes, puts a whole
//     release onto the clusters as well.
func (s *State) enqueue(wish Deploy) (superseded []Deploy) {
	if wish.Reconcile && len(s.Queue) > 0 {
		return []Deploy{wish}
	}
	var waiting []Deploy
	wanted := true
	for _, other := range s.Queue {
		switch {
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

// replaces tells whether a wish that comes takes the place of one that waits,
// both of one channel. Snapshots have no order but that of their coming.
func replaces(wish, other Deploy) bool {
	return wish.Channel == stack.ChannelSnapshot || compare(wish, other) > 0 || wish.Version != other.Version && compare(wish, other) == 0
}

// outranks tells whether a wish that waits makes one that comes pointless.
func outranks(other, wish Deploy) bool { return compare(other, wish) > 0 }

// compare orders two wishes by their versions; build metadata, by which alone
// config-only releases differ, plays no part. Versions without an order count
// as lower than one another.
func compare(a, b Deploy) int {
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

func whySuperseded(loser Deploy) string {
	if loser.Reconcile {
		return "another release waits in the queue, which puts right what has drifted as well"
	}
	if loser.From != "" {
		return "another release of the same channel waits in the queue, which changes what this one was made for; compare again"
	}
	return "a newer version of the same channel took its place in the queue"
}

// settled gives the result of a wish that needs no rollout when its turn has
// come; nil when it needs one.
func (s *State) settled(wish Deploy) *rollout.Result {
	current := s.Current
	switch {
	case wish.Reconcile && s.Unknown:
		return &rollout.Result{Verdict: rollout.NotStarted, Why: rollout.WhyRefused, Message: errUnknown.Error()}
	case wish.From != "" && (current == nil || current.Bundle.Digest != wish.From):
		runs := "nothing"
		if current != nil {
			runs = current.Version
		}
		return &rollout.Result{
			Verdict: rollout.NotStarted, Why: rollout.WhySuperseded,
			Message: fmt.Sprintf("it was made for another release than the one that runs now (%s); compare again", runs),
		}
	case current != nil && current.Bundle == wish.Bundle && !s.Unknown && !wish.Reconcile:
		return &rollout.Result{Verdict: rollout.Released, Message: wish.Version + " runs already"}
	}
	return nil
}

var (
	errNothing = errors.New("nothing has been released here yet, so there is nothing to reconcile to")
	// errUnknown: a restore that could not finish has a blocker that needs a
	// person. Rolling out against it at every drift check would bury what the
	// person does.
	errUnknown = errors.New("what runs is unknown since a rollout got stuck: deploy or roll back first, which makes it known")
)

// reconcilable tells why the recorded release cannot be reconciled to.
func (s *State) reconcilable(digest string) error {
	switch {
	case s.Current == nil:
		return errNothing
	case s.Unknown:
		return errUnknown
	case s.Current.Bundle.Digest != digest:
		return fmt.Errorf("digest is %q, but %s (%s) runs now: compare the clusters with it again", digest, s.Current.Version, s.Current.Bundle.Digest)
	}
	return nil
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
