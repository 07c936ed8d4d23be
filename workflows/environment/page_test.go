package environment_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// oncall takes pages, once it is no longer away.
type oncall struct {
	mu    sync.Mutex
	away  int
	pages []notify.Page
}

func (o *oncall) Page(_ context.Context, page notify.Page) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away--; o.away >= 0 {
		return fault.New(fault.Unavailable, "away")
	}
	o.pages = append(o.pages, page)
	return nil
}

func TestAStuckRolloutPagesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]rollout.Verdict{"1.0.0": rollout.Released, "1.1.0": rollout.Stuck, "1.2.0": rollout.Restored})
	people := &oncall{away: 2}
	w.env.RegisterActivity(&notify.Activities{Pager: people})
	w.deploy(time.Minute, "1.0.0")
	w.deploy(2*time.Minute, "1.1.0")
	w.deploy(3*time.Minute, "1.2.0")
	w.run(3 * time.Hour)
	if len(people.pages) != 1 {
		t.Fatalf("%d pages, want one, for the stuck rollout: %+v", len(people.pages), people.pages)
	}
	page := people.pages[0]
	if !strings.Contains(page.Summary, "shop 1.1.0 to production is stuck") || page.Key != "environment/shop/production/stuck/1.1.0" {
		t.Errorf("got %+v", page)
	}
}
