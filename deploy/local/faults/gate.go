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
	left int
	// caught is closed when the rule takes its first request.
	caught chan struct{}
	hits   int
	// released is closed when held requests may go on.
	released chan struct{}
	dropped  bool
}

// State is what became of a rule.
type State struct {
	ID string `json:"id"`
	// Hits is how many requests it has taken; Caught whether it was any.
	Hits   int  `json:"hits"`
	Caught bool `json:"caught"`
	// Released tells that it holds nothing any more.
	Released bool `json:"released"`
}

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
		left:     rule.Times,
		caught:   make(chan struct{}),
		released: make(chan struct{}),
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

// Wait returns the state of a rule, as soon as it has taken a request or was
// released, and at the latest when the context ends.
func (g *Gate) Wait(ctx context.Context, id string) (State, error) {
	g.mu.Lock()
	found := g.find(id)
	g.mu.Unlock()
	if found == nil {
		return State{}, fmt.Errorf("looking for rule %q: no such rule", id)
	}
	select {
	case <-found.caught:
	case <-found.released:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return State{ID: id, Hits: found.hits, Caught: found.hits > 0, Released: isClosed(found.released)}, nil
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
		timer := time.NewTimer(taken.rule.delay())
		defer timer.Stop()
		select {
		case <-timer.C:
			return Verdict{}
		case <-taken.released:
			return Verdict{}
		case <-ctx.Done():
			return Verdict{Drop: true}
		}
	case Hold:
		select {
		case <-taken.released:
			return Verdict{Drop: g.isDropped(taken)}
		case <-ctx.Done():
			return Verdict{Drop: true}
		}
	}
	return Verdict{}
}

func (g *Gate) take(moment Moment, request Request) *entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, each := range g.rules {
		if each.left == 0 || isClosed(each.released) || !each.rule.matches(moment, request) {
			continue
		}
		if each.left > 0 {
			each.left--
		}
		if each.hits++; each.hits == 1 {
			close(each.caught)
		}
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

func (g *Gate) isDropped(e *entry) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return e.dropped
}

func (e *entry) release(drop bool) {
	if isClosed(e.released) {
		return
	}
	e.dropped = drop
	close(e.released)
}

func isClosed(channel chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}
