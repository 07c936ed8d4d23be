package environment

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// machine is an Environment without Temporal: its state, its clock, and the
// rollout that runs.
type machine struct {
	State
	now     time.Time
	running *Wish
	paused  *rollout.Control
	// ended holds how wishes ended; came counts those that came.
	ended map[string]rollout.Result
	came  int
}

func (m *machine) end(wish Wish, result rollout.Result) {
	m.ended[wish.Ticket] = result
	for i := range m.Queue {
		if m.Queue[i].Ticket == wish.Ticket {
			m.Queue = append(m.Queue[:i:i], m.Queue[i+1:]...)
			break
		}
	}
	record := Record{Ticket: wish.Ticket, Version: wish.Version, Bundle: wish.Bundle, Verdict: result.Verdict, Ended: m.now}
	switch result.Verdict {
	case rollout.Released:
		m.released(record, wish.Rollback)
		m.forget()
	case rollout.Stuck:
		m.Unknown = true
	case rollout.Restored, rollout.NotStarted:
	}
}

// settle lets the machine do all that it does by itself at this moment. The
// calendar and the registry answer as the generator says.
func (m *machine) settle(t *rapid.T) turn {
	for range 1000 {
		m.melt(m.now)
		next := m.next(m.now, m.running)
		switch {
		case next.end != nil:
			m.end(*next.end, next.result)
			continue
		case next.serve != nil:
			if m.running != nil {
				t.Fatal("something is served while a rollout runs")
			}
			wish := *next.serve
			m.Queue = remove(m.Queue, wish.Ticket)
			m.running, m.paused = &wish, nil
			continue
		case len(next.missing) > 0:
			for _, what := range next.missing {
				m.find(t, what)
			}
			continue
		}
		return next
	}
	t.Fatal("it never comes to rest")
	return turn{}
}

func remove(queue []Wish, ticket string) []Wish {
	var rest []Wish
	for _, wish := range queue {
		if wish.Ticket != ticket {
			rest = append(rest, wish)
		}
	}
	return rest
}

func (m *machine) find(t *rapid.T, what missing) {
	wish := m.running
	if wish == nil || wish.Ticket != what.ticket {
		for i := range m.Queue {
			if m.Queue[i].Ticket == what.ticket {
				wish = &m.Queue[i]
			}
		}
	}
	switch what.fact {
	case factPolicy:
		policy := drawPolicy(t)
		wish.Policy = &policy
	case factVerified:
		verified := rapid.SampledFrom([]bundle.Verified{{}, {Yes: true}, {Never: true}}).Draw(t, "verified")
		wish.Verified, wish.VerifiedAt = &verified, m.now
	case factPlan:
		wish.Plan = &Planned{}
	case factWindows:
		frozen, err := stack.FrozenAt(wish.Policy.Freeze, m.now)
		if err != nil {
			t.Fatal(err)
		}
		wish.Windows = &frozen
	}
}

func drawPolicy(t *rapid.T) stack.Policy {
	policy := stack.Policy{
		Verified:     rapid.Bool().Draw(t, "wantsVerified"),
		FastRollback: stack.Duration(time.Duration(rapid.IntRange(0, 3).Draw(t, "fast")) * time.Hour),
	}
	if rapid.Bool().Draw(t, "wantsApproval") {
		policy.Approvals = []stack.Approval{{Count: rapid.IntRange(1, 2).Draw(t, "count"), Expires: stack.Duration(5 * time.Hour)}}
	}
	if rapid.Bool().Draw(t, "hasWindow") {
		policy.Freeze = []stack.Window{{
			Name: "peak", Begins: "30 13 * * *", Lasts: stack.Duration(2 * time.Hour),
			Running: rapid.SampledFrom([]stack.Running{stack.RunningHold, stack.RunningAbort}).Draw(t, "running"),
		}}
	}
	return policy
}

// event does one thing that may happen to an Environment.
func (m *machine) event(t *rapid.T) {
	people := rapid.SampledFrom([]string{"ann", "bob"})
	switch rapid.IntRange(0, 11).Draw(t, "event") {
	case 0, 1, 2:
		m.came++
		version := rapid.SampledFrom([]string{"1.0.0", "1.1.0", "1.2.0", "1.3.0-rc.1"}).Draw(t, "version")
		w := wish(version)
		w.Ticket, w.Queued = rapid.StringMatching("[a-z]{8}").Draw(t, "ticket"), m.now
		w.Rollback = rapid.IntRange(0, 4).Draw(t, "back") == 0
		for _, loser := range m.enqueue(w) {
			m.ended[loser.Ticket] = rollout.Result{Verdict: rollout.NotStarted}
		}
	case 3:
		m.now = m.now.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "minutes")) * time.Minute)
	case 4:
		if len(m.Queue) > 0 {
			at := rapid.IntRange(0, len(m.Queue)-1).Draw(t, "which")
			kind := rapid.SampledFrom([]DecisionKind{Approve, Approve, Reject}).Draw(t, "decision")
			m.Queue[at].Decisions = append(m.Queue[at].Decisions, Decision{Decision: kind, By: people.Draw(t, "by")})
		}
	case 5:
		m.freeze(Freeze{
			Name: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "freeze"), By: "ops",
			Until:   rapid.SampledFrom([]time.Time{{}, m.now.Add(time.Hour)}).Draw(t, "until"),
			Running: rapid.SampledFrom([]stack.Running{stack.RunningHold, stack.RunningAbort}).Draw(t, "running"),
		})
	case 6:
		m.Freezes = nil
	case 7:
		ban := bundle.Ban{Version: "1.1.0", Bundle: wish("1.1.0").Bundle, By: "ann", Lifted: rapid.Bool().Draw(t, "lifted")}
		m.learn(ban)
	case 8:
		if m.running != nil {
			m.paused = &rollout.Control{Action: rollout.Pause, By: "ann"}
		}
	case 9:
		m.paused = nil
	default:
		if m.running != nil {
			wish, verdict := *m.running, rapid.SampledFrom([]rollout.Verdict{rollout.Released, rollout.Released, rollout.Restored, rollout.Stuck}).Draw(t, "verdict")
			m.running, m.paused = nil, nil
			m.end(wish, rollout.Result{Verdict: verdict})
		}
	}
}

// holdPrecedence fails unless the rollout that runs is told what precedence asks
// for: ban, freeze, pause, each over those that follow; and a newer version takes
// over from one that is held, and from no other.
func (m *machine) holdPrecedence(t *rapid.T) {
	if m.running == nil {
		return
	}
	control := m.steer(m.running, m.paused, m.now)
	_, banned := m.banned(m.running.Bundle)
	freeze, frozen := m.freezing(m.running, m.now)
	frozen = frozen && !m.running.Rollback && m.running.Override == nil
	takesOver := control.Action == rollout.Abort && control.Why == rollout.WhySuperseded
	switch {
	case banned:
		if control.Action != rollout.Abort || control.Why != rollout.WhyBanned {
			t.Fatalf("a banned release goes on: %+v", control)
		}
	case takesOver:
		newer := m.newer(m.running)
		if newer == nil || m.running.Rollback || !frozen && m.paused == nil || outranks(*m.running, *newer) {
			t.Fatalf("given up for %+v: %+v", newer, control)
		}
	case frozen:
		if control != freeze {
			t.Fatalf("frozen, but told %+v", control)
		}
	case m.paused == nil:
		if control.Action != rollout.Resume {
			t.Fatalf("nothing stands against it, but it is told %+v", control)
		}
	case control != *m.paused:
		t.Fatalf("paused, but told %+v", control)
	}
	if m.paused != nil && !banned && !takesOver && m.newer(m.running) != nil && control.Action == rollout.Pause {
		t.Fatalf("it is held, and %s could go in", m.newer(m.running).Version)
	}
}

// holdExit fails if something waits for ever: each wish waits for a moment that
// comes, for people, or for a rollout that runs; and people can always let it in.
func (m *machine) holdExit(t *rapid.T, next turn) {
	for i := range m.Queue {
		wish := m.Queue[i]
		all, until := open(wish.Gates)
		needsPeople := false
		for _, gate := range wish.Gates {
			needsPeople = needsPeople || !gate.Open && (gate.Name == "approval" || gate.Name == "freeze")
		}
		if all && m.running == nil {
			t.Fatalf("%s waits for nothing: %+v", wish.Version, wish)
		}
		if !all && until.IsZero() && !needsPeople {
			t.Fatalf("%s waits for nothing that comes: %+v", wish.Version, wish.Gates)
		}
		if !until.IsZero() && (next.until.IsZero() || next.until.After(until)) {
			t.Fatalf("it sleeps until %s, past %s, when %s has to be looked at", next.until, until, wish.Version)
		}
	}
	let := machine{State: m.State, now: m.now, ended: map[string]rollout.Result{}}
	let.Queue = append([]Wish(nil), m.Queue...)
	for i := range let.Queue {
		let.Queue[i].Override = &Override{By: "ann", Reason: "now"}
	}
	if len(let.Queue) > 0 {
		if next := let.next(let.now, nil); next.serve == nil && next.end == nil {
			t.Fatalf("not even an override lets anything in: %+v", let.Queue)
		}
	}
}

// Whatever happens, in whatever order: nothing waits without a way out, a wish that
// came ends once, what may not go in does not, and precedence holds.
func TestNoSequenceOfEventsHasNoExit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{now: start, ended: map[string]rollout.Result{}}
		m.Recovered = true
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			m.event(t)
			before := m.running
			next := m.settle(t)
			if served := m.running; served != nil && served != before {
				if _, banned := m.banned(served.Bundle); banned {
					t.Fatalf("%s is banned and goes in", served.Version)
				}
				if !served.Rollback && served.Override == nil && len(m.Freezes) > 0 {
					t.Fatalf("%s goes in while it is frozen", served.Version)
				}
			}
			m.holdPrecedence(t)
			m.holdExit(t, next)
			waiting := len(m.Queue) + len(m.ended)
			if m.running != nil {
				waiting++
			}
			if waiting > m.came {
				t.Fatalf("%d wishes came, and %d wait, run or have ended", m.came, waiting)
			}
		}
	})
}
