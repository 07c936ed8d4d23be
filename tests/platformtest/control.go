package platformtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// Rule says which requests of a proxy meet with a fault; see the package
// documentation of deploy/local/faults.
type Rule struct {
	Verbs       []string `json:"verbs,omitempty"`
	Path        string   `json:"path,omitempty"`
	UserAgent   string   `json:"userAgent,omitempty"`
	DryRun      bool     `json:"dryRun,omitempty"`
	At          string   `json:"at,omitempty"`
	Skip        int      `json:"skip,omitempty"`
	Times       int      `json:"times,omitempty"`
	Status      int      `json:"status,omitempty"`
	DelayMillis int      `json:"delayMillis,omitempty"`
}

// Effect is one write that changed an object.
type Effect struct {
	Time      time.Time `json:"time"`
	UserAgent string    `json:"userAgent"`
	Verb      string    `json:"verb"`
	Resource  string    `json:"resource"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Manager   string    `json:"manager"`
}

// RequestCount counts requests of one client.
type RequestCount struct {
	UserAgent string `json:"userAgent"`
	Verb      string `json:"verb"`
	Resource  string `json:"resource"`
	Count     int    `json:"count"`
}

// Counts of a cluster's proxy.
type Counts struct {
	Requests []RequestCount `json:"requests"`
	Effects  []Effect       `json:"effects"`
}

// ManifestPush is one manifest put into the registry.
type ManifestPush struct {
	Repository string `json:"repository"`
	Reference  string `json:"reference"`
	Digest     string `json:"digest"`
	Created    bool   `json:"created"`
	TagMoved   bool   `json:"tagMoved"`
}

// RegistryCounts of the registry's front.
type RegistryCounts struct {
	Manifests []ManifestPush `json:"manifests"`
	Blobs     []struct {
		Repository string `json:"repository"`
		Digest     string `json:"digest"`
		Bytes      int64  `json:"bytes"`
		Created    bool   `json:"created"`
	} `json:"blobs"`
}

// Counts gives what a cluster's proxy has seen for a namespace.
func (p *Platform) Counts(t testing.TB, cluster, namespace string) Counts {
	t.Helper()
	var counts Counts
	p.call(t, http.MethodGet, "/clusters/"+cluster+"/counts?namespace="+url.QueryEscape(namespace), nil, &counts)
	return counts
}

// RegistryCounts gives what the registry has seen below a repository prefix.
func (p *Platform) RegistryCounts(t testing.TB, prefix string) RegistryCounts {
	t.Helper()
	var counts RegistryCounts
	p.call(t, http.MethodGet, "/registry/counts?repository="+url.QueryEscape(prefix), nil, &counts)
	return counts
}

// Fault plays a fault on "clusters/NAME" or "registry" and gives the rule's ID:
// hold, fail, delay or drop.
func (p *Platform) Fault(t testing.TB, where, fault string, rule Rule) string {
	t.Helper()
	var answer struct {
		ID string `json:"id"`
	}
	p.call(t, http.MethodPost, "/"+where+"/"+fault, rule, &answer)
	return answer.ID
}

// patience bounds a wait for a request; it is long because machines are slow, and
// nothing passes by waiting longer.
const patience = 3 * time.Minute

// Await waits until a rule has caught a request, and fails if it does not within three minutes.
func (p *Platform) Await(t testing.TB, where, id string) {
	t.Helper()
	if !p.Caught(t, where, id, patience) {
		t.Fatalf("no request of %s met rule %s", where, id)
	}
}

// Caught tells whether a rule has caught a request, after waiting for one for so long at most.
func (p *Platform) Caught(t testing.TB, where, id string, wait time.Duration) bool {
	t.Helper()
	var state struct {
		Caught bool `json:"caught"`
	}
	p.call(t, http.MethodGet, "/"+where+"/rules/"+id+"?wait="+wait.String(), nil, &state)
	return state.Caught
}

// Do cuts, mends, kills or starts: "clusters/NAME/cut", "registry/mend", "temporal/kill", …
func (p *Platform) Do(t testing.TB, what string) {
	t.Helper()
	p.call(t, http.MethodPost, "/"+what, struct{}{}, nil)
}

// Release lets go what a rule holds; with drop, by resetting the connection.
func (p *Platform) Release(t testing.TB, where, id string, drop bool) {
	t.Helper()
	p.call(t, http.MethodPost, "/"+where+"/release", map[string]any{"id": id, "drop": drop}, nil)
}

func (p *Platform) call(t testing.TB, method, path string, in, out any) {
	t.Helper()
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, p.Control+path, body)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: patience + time.Minute}
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("asking the platform: %v", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatal(fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer))
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			t.Fatalf("decoding %s: %v", answer, err)
		}
	}
}
