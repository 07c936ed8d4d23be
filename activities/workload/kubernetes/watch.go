package kubernetes

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

const (
	// fallbackInterval is how often a watch judges though no event came, and
	// asks again for objects that are not watched.
	fallbackInterval = 2 * time.Second

	// unavailableInterval is how often an API server that does not answer is
	// asked again.
	unavailableInterval = 500 * time.Millisecond

	// syncInterval is how often the first lists are looked for; it counts once
	// for each namespace, not for each wave.
	syncInterval = 20 * time.Millisecond

	// restRatio is how much longer than a judgement the rest after it is. Thousands
	// of objects take long to judge and change faster than that: a watch must not
	// keep its worker from everything else.
	restRatio = 2
)

// errLate ends a watch when its time is over.
var errLate = errors.New("the deadline has passed")

// Watch waits for the health of the scope's services. See workload.Target.
func (c *cluster) Watch(ctx context.Context, next workload.Scope, deadline time.Duration, report workload.Report) (workload.WatchResult, error) {
	w, err := c.newWatcher(next, report)
	if err != nil {
		return workload.WatchResult{}, err
	}
	defer w.close()
	watching, cancel := context.WithTimeoutCause(ctx, deadline, errLate)
	defer cancel()
	result, err := w.run(watching, func(context.Context) (workload.Verdict, error) {
		return w.verdict(), nil
	})
	return w.ended(ctx, watching, result, err)
}

// ended makes a result of a passed deadline: that is an answer, not an error.
func (w *watcher) ended(ctx, watching context.Context, result workload.WatchResult, err error) (workload.WatchResult, error) {
	if err == nil || ctx.Err() != nil || !errors.Is(context.Cause(watching), errLate) {
		return result, err
	}
	if !errors.Is(err, errLate) && !errors.Is(err, context.DeadlineExceeded) && fault.CodeOf(err) != fault.Unavailable {
		return result, err
	}
	return w.result(ctx, workload.Late), nil
}

// run judges whenever something has changed, until decide says a verdict.
func (w *watcher) run(ctx context.Context, decide func(context.Context) (workload.Verdict, error)) (workload.WatchResult, error) {
	changed, unsubscribe := w.set.subscribe()
	defer unsubscribe()
	if err := w.prepare(ctx); err != nil {
		return workload.WatchResult{}, err
	}
	for {
		began := time.Now()
		recheck := w.judgeAll()
		w.tell()
		rest := restRatio * time.Since(began)
		verdict, err := decide(ctx)
		if err != nil && fault.CodeOf(err) != fault.Unavailable {
			return workload.WatchResult{}, err
		}
		if verdict != "" {
			return w.result(ctx, verdict), nil
		}
		if err := w.wait(ctx, changed, rest, recheck); err != nil {
			return workload.WatchResult{}, err
		}
	}
}

// wait rests, and returns when something has changed or it is time to look anyway.
func (w *watcher) wait(ctx context.Context, changed <-chan struct{}, rest, recheck time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	resting := time.NewTimer(rest)
	defer resting.Stop()
	select {
	case <-resting.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	timer := time.NewTimer(recheck)
	defer timer.Stop()
	select {
	case <-changed:
		return nil
	case <-timer.C:
		return w.poll(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// prepare learns what has to be known before the first judgement: that no newer
// epoch has taken over, what was applied at least, and the first lists. While
// the API server does not answer it asks again.
func (w *watcher) prepare(ctx context.Context) error {
	return w.untilAvailable(ctx, func() error {
		state, err := w.fence.read(ctx)
		if err != nil {
			return err
		}
		if err := w.fence.compare(state.epoch); err != nil && w.scope.Epoch != 0 {
			return err
		}
		w.judge.since = state.raised
		if err := w.readFloors(ctx); err != nil {
			return err
		}
		return w.awaitSync(ctx)
	})
}

// untilAvailable asks again while the API server does not answer, and says so.
func (w *watcher) untilAvailable(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil || fault.CodeOf(err) != fault.Unavailable && ctx.Err() == nil {
			return err
		}
		for _, s := range w.subjects {
			s.health = health{waiting: "the API server does not answer: " + err.Error()}
		}
		w.tell()
		timer := time.NewTimer(unavailableInterval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

func (w *watcher) awaitSync(ctx context.Context) error {
	tick := time.NewTicker(syncInterval)
	defer tick.Stop()
	for {
		synced, err := w.set.synced()
		if synced || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// verdict is empty as long as neither health nor failure is certain.
func (w *watcher) verdict() workload.Verdict {
	healthy := true
	for _, s := range w.subjects {
		if s.health.failure != nil {
			return workload.Failed
		}
		healthy = healthy && s.health.done
	}
	if healthy {
		return workload.Healthy
	}
	return ""
}

// tell reports the services if anything about them has changed.
func (w *watcher) tell() {
	services := w.statuses()
	if w.report == nil || reflect.DeepEqual(services, w.told) {
		return
	}
	w.told = services
	w.report(services)
}

func (w *watcher) result(ctx context.Context, verdict workload.Verdict) workload.WatchResult {
	w.addLogs(ctx)
	services := w.statuses()
	if verdict == workload.Healthy {
		for i := range services {
			services[i].Message = ""
		}
	}
	return workload.WatchResult{Verdict: verdict, Services: services, Simulated: w.simulated(ctx)}
}
