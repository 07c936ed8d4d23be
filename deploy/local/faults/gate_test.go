package faults_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/faults"
)

var patch = faults.Request{
	Verb: "apply", Write: true, Path: "/apis/apps/v1/namespaces/shop/deployments/cart?force=false", UserAgent: "worker-1",
}

func TestAFailRuleTakesWhatItsConditionsSay(t *testing.T) {
	t.Parallel()
	dryRun := patch
	dryRun.DryRun = true
	read := faults.Request{Verb: "get", Path: patch.Path, UserAgent: patch.UserAgent}
	for name, test := range map[string]struct {
		rule    faults.Rule
		request faults.Request
		taken   bool
	}{
		"a rule without conditions takes everything":          {request: patch, taken: true},
		"the verb is one of several":                          {rule: faults.Rule{Verbs: []string{"create", "apply"}}, request: patch, taken: true},
		"the verb is another":                                 {rule: faults.Rule{Verbs: []string{"delete"}}, request: patch},
		"write stands for every verb that changes something":  {rule: faults.Rule{Verbs: []string{"write"}}, request: patch, taken: true},
		"write does not stand for reading":                    {rule: faults.Rule{Verbs: []string{"write"}}, request: read},
		"the path matches":                                    {rule: faults.Rule{Path: "/deployments/cart(\\?|$)"}, request: patch, taken: true},
		"the path does not match":                             {rule: faults.Rule{Path: "/deployments/catalog"}, request: patch},
		"the query is part of the path":                       {rule: faults.Rule{Path: "force=false"}, request: patch, taken: true},
		"the client is another":                               {rule: faults.Rule{UserAgent: "^worker-2$"}, request: patch},
		"a dry run is not taken by default":                   {request: dryRun},
		"a dry run is taken by a rule for dry runs":           {rule: faults.Rule{DryRun: true}, request: dryRun, taken: true},
		"a rule for dry runs lets the real request pass":      {rule: faults.Rule{DryRun: true}, request: patch},
		"a rule for the answer lets the request pass as well": {rule: faults.Rule{At: faults.OnResponse}, request: patch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gate faults.Gate
			if _, err := gate.Add(faults.Fail, test.rule); err != nil {
				t.Fatal(err)
			}
			verdict := gate.Pass(t.Context(), faults.OnRequest, test.request)
			if taken := verdict.Status == http.StatusServiceUnavailable; taken != test.taken {
				t.Errorf("taken: %v, want %v", taken, test.taken)
			}
		})
	}
}

func TestARuleIsSpentAfterItsTimes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ skip, times, passes, want int }{
		"once by default":  {times: 0, passes: 3, want: 1},
		"after the first":  {skip: 1, times: -1, passes: 3, want: 2},
		"as often as said": {times: 2, passes: 3, want: 2},
		"without end":      {times: -1, passes: 5, want: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gate faults.Gate
			id, err := gate.Add(faults.Fail, faults.Rule{Skip: test.skip, Times: test.times, Status: http.StatusTooManyRequests})
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for range test.passes {
				if gate.Pass(t.Context(), faults.OnRequest, patch).Status == http.StatusTooManyRequests {
					failed++
				}
			}
			state, err := gate.Wait(t.Context(), id, faults.UntilCaught)
			if err != nil {
				t.Fatal(err)
			}
			if failed != test.want || state.Hits != test.want {
				t.Errorf("%d failed, the rule says %d, want %d", failed, state.Hits, test.want)
			}
		})
	}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule faults.Rule
		want string
	}{
		"a moment that does not exist":      {faults.Rule{At: "never"}, `"never"`},
		"a path that is no expression":      {faults.Rule{Path: "("}, "missing closing )"},
		"a client that is no expression":    {faults.Rule{UserAgent: "["}, "missing closing ]"},
		"a status that is no error":         {faults.Rule{Status: http.StatusOK}, "200"},
		"a status that does not exist":      {faults.Rule{Status: 799}, "799"},
		"a delay that runs backwards":       {faults.Rule{DelayMillis: -1}, "delayMillis"},
		"a delay that was meant in seconds": {faults.Rule{DelayMillis: 3_600_000_000}, "delayMillis"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gate faults.Gate
			_, err := gate.Add(faults.Delay, test.rule)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %s", err, test.want)
			}
		})
	}
}

// hold adds a hold rule, sends a request into it and returns when it is caught.
func hold(t *testing.T, gate *faults.Gate, ctx context.Context) (id string, verdict <-chan faults.Verdict) {
	t.Helper()
	id, err := gate.Add(faults.Hold, faults.Rule{})
	if err != nil {
		t.Fatal(err)
	}
	passed := make(chan faults.Verdict, 1)
	go func() { passed <- gate.Pass(ctx, faults.OnRequest, patch) }()
	waiting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	state, err := gate.Wait(waiting, id, faults.UntilCaught)
	if err != nil {
		t.Fatal(err)
	}
	if state.Hits != 1 || state.Holding != 1 || state.Released {
		t.Fatalf("the rule is %+v, want it to hold the request", state)
	}
	select {
	case verdict := <-passed:
		t.Fatalf("the request passed with %+v", verdict)
	default:
	}
	return id, passed
}

func receive(t *testing.T, verdict <-chan faults.Verdict) faults.Verdict {
	t.Helper()
	select {
	case got := <-verdict:
		return got
	case <-time.After(patience):
		t.Fatal("the request is still held")
		return faults.Verdict{}
	}
}

func TestAHeldRequestGoesOnWhenReleased(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]bool{"and is passed on": false, "and is dropped when asked for": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gate faults.Gate
			id, verdict := hold(t, &gate, t.Context())
			if other := gate.Pass(t.Context(), faults.OnRequest, patch); other != (faults.Verdict{}) {
				t.Errorf("the next request met with %+v", other)
			}
			if err := gate.Release(id, drop); err != nil {
				t.Fatal(err)
			}
			if got := receive(t, verdict); got.Drop != drop {
				t.Errorf("drop is %v, want %v", got.Drop, drop)
			}
		})
	}
}

func TestAHeldRequestIsDroppedWhenItsClientGoes(t *testing.T) {
	t.Parallel()
	var gate faults.Gate
	ctx, cancel := context.WithCancel(t.Context())
	id, verdict := hold(t, &gate, ctx)
	cancel()
	if got := receive(t, verdict); !got.Drop {
		t.Error("the request of a dead client was passed on")
	}
	state, err := gate.Wait(t.Context(), id, faults.UntilLeft)
	if err != nil || state.Holding != 0 || state.Released {
		t.Errorf("the rule is %+v (%v), want it to hold nothing and to be in force", state, err)
	}
}

func TestReleaseAllEndsEveryRule(t *testing.T) {
	t.Parallel()
	var gate faults.Gate
	_, verdict := hold(t, &gate, t.Context())
	if _, err := gate.Add(faults.Fail, faults.Rule{Times: -1}); err != nil {
		t.Fatal(err)
	}
	gate.ReleaseAll()
	receive(t, verdict)
	if got := gate.Pass(t.Context(), faults.OnRequest, patch); got != (faults.Verdict{}) {
		t.Errorf("a request met with %+v", got)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	var gate faults.Gate
	id, err := gate.Add(faults.Hold, faults.Rule{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	state, err := gate.Wait(ctx, id, faults.UntilCaught)
	if err != nil {
		t.Fatal(err)
	}
	if state.Released || state.Hits != 0 {
		t.Errorf("got %+v of a rule that saw nothing", state)
	}
	if _, err := gate.Wait(t.Context(), "hold-99", faults.UntilCaught); err == nil {
		t.Error("an unknown rule gave no error")
	}
	if err := gate.Release("hold-99", false); err == nil {
		t.Error("releasing an unknown rule gave no error")
	}
}

func TestADelayTakesItsTimeOrUntilReleased(t *testing.T) {
	t.Parallel()
	var gate faults.Gate
	if _, err := gate.Add(faults.Delay, faults.Rule{DelayMillis: 20}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if got := gate.Pass(t.Context(), faults.OnRequest, patch); got != (faults.Verdict{}) {
		t.Errorf("the request met with %+v", got)
	}
	if took := time.Since(begin); took < 20*time.Millisecond {
		t.Errorf("took %s", took)
	}
	id, err := gate.Add(faults.Delay, faults.Rule{DelayMillis: 600_000})
	if err != nil {
		t.Fatal(err)
	}
	if err := gate.Release(id, false); err != nil {
		t.Fatal(err)
	}
	if got := gate.Pass(t.Context(), faults.OnRequest, patch); got != (faults.Verdict{}) {
		t.Errorf("a released rule still took the request: %+v", got)
	}
}
