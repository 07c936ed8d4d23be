package clusterproxy

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Counts is what a ledger has seen.
type Counts struct {
	// Requests are all requests by client, verb and resource.
	Requests []RequestCount `json:"requests"`
	// Writes are the mutating requests by client, verb and object.
	Writes []WriteCount `json:"writes"`
	// Effects are the writes that changed something, in their order.
	Effects []Effect `json:"effects"`
}

// RequestCount counts the requests of one client.
type RequestCount struct {
	UserAgent string `json:"userAgent"`
	Verb      string `json:"verb"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	Count     int    `json:"count"`
}

// WriteCount counts what became of one client's writes to one object.
type WriteCount struct {
	UserAgent string `json:"userAgent"`
	Verb      string `json:"verb"`
	Object
	// Requests are all of them, dry runs included; DryRuns and Refused (an
	// error as the answer, or none) are among them.
	Requests int `json:"requests"`
	DryRuns  int `json:"dryRuns"`
	Refused  int `json:"refused"`
	// Effects are the writes that changed the object.
	Effects int `json:"effects"`
}

// Effect is one write that changed an object.
type Effect struct {
	Time      time.Time `json:"time"`
	UserAgent string    `json:"userAgent"`
	Verb      string    `json:"verb"`
	Object
	// Manager is the field manager, where the write names one.
	Manager string `json:"manager,omitempty"`
	// From and To are the resource versions; empty where the object did not
	// exist.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Ledger counts requests. The zero Ledger is ready for use; it keeps everything
// for as long as it lives, which is as long as the platform is up.
type Ledger struct {
	mu       sync.Mutex
	requests map[RequestCount]int
	writes   map[writeKey]*WriteCount
	effects  []Effect
}

type writeKey struct {
	userAgent, verb string
	object          Object
}

func (l *Ledger) request(userAgent string, seen target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests == nil {
		l.requests = make(map[RequestCount]int)
	}
	l.requests[RequestCount{UserAgent: userAgent, Verb: seen.verb, Resource: seen.Resource, Namespace: seen.Namespace}]++
}

// outcome is what became of one write.
type outcome struct {
	refused bool
	effects int
	from    string
	to      string
}

func (l *Ledger) write(userAgent string, seen target, result outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes == nil {
		l.writes = make(map[writeKey]*WriteCount)
	}
	key := writeKey{userAgent, seen.verb, seen.Object}
	count := l.writes[key]
	if count == nil {
		count = &WriteCount{UserAgent: userAgent, Verb: seen.verb, Object: seen.Object}
		l.writes[key] = count
	}
	count.Requests++
	switch {
	case result.refused:
		count.Refused++
	case seen.dryRun:
		count.DryRuns++
	}
	count.Effects += result.effects
	for range result.effects {
		l.effects = append(l.effects, Effect{
			Time: time.Now().UTC(), UserAgent: userAgent, Verb: seen.verb,
			Object: seen.Object, Manager: seen.manager, From: result.from, To: result.to,
		})
	}
}

// Counts returns what was seen of a namespace, or of everything when it is
// empty.
func (l *Ledger) Counts(namespace string) Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := Counts{Requests: []RequestCount{}, Writes: []WriteCount{}, Effects: []Effect{}}
	for key, count := range l.requests {
		if namespace == "" || key.Namespace == namespace {
			key.Count = count
			counts.Requests = append(counts.Requests, key)
		}
	}
	for _, count := range l.writes {
		if namespace == "" || count.Namespace == namespace {
			counts.Writes = append(counts.Writes, *count)
		}
	}
	for _, effect := range l.effects {
		if namespace == "" || effect.Namespace == namespace {
			counts.Effects = append(counts.Effects, effect)
		}
	}
	slices.SortFunc(counts.Requests, func(a, b RequestCount) int {
		return cmp.Or(cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Verb, b.Verb))
	})
	slices.SortFunc(counts.Writes, func(a, b WriteCount) int {
		return cmp.Or(cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Subresource, b.Subresource), cmp.Compare(a.Verb, b.Verb))
	})
	return counts
}
