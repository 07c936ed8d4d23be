package faults

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Gate is what every request of a server passes twice, on its way in and on
// its way out. The zero Gate lets everything pass.
type Gate struct {
	mu    sync.Mutex
	rules []*entry
	count int
}

// entry is a rule with its state.
type entry struct {
	id   string
	rule Rule
	skip int
	left int
	hits int
	// holding is how many requests wait here now.
	holding int
	// released is closed when held requests may go on.
	released chan struct{}
	dropped  bool
	// changed is closed, and replaced, at every change of the above.
	changed chan struct{}
}

// State is what became of a rule.
type State struct {
	ID string `json:"id"`
	// Caught tells that it has taken a request, Hits how many, and Holding how
	// many of them it holds or delays now.
	Caught  bool `json:"caught"`
	Hits    int  `json:"hits"`
	Holding int  `json:"holding"`
	// Released tells that it takes nothing any more.
	Released bool `json:"released"`
}

// UntilCaught is the condition that a rule has taken a request.
func UntilCaught(s State) bool { return s.Caught }

// UntilLeft is the condition that every request that a rule took has gone on, or
// has been given up by its client.
func UntilLeft(s State) bool { return s.Caught && s.Holding == 0 }

// Verdict is what to do with a request that came through the gate.
type Verdict struct {
	// Drop asks for the connection to be reset without an answer.
	Drop bool
	// Status is the error code to answer with; zero means to go on.
	Status int
}

// Add puts a rule into force and returns its ID. Rules are tried in the order
// in which they were added, and one request meets one rule per moment.
func (g *Gate) Add(action Action, rule Rule) (string, error) {
	if err := rule.compile(action); err != nil {
		return "", fmt.Errorf("adding %s rule: %w", action, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count++
	added := &entry{
		id:       string(action) + "-" + strconv.Itoa(g.count),
		rule:     rule,
		skip:     rule.Skip,
		left:     rule.Times,
		released: make(chan struct{}),
		changed:  make(chan struct{}),
	}
	g.rules = append(g.rules, added)
	return added.id, nil
}

// Release ends a rule: it takes no further requests, and those it holds go on,
// or lose their connection when drop is set.
func (g *Gate) Release(id string, drop bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	found := g.find(id)
	if found == nil {
		return fmt.Errorf("releasing %q: no such rule", id)
	}
	found.release(drop)
	return nil
}

// ReleaseAll ends every rule.
func (g *Gate) ReleaseAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, each := range g.rules {
		each.release(false)
	}
}

// Wait returns the state of a rule as soon as the condition holds, and at the
// latest when the context ends.
func (g *Gate) Wait(ctx context.Context, id string, condition func(State) bool) (State, error) {
	for {
		g.mu.Lock()
		found := g.find(id)
		if found == nil {
			g.mu.Unlock()
			return State{}, fmt.Errorf("looking for rule %q: no such rule", id)
		}
		state, changed := found.state(), found.changed
		g.mu.Unlock()
		if condition(state) {
			return state, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return state, nil
		}
	}
}

// Pass lets a request through at the given moment, after whatever the first
// matching rule does to it. When the context ends before that, the request is
// to be dropped: its client is gone.
func (g *Gate) Pass(ctx context.Context, moment Moment, request Request) Verdict {
	taken := g.take(moment, request)
	if taken == nil {
		return Verdict{}
	}
	switch taken.rule.action {
	case Drop:
		return Verdict{Drop: true}
	case Fail:
		return Verdict{Status: taken.rule.Status}
	case Delay:
		return g.keep(ctx, taken, taken.rule.delay())
	case Hold:
		return g.keep(ctx, taken, forever)
	default:
		return Verdict{}
	}
}

// forever is longer than any test runs.
const forever = 1000 * time.Hour

// keep lets a request wait until its rule is released, its time is over or its
// client is gone.
func (g *Gate) keep(ctx context.Context, taken *entry, longest time.Duration) Verdict {
	defer g.leave(taken)
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-taken.released:
	case <-ctx.Done():
	}
	// More than one may be so; that nobody waits for the answer counts most.
	if ctx.Err() != nil {
		return Verdict{Drop: true}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return Verdict{Drop: taken.dropped}
}

func (g *Gate) leave(taken *entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken.holding--
	taken.announce()
}

func (g *Gate) take(moment Moment, request Request) *entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, each := range g.rules {
		if each.left == 0 || isClosed(each.released) || !each.rule.matches(moment, request) {
			continue
		}
		if each.skip > 0 {
			each.skip--
			continue
		}
		if each.left > 0 {
			each.left--
		}
		each.hits++
		if each.rule.action == Hold || each.rule.action == Delay {
			each.holding++
		}
		each.announce()
		return each
	}
	return nil
}

func (g *Gate) find(id string) *entry {
	index := slices.IndexFunc(g.rules, func(e *entry) bool { return e.id == id })
	if index < 0 {
		return nil
	}
	return g.rules[index]
}

func (e *entry) state() State {
	return State{ID: e.id, Caught: e.hits > 0, Hits: e.hits, Holding: e.holding, Released: isClosed(e.released)}
}

func (e *entry) announce() {
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *entry) release(drop bool) {
	if isClosed(e.released) {
		return
	}
	e.dropped = drop
	close(e.released)
	e.announce()
}

func isClosed(channel chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}
