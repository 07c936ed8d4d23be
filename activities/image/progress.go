package image

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// The steps of BuildImage, as Progress names them.
const (
	StepCheckout = "checkout"
	StepCompile  = "compile"
	StepPush     = "push"
)

// interval is how often a push tells how far it is: as often as people look.
const interval = time.Second

// tracker tells Temporal where a build is. Repeating that while nothing changes
// is left to the worker's interceptor.
type tracker struct {
	record func(Progress)

	mu   sync.Mutex
	now  Progress
	told time.Time
}

func newTracker(ctx context.Context) *tracker {
	return &tracker{record: func(now Progress) { activity.RecordHeartbeat(ctx, now) }}
}

// enter tells at once that a step begins.
func (t *tracker) enter(step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Step = step
	t.tell()
}

// add counts bytes that were sent.
func (t *tracker) add(bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Sent += bytes
	if time.Since(t.told) >= interval {
		t.tell()
	}
}

func (t *tracker) tell() {
	t.told = time.Now()
	t.record(t.now)
}

func (t *tracker) total() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now.Sent
}
