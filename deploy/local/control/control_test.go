package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/clusterproxy"
	"github.com/slipway-dev/slipway/deploy/local/control"
	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/faults/faultstest"
	"github.com/slipway-dev/slipway/deploy/local/registry"
)

// patience is how long a test waits for what takes milliseconds.
const patience = 30 * time.Second

type fixture struct {
	t        *testing.T
	url      string
	gate     faults.Gate
	listener *faults.Listener
	// commands are what was done to processes, in order.
	commands []string
	fails    error
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, listener: faultstest.Listen(t)}
	front := control.Front{Gate: &f.gate, Listener: f.listener}
	server := httptest.NewServer(control.New(control.Config{
		Clusters: map[string]control.Cluster{
			"local-1": {Front: front, Ledger: &clusterproxy.Ledger{}, APIServer: f.newSwitch("apiserver")},
		},
		Registry: control.Registry{Front: front, Ledger: &registry.Ledger{}},
		Temporal: f.newSwitch("temporal"),
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fixture) newSwitch(name string) control.Switch {
	command := func(what string) error {
		f.commands = append(f.commands, what+" "+name)
		return f.fails
	}
	return control.Switch{
		Kill:  func() error { return command("kill") },
		Start: func(context.Context) error { return command("start") },
	}
}

func (f *fixture) do(method, path, body string) (int, map[string]any) {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := make(map[string]any)
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		f.t.Fatalf("%s %s answered %s with something that is not JSON: %v", method, path, response.Status, err)
	}
	return response.StatusCode, answer
}

func (f *fixture) must(method, path, body string) map[string]any {
	f.t.Helper()
	status, answer := f.do(method, path, body)
	if status != http.StatusOK {
		f.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

func TestMistakesAreAnsweredWithAReason(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"a cluster that is not there": {"POST", "/clusters/local-9/cut", "", 404, `"local-9"`},
		"a fault that does not exist": {"POST", "/clusters/local-1/explode", "", 404, `"explode"`},
		"a rule that is not there":    {"GET", "/clusters/local-1/rules/hold-9", "", 404, `"hold-9"`},
		"a release of nothing":        {"POST", "/registry/release", `{"id":"hold-9"}`, 404, `"hold-9"`},
		"a field that does not exist": {"POST", "/registry/hold", `{"verb":"put"}`, 400, `"verb"`},
		"a body that is not JSON":     {"POST", "/registry/hold", `hold`, 400, "reading the request"},
		"an expression with a flaw":   {"POST", "/registry/hold", `{"path":"("}`, 400, "missing closing )"},
		"a wait without a unit":       {"GET", "/registry/rules/hold-1?wait=10", "", 400, `"10"`},
		"a wait for something else":   {"GET", "/registry/rules/hold-1?until=dawn", "", 400, `"dawn"`},
		"a command that is not known": {"POST", "/temporal/pause", "", 404, `"pause"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := newFixture(t).do(test.method, test.path, test.body)
			reason, _ := answer["error"].(string)
			if status != test.status || !strings.Contains(reason, test.want) {
				t.Errorf("answered %d %q, want %d with %s", status, reason, test.status, test.want)
			}
		})
	}
}

func TestCutAndMend(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"/clusters/local-1", "/registry"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.must("POST", where+"/cut", "")
			if _, err := net.Dial("tcp", f.listener.Addr().String()); err == nil {
				t.Error("a connection was accepted after the cut")
			}
			f.must("POST", where+"/mend", "")
			connection, err := net.Dial("tcp", f.listener.Addr().String())
			if err != nil {
				t.Fatalf("after the mend: %v", err)
			}
			_ = connection.Close()
		})
	}
}

func TestARuleFromItsBeginToItsEnd(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"/clusters/local-1", "/registry"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			id, _ := f.must("POST", where+"/hold", `{"verbs":["write"],"path":"/cart","at":"response"}`)["id"].(string)
			if state := f.must("GET", where+"/rules/"+id, ""); state["caught"] != false {
				t.Errorf("the new rule is %v", state)
			}
			passed := make(chan faults.Verdict, 1)
			go func() {
				passed <- f.gate.Pass(t.Context(), faults.OnResponse, faults.Request{Verb: "apply", Write: true, Path: "/cart"})
			}()
			if state := f.must("GET", where+"/rules/"+id+"?wait=30s", ""); state["caught"] != true || state["holding"] != 1.0 {
				t.Errorf("the rule that holds is %v", state)
			}
			f.must("POST", where+"/release", `{"id":"`+id+`","drop":true}`)
			select {
			case verdict := <-passed:
				if !verdict.Drop {
					t.Error("the request was passed on, and was to be dropped")
				}
			case <-time.After(patience):
				t.Fatal("the request is still held")
			}
			if state := f.must("GET", where+"/rules/"+id+"?until=left&wait=30s", ""); state["released"] != true || state["holding"] != 0.0 {
				t.Errorf("the released rule is %v", state)
			}
		})
	}
}

func TestReleaseWithoutIDEndsAllRules(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must("POST", "/registry/fail", `{"times":-1}`)
	f.must("POST", "/registry/drop", `{"times":-1}`)
	f.must("POST", "/registry/release", "")
	if verdict := f.gate.Pass(t.Context(), faults.OnRequest, faults.Request{}); verdict != (faults.Verdict{}) {
		t.Errorf("a request met with %+v", verdict)
	}
}

func TestProcessesAreKilledAndStarted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must("POST", "/temporal/kill", "")
	f.must("POST", "/temporal/start", "")
	f.must("POST", "/clusters/local-1/apiserver/kill", "")
	f.must("POST", "/clusters/local-1/apiserver/start", "")
	want := "kill temporal, start temporal, kill apiserver, start apiserver"
	if got := strings.Join(f.commands, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	f.fails = errors.New("it does not run")
	if status, answer := f.do("POST", "/temporal/kill", ""); status != http.StatusConflict || answer["error"] != "it does not run" {
		t.Errorf("answered %d %v", status, answer)
	}
}

func TestCountsOfNothingAreEmptyLists(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for path, keys := range map[string][]string{
		"/clusters/local-1/counts": {"requests", "writes", "effects"},
		"/registry/counts":         {"requests", "manifests", "blobs"},
	} {
		answer := f.must("GET", path, "")
		for _, key := range keys {
			if list, ok := answer[key].([]any); !ok || len(list) != 0 {
				t.Errorf("%s of %s is %v", key, path, answer[key])
			}
		}
	}
}
