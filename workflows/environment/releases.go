package environment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

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
func newest[T any](records []T) []T {
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
