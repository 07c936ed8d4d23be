package environment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Wish is a release that waits, and what is known of its gates. Nothing of it has
// been written anywhere.
type Wish struct {
	Deploy
	Queued time.Time `json:"queued,omitzero"`
	// Policy that it has to meet; nil until it was read.
	Policy *stack.Policy `json:"policy,omitempty"`
	// Verified is what was last said of its rc, At that moment; nil until then.
	Verified   *bundle.Verified `json:"verified,omitempty"`
	VerifiedAt time.Time        `json:"verifiedAt,omitzero"`
	// Windows is what the calendar says of the policy's; nil until it was asked.
	Windows *stack.Frozen `json:"windows,omitempty"`
	// Plan is what it would change, for those who are asked to approve; nil until it
	// was made.
	Plan *Planned `json:"plan,omitempty"`
	// Refused says why it can never go in, found while its gates were looked at.
	Refused string `json:"refused,omitempty"`
	// Decisions that people have given.
	Decisions []Decision `json:"decisions,omitempty"`
	// Only and Base are for a cluster that comes back from maintenance: the one to
	// move, and the release that it had.
	Only string           `json:"only,omitempty"`
	Base bundle.Reference `json:"base,omitzero"`
	// Retry marks the way out of a stuck rollout, after which nothing is frozen.
	Retry bool `json:"retry,omitempty"`
	// Gates as they stood when they were last looked at; ready tells that all are
	// open, and that nothing has to be found out first.
	Gates []Gate `json:"gates,omitempty"`
	ready bool
}

// Planned is what a plan came to. The whole is with its workflow and in the registry.
type Planned struct {
	Workflow string `json:"workflow"`
	Verdict  string `json:"verdict,omitempty"`
	// Message is one sentence for people.
	Message string `json:"message"`
}

// Gate is one thing that a release waits for before its first write.
type Gate struct {
	// Name is "verified", "approval" or "freeze".
	Name string `json:"name"`
	Open bool   `json:"open,omitempty"`
	// Message says what it waits for, or by what it was opened.
	Message string `json:"message,omitempty"`
	// Until is when it opens, or closes for good, by itself; zero when it never does.
	Until time.Time `json:"until,omitzero"`
	// why is the end of the wish when the gate is closed for good.
	why string
}

// recheck is how long an Environment waits for the word that an rc was verified
// before it looks again by itself: a lost signal strands nobody.
const recheck = time.Hour

// fact is something that has to be found out before the gates can be told.
type fact string

const (
	factPolicy   fact = "policy"
	factVerified fact = "verified"
	factWindows  fact = "windows"
	// factPlan opens no gate: it is for people to decide by.
	factPlan fact = "plan"
)

// gates tells how the gates of a wish stand, and what has to be found out first.
func (s *State) gates(wish *Wish, now time.Time) (gates []Gate, missing []fact) {
	switch {
	case wish.Policy == nil:
		// Also for one that passes every gate: it says how the release becomes verified.
		return nil, []fact{factPolicy}
	case wish.Override != nil:
		return []Gate{{Name: "override", Open: true, Message: "by " + wish.Override.By + ": " + wish.Override.Reason}}, nil
	case wish.Rollback:
		if s.fast(wish, now) {
			return nil, nil
		}
		return approvals(wish, now), nil
	}
	if !wish.Reconcile {
		if wish.Policy.Verified {
			gate, known := verified(wish, now)
			if !known {
				missing = append(missing, factVerified)
			}
			gates = append(gates, gate)
		}
		asked := approvals(wish, now)
		if all, _ := open(asked); !all && wish.Plan == nil {
			missing = append(missing, factPlan)
		}
		gates = append(gates, asked...)
	}
	if wish.person() {
		return gates, missing
	}
	if wish.wantsCalendar(now) {
		missing = append(missing, factWindows)
	}
	if freeze, frozen := s.frozen(wish, now); frozen {
		gates = append(gates, freeze)
	}
	return gates, missing
}

// person tells whether somebody asks to bring clusters to what is recorded, which
// passes every freeze as going back does. A drift check that asks by itself does not.
func (w *Wish) person() bool { return w.Reconcile && w.Release == "" && w.Only == "" }

// fast tells whether a rollback comes so soon that nobody is asked.
func (s *State) fast(wish *Wish, now time.Time) bool {
	return s.Current == nil || s.Unknown || now.Sub(s.Current.Ended) <= time.Duration(wish.Policy.FastRollback)
}

// verified is the gate for what was tested. An answer that is old is asked for anew.
func verified(wish *Wish, now time.Time) (gate Gate, known bool) {
	gate = Gate{Name: "verified"}
	if wish.Verified == nil {
		gate.Message = "looking for the verified rc of its commit"
		return gate, false
	}
	gate.Open, gate.Message = wish.Verified.Yes, wish.Verified.Message
	switch {
	case wish.Verified.Never:
		gate.why = rollout.WhyRefused
	case !wish.Verified.Yes:
		gate.Until = wish.VerifiedAt.Add(recheck)
		return gate, now.Before(gate.Until)
	}
	return gate, true
}

// approvals are the gates for people, one for each approval of the policy.
func approvals(wish *Wish, now time.Time) []Gate {
	var gates []Gate
	for _, approval := range wish.Policy.Approvals {
		gates = append(gates, approved(approval, wish.Decisions, wish.Queued, now))
	}
	return gates
}

func approved(approval stack.Approval, decisions []Decision, asked, now time.Time) Gate {
	gate := Gate{Name: "approval"}
	var by []string
	for _, decision := range decisions {
		if !counts(approval, decision.By) {
			continue
		}
		if decision.Decision == Reject {
			gate.Message, gate.why = "rejected by "+decision.By+reasoned(decision.Reason), rollout.WhyRejected
			return gate
		}
		if !slices.Contains(by, decision.By) {
			by = append(by, decision.By)
		}
	}
	gate.Message = fmt.Sprintf("%d of %d", len(by), approval.Count)
	if len(by) > 0 {
		gate.Message += " (" + strings.Join(by, ", ") + ")"
	}
	if len(by) >= approval.Count {
		gate.Open = true
		return gate
	}
	if len(approval.From) > 0 {
		gate.Message += " from " + strings.Join(approval.From, ", ")
	}
	if approval.Expires > 0 {
		gate.Until = asked.Add(time.Duration(approval.Expires))
		if !now.Before(gate.Until) {
			gate.Message, gate.why = "not approved within "+approval.Expires.String()+": "+gate.Message, rollout.WhyExpired
		}
	}
	return gate
}

// counts tells whether somebody's word counts.
func counts(approval stack.Approval, by string) bool {
	return len(approval.From) == 0 || slices.Contains(approval.From, by)
}

func reasoned(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// calendarHolds tells whether the answer of the calendar is still right.
func (w *Wish) calendarHolds(now time.Time) bool {
	return w.Windows != nil && (w.Windows.Next.IsZero() || now.Before(w.Windows.Next))
}

// wantsCalendar tells whether the calendar has to be asked.
func (w *Wish) wantsCalendar(now time.Time) bool {
	return w.Policy != nil && len(w.Policy.Freeze) > 0 && !w.calendarHolds(now)
}

// frozen is the gate that a freeze shuts, the one that ends last. Correcting drift
// does not wait for it: the next check finds it again.
func (s *State) frozen(wish *Wish, now time.Time) (Gate, bool) {
	var gate Gate
	for _, freeze := range s.Freezes {
		if freeze.ended(now) {
			continue
		}
		gate = later(gate, Gate{Name: "freeze", Message: freeze.String(), Until: freeze.Until})
	}
	if wish.calendarHolds(now) && wish.Windows.Holds() {
		gate = later(gate, Gate{Name: "freeze", Message: wish.Windows.Window.Name, Until: wish.Windows.Until})
	}
	if gate.Name != "" && wish.Reconcile && wish.Only == "" {
		gate.why = rollout.WhyFrozen
		gate.Message += "; the next check after it has ended puts right what has drifted, and starter reconcile does so now"
	}
	return gate, gate.Name != ""
}

// later gives the gate that stays shut for longer. No time means for ever.
func later(a, b Gate) Gate {
	if a.Name == "" || !a.Until.IsZero() && (b.Until.IsZero() || b.Until.After(a.Until)) {
		return b
	}
	return a
}

func (f Freeze) ended(now time.Time) bool { return !f.Until.IsZero() && !now.Before(f.Until) }

// String names a freeze and says who set it and why.
func (f Freeze) String() string { return f.Name + ", by " + f.By + reasoned(f.Reason) }

// closed gives the gate that is shut for good, if one is.
func closed(gates []Gate) (Gate, bool) {
	for _, gate := range gates {
		if gate.why != "" {
			return gate, true
		}
	}
	return Gate{}, false
}

// open tells whether all gates are, and if not, when one of them may change by itself.
func open(gates []Gate) (all bool, until time.Time) {
	all = true
	for _, gate := range gates {
		if !gate.Open {
			all = false
			until = earlier(until, gate.Until)
		}
	}
	return all, until
}

// earlier gives the earlier of two times; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
