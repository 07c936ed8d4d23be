package clusterproxy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/clusterproxy"
	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/faults/faultstest"
)

// patience is how long a test waits for what takes milliseconds.
const patience = 30 * time.Second

const collection = "/api/v1/namespaces/shop/configmaps"

// server is as much of an API server as the proxy can see: objects with a
// version that moves when a write changes something.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	version int
	objects map[string]map[string]any
	// onWrite is called before a write is done, without the lock.
	onWrite func(*http.Request)
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{objects: make(map[string]map[string]any), onWrite: func(*http.Request) {}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		s.onWrite(request)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path := request.URL.Path
	var sent map[string]any
	_ = json.NewDecoder(request.Body).Decode(&sent)
	if request.Method == http.MethodPost {
		path += "/" + sent["name"].(string)
	}
	found := s.objects[path]
	switch {
	case found == nil && request.Method != http.MethodPost && request.Method != http.MethodPatch:
		writer.WriteHeader(http.StatusNotFound)
	case request.Method == http.MethodDelete:
		delete(s.objects, path)
		_, _ = io.WriteString(writer, `{"kind":"Status","status":"Success"}`)
	case request.Method == http.MethodGet:
		_ = json.NewEncoder(writer).Encode(found)
	case request.URL.Query().Has("dryRun"):
		_ = json.NewEncoder(writer).Encode(s.next(path, sent, found))
	case found != nil && found["data"] == sent["data"]:
		_ = json.NewEncoder(writer).Encode(found)
	default:
		s.version++
		s.objects[path] = s.next(path, sent, found)
		_ = json.NewEncoder(writer).Encode(s.objects[path])
	}
}

func (s *server) next(path string, sent, found map[string]any) map[string]any {
	next := map[string]any{"data": sent["data"], "metadata": map[string]any{
		"name": path[strings.LastIndex(path, "/")+1:], "uid": path, "resourceVersion": fmt.Sprint(s.version),
	}}
	if found != nil {
		next["status"] = found["status"]
	}
	return next
}

// writeStatus does what a controller does, past the proxy.
func (s *server) writeStatus(name, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	object := s.objects[collection+"/"+name]
	object["status"] = status
	object["metadata"].(map[string]any)["resourceVersion"] = fmt.Sprint(s.version)
}

type front struct {
	*clusterproxy.Proxy
	url    string
	client *http.Client
}

func newFront(t *testing.T, upstream string) *front {
	t.Helper()
	proxy, err := clusterproxy.New(upstream, "token", nil)
	if err != nil {
		t.Fatal(err)
	}
	served, _ := faultstest.Serve(t, proxy)
	// Before the server is closed, which waits for its requests.
	t.Cleanup(proxy.Gate.ReleaseAll)
	return &front{Proxy: proxy, url: served.URL, client: served.Client()}
}

func (f *front) do(ctx context.Context, method, path, body string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, f.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("User-Agent", "test")
	response, err := f.client.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode, err
}

func (f *front) must(t *testing.T, method, path, body string) int {
	t.Helper()
	status, err := f.do(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func (f *front) wantEffects(t *testing.T, verb string, want int) {
	t.Helper()
	got := 0
	counts := f.Ledger.Counts("shop")
	for _, effect := range counts.Effects {
		if effect.Verb == verb {
			got++
		}
	}
	if got != want {
		t.Errorf("%d effects of %s, want %d; all: %+v", got, verb, want, counts)
	}
}

func TestWritesAreCountedByWhatTheyDid(t *testing.T) {
	t.Parallel()
	front := newFront(t, newServer(t).URL)
	const cart = collection + "/cart"
	for _, step := range []struct {
		what, method, path, body string
		verb                     string
		effects                  int
	}{
		{"creating", "POST", collection, `{"name":"cart","data":"a"}`, "create", 1},
		{"changing", "PATCH", cart, `{"data":"b"}`, "patch", 1},
		{"changing to the same", "PATCH", cart, `{"data":"b"}`, "patch", 1},
		{"trying a change", "PATCH", cart + "?dryRun=All", `{"data":"c"}`, "patch", 1},
		{"replacing", "PUT", cart, `{"data":"d"}`, "update", 1},
		{"deleting", "DELETE", cart, "", "delete", 1},
		{"deleting what is gone", "DELETE", cart, "", "delete", 1},
		{"creating by patch", "PATCH", cart, `{"data":"a"}`, "patch", 2},
	} {
		front.must(t, step.method, step.path, step.body)
		front.wantEffects(t, step.verb, step.effects)
		if t.Failed() {
			t.Fatalf("after %s", step.what)
		}
	}
	for _, write := range front.Ledger.Counts("shop").Writes {
		want := map[string]clusterproxy.WriteCount{
			"create": {Requests: 1, Effects: 1},
			"patch":  {Requests: 4, DryRuns: 1, Effects: 2},
			"update": {Requests: 1, Effects: 1},
			"delete": {Requests: 2, Refused: 1, Effects: 1},
		}[write.Verb]
		want.UserAgent, want.Verb = "test", write.Verb
		want.Object = clusterproxy.Object{Resource: "configmaps", Namespace: "shop", Name: "cart"}
		if write != want {
			t.Errorf("got  %+v\nwant %+v", write, want)
		}
	}
	if other := front.Ledger.Counts("elsewhere"); len(other.Requests)+len(other.Writes)+len(other.Effects) > 0 {
		t.Errorf("another namespace has %+v", other)
	}
}

func TestAControllersWriteIsNotTakenForTheClients(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	front := newFront(t, server.URL)
	front.must(t, "POST", collection, `{"name":"cart","data":"a"}`)
	server.onWrite = func(*http.Request) { server.writeStatus("cart", "ready") }
	front.must(t, "PATCH", collection+"/cart", `{"data":"a"}`)
	front.wantEffects(t, "patch", 0)
	front.must(t, "PATCH", collection+"/cart", `{"data":"b"}`)
	front.wantEffects(t, "patch", 1)
}

func TestConcurrentWritesToOneObjectAreToldApart(t *testing.T) {
	t.Parallel()
	front := newFront(t, newServer(t).URL)
	var writers sync.WaitGroup
	for writer := range 20 {
		writers.Go(func() {
			// Pairs write the same, and only one of a pair can be first.
			body := fmt.Sprintf(`{"name":"cart-%d","data":"a"}`, writer/2)
			if _, err := front.do(t.Context(), "PATCH", fmt.Sprintf("%s/cart-%d", collection, writer/2), body); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	front.wantEffects(t, "patch", 10)
}

func TestWatchEventsArePassedOnAsTheyCome(t *testing.T) {
	t.Parallel()
	events := make(chan string)
	upstream := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		_ = http.NewResponseController(writer).Flush()
		for {
			select {
			case event := <-events:
				_, _ = io.WriteString(writer, event+"\n")
				_ = http.NewResponseController(writer).Flush()
			case <-request.Context().Done():
				return
			}
		}
	}))
	t.Cleanup(upstream.Close)
	front := newFront(t, upstream.URL)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, front.url+collection+"?watch=true", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := front.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for _, event := range []string{"ADDED", "MODIFIED", "DELETED"} {
		events <- event
		if !lines.Scan() || lines.Text() != event {
			t.Fatalf("got %q (%v), want %q", lines.Text(), lines.Err(), event)
		}
	}
}

// catch adds a hold rule and sends a write in the background; it returns when
// the write is held.
func (f *front) catch(t *testing.T, ctx context.Context, rule faults.Rule, body string) (id string, ended <-chan error) {
	t.Helper()
	id, err := f.Gate.Add(faults.Hold, rule)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := f.do(ctx, "PATCH", collection+"/cart", body)
		done <- err
	}()
	waiting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if state, err := f.Gate.Wait(waiting, id, faults.UntilCaught); err != nil || state.Holding != 1 {
		t.Fatalf("the write was not held: %+v, %v", state, err)
	}
	return id, done
}

func TestAWriteHeldBeforeTheServerLetsOthersPass(t *testing.T) {
	t.Parallel()
	front := newFront(t, newServer(t).URL)
	id, ended := front.catch(t, t.Context(), faults.Rule{Verbs: []string{"write"}}, `{"data":"late"}`)
	front.must(t, "PATCH", collection+"/cart", `{"data":"early"}`)
	front.wantEffects(t, "patch", 1)
	if err := front.Gate.Release(id, false); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	front.wantEffects(t, "patch", 2)
}

func TestAWriteHeldBeforeTheServerDiesWithItsClient(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	front := newFront(t, server.URL)
	ctx, kill := context.WithCancel(t.Context())
	id, ended := front.catch(t, ctx, faults.Rule{}, `{"data":"never"}`)
	kill()
	if err := <-ended; err == nil {
		t.Error("the client got an answer")
	}
	if _, err := front.Gate.Wait(t.Context(), id, faults.UntilLeft); err != nil {
		t.Fatal(err)
	}
	if err := front.Gate.Release(id, false); err != nil {
		t.Fatal(err)
	}
	front.must(t, "PATCH", collection+"/cart", `{"data":"other"}`)
	front.wantEffects(t, "patch", 1)
}

func TestAnEffectWhoseClientDiedBeforeTheAnswerIsCounted(t *testing.T) {
	t.Parallel()
	front := newFront(t, newServer(t).URL)
	ctx, kill := context.WithCancel(t.Context())
	_, ended := front.catch(t, ctx, faults.Rule{At: faults.OnResponse}, `{"data":"a"}`)
	kill()
	if err := <-ended; err == nil {
		t.Error("the client got an answer")
	}
	front.wantEffects(t, "patch", 1)
	front.must(t, "PATCH", collection+"/cart", `{"data":"a"}`)
	front.wantEffects(t, "patch", 1)
}

func TestAWriteIsSeenThroughWhenItsClientDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	front := newFront(t, server.URL)
	arrived, proceed := make(chan struct{}), make(chan struct{})
	server.onWrite = func(*http.Request) {
		close(arrived)
		<-proceed
	}
	ctx, kill := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := front.do(ctx, "PATCH", collection+"/cart", `{"data":"a"}`)
		ended <- err
	}()
	<-arrived
	kill()
	if err := <-ended; err == nil {
		t.Error("the client got an answer")
	}
	server.onWrite = func(*http.Request) {}
	close(proceed)
	// The next write to the object waits for the first one to be over.
	front.must(t, "PATCH", collection+"/cart", `{"data":"a"}`)
	front.wantEffects(t, "patch", 1)
}

func TestFailAnswersInTheServersPlace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at      faults.Moment
		effects int
	}{
		"before the server is asked":   {faults.OnRequest, 0},
		"after the server has done it": {faults.OnResponse, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			front := newFront(t, newServer(t).URL)
			rule := faults.Rule{At: test.at, Status: http.StatusInternalServerError}
			if _, err := front.Gate.Add(faults.Fail, rule); err != nil {
				t.Fatal(err)
			}
			if status := front.must(t, "PATCH", collection+"/cart", `{"data":"a"}`); status != http.StatusInternalServerError {
				t.Errorf("answered with %d", status)
			}
			front.wantEffects(t, "patch", test.effects)
		})
	}
}

func TestDropLosesTheAnswerAndKeepsTheEffect(t *testing.T) {
	t.Parallel()
	front := newFront(t, newServer(t).URL)
	if _, err := front.Gate.Add(faults.Drop, faults.Rule{At: faults.OnResponse}); err != nil {
		t.Fatal(err)
	}
	if _, err := front.do(t.Context(), "PATCH", collection+"/cart", `{"data":"a"}`); err == nil {
		t.Error("the client got an answer")
	}
	front.wantEffects(t, "patch", 1)
}

func TestAServerThatIsDownLooksLikeABrokenConnection(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	front := newFront(t, server.URL)
	server.Close()
	for _, method := range []string{"GET", "PATCH"} {
		if status, err := front.do(t.Context(), method, collection+"/cart", "{}"); err == nil {
			t.Errorf("%s was answered with %d", method, status)
		}
	}
	front.wantEffects(t, "patch", 0)
}
