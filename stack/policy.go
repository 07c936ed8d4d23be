package stack

import (
	"slices"
	"time"
)

// Policy is what an environment asks of a release: before the first write, while
// it moves, and afterwards. The zero Policy asks for nothing.
type Policy struct {
	// Verified asks for an rc of the same commit that was verified.
	Verified bool `json:"verified,omitempty"`

	// Approvals all have to be given. slipway.yaml gives one at most; more come
	// together when two policies apply.
	Approvals []Approval `json:"approvals,omitempty"`

	// Freeze is when nothing goes forward.
	Freeze []Window `json:"freeze,omitempty"`

	// Verify is what a release has to pass here to count as verified; nil where
	// nothing is verified.
	Verify *Verification `json:"verify,omitempty"`

	// FastRollback is how long after a release a rollback skips the gates.
	FastRollback Duration `json:"fastRollback,omitempty"`
}

// Approval is people who have to agree.
type Approval struct {
	// Count of people. At least one.
	Count int `json:"count"`

	// From are those whose word counts; anybody's when it is empty.
	From []string `json:"from,omitempty"`

	// Expires is how long it is waited for.
	Expires Duration `json:"expires,omitempty"`
}

// Verification is what a released version has to pass to be verified.
type Verification struct {
	// Soak is how long it has to run, and be healthy at the end of it.
	Soak Duration `json:"soak,omitempty"`

	// Approvals of people, if any.
	Approvals []Approval `json:"approvals,omitempty"`

	// Tells names the environments whose gate waits for it.
	Tells []string `json:"tells,omitempty"`
}

// Gates is what slipway.yaml says of the way into an environment.
type Gates struct {
	// Unverified lets releases in whose commit was never verified as an rc.
	Unverified bool `json:"unverified,omitempty"`

	// Approval is nil when nobody is asked.
	Approval *Approval `json:"approval,omitempty"`

	Freeze []Window `json:"freeze,omitempty"`
}

// DefaultExpires is how long an approval is waited for unless the file says
// otherwise.
const DefaultExpires = Duration(7 * 24 * time.Hour)

// DefaultFastRollback is how long after a release a rollback skips the gates
// unless the file says otherwise: most broken releases are noticed within a day.
const DefaultFastRollback = Duration(24 * time.Hour)

// PolicyOf gives the policy of an environment.
func (s *Stack) PolicyOf(environment Environment) Policy {
	policy := Policy{
		Verified:     s.wantsVerified(environment),
		Freeze:       environment.Gates.Freeze,
		FastRollback: environment.FastRollback,
	}
	if environment.Gates.Approval != nil {
		policy.Approvals = []Approval{*environment.Gates.Approval}
	}
	if environment.Channel != ChannelRC {
		return policy
	}
	verify := Verification{Soak: environment.Verify.Soak}
	if environment.Verify.Approval != nil {
		verify.Approvals = []Approval{*environment.Verify.Approval}
	}
	for _, other := range s.Environments {
		if s.wantsVerified(other) {
			verify.Tells = append(verify.Tells, other.Name)
		}
	}
	policy.Verify = &verify
	return policy
}

// wantsVerified: what was tested is what is promoted, unless the file says
// otherwise or the stack has nowhere to test.
func (s *Stack) wantsVerified(environment Environment) bool {
	return environment.Channel == ChannelStable && !environment.Gates.Unverified && len(s.EnvironmentsOf(ChannelRC)) > 0
}

// WantsVerified tells whether any environment of a channel asks for verified
// releases.
func (s *Stack) WantsVerified(channel Channel) bool {
	for _, environment := range s.EnvironmentsOf(channel) {
		if s.wantsVerified(environment) {
			return true
		}
	}
	return false
}

// Stricter gives the policy that is met only when both are: a release cannot
// loosen the gates that the one before it has set.
//
// How fast a rollback is comes from the shorter of the two, as a longer window
// skips more.
func (p Policy) Stricter(other Policy) Policy {
	strict := Policy{
		Verified:     p.Verified || other.Verified,
		Approvals:    bothApprovals(p.Approvals, other.Approvals),
		Freeze:       union(p.Freeze, other.Freeze),
		FastRollback: min(p.FastRollback, other.FastRollback),
	}
	switch {
	case p.Verify == nil:
		strict.Verify = other.Verify
	case other.Verify == nil:
		strict.Verify = p.Verify
	default:
		strict.Verify = &Verification{
			Soak:      max(p.Verify.Soak, other.Verify.Soak),
			Approvals: bothApprovals(p.Verify.Approvals, other.Verify.Approvals),
			Tells:     union(p.Verify.Tells, other.Verify.Tells),
		}
	}
	return strict
}

// bothApprovals asks for everything that either asks for. Of two that are the same
// but for the time, the shorter one counts.
func bothApprovals(a, b []Approval) []Approval {
	var all []Approval
next:
	for _, approval := range slices.Concat(a, b) {
		for i, known := range all {
			if known.Count == approval.Count && slices.Equal(known.From, approval.From) {
				all[i].Expires = min(known.Expires, approval.Expires)
				continue next
			}
		}
		all = append(all, approval)
	}
	return all
}

// union keeps the order, and of equal ones the first.
func union[T comparable](a, b []T) []T {
	var all []T
	seen := map[T]bool{}
	for _, item := range slices.Concat(a, b) {
		if !seen[item] {
			seen[item] = true
			all = append(all, item)
		}
	}
	return all
}
