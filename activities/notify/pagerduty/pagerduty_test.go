package pagerduty_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/activities/notify/pagerduty"
)

// service answers like the Events API v2: the status and the body are those
// that its documentation gives for the case.
func service(t *testing.T, status int, body string) (address string, got func() map[string]any) {
	t.Helper()
	var received map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s with content type %q", r.Method, r.Header.Get("Content-Type"))
		}
		if err := json.NewDecoder(r.Body).Decode(&received); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL, func() map[string]any { return received }
}

func TestPageSendsATriggerEvent(t *testing.T) {
	t.Parallel()
	address, got := service(t, http.StatusAccepted, `{"status":"success","message":"Event processed","dedup_key":"k"}`)
	pager, err := pagerduty.New(address, "secret-key")
	if err != nil {
		t.Fatal(err)
	}
	page := notify.Page{
		Key: strings.Repeat("k", 300), Summary: strings.Repeat("s", 2000), Source: "rollout/shop/staging",
		Details: map[string]string{"version": "1.0.0"},
	}
	if err := pager.Page(context.Background(), page); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"routing_key": "secret-key", "event_action": "trigger", "client": "slipway",
		"dedup_key": strings.Repeat("k", 254) + "…",
		"payload": map[string]any{
			"summary": strings.Repeat("s", 1023) + "…", "source": "rollout/shop/staging", "severity": "critical",
			"custom_details": map[string]any{"version": "1.0.0"},
		},
	}
	if !reflect.DeepEqual(got(), want) {
		t.Errorf("got  %v\nwant %v", got(), want)
	}
}

func TestPageErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		code   fault.Code
		text   string
	}{
		{http.StatusBadRequest, `{"status":"invalid event","message":"Event object is invalid","errors":["secret-key"]}`, fault.InvalidInput, "Event object is invalid"},
		{http.StatusForbidden, "secret-key", fault.Unauthorized, "integration key"},
		{http.StatusTooManyRequests, "", fault.Unavailable, "429"},
		{http.StatusInternalServerError, "", fault.Unavailable, "500"},
	}
	for _, test := range tests {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			t.Parallel()
			address, _ := service(t, test.status, test.body)
			pager, err := pagerduty.New(address, "secret-key")
			if err != nil {
				t.Fatal(err)
			}
			err = pager.Page(context.Background(), notify.Page{Key: "k", Summary: "s", Source: "x"})
			if fault.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "secret-key") {
				t.Errorf("got %s %v, want %s with %q", fault.CodeOf(err), err, test.code, test.text)
			}
		})
	}
}

func TestPageTellsNoAddress(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	address := strings.Replace(server.URL, "http://", "http://user:hunter2@", 1)
	server.Close()
	pager, err := pagerduty.New(address, "secret-key")
	if err != nil {
		t.Fatal(err)
	}
	err = pager.Page(context.Background(), notify.Page{Key: "k", Summary: "s", Source: "x"})
	if fault.CodeOf(err) != fault.Unavailable || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %s %v", fault.CodeOf(err), err)
	}
	if _, err := pagerduty.New("hunter2", "k"); fault.CodeOf(err) != fault.InvalidInput || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("an address that is none: got %v", err)
	}
}

func TestWithoutAPagerNothingIsSent(t *testing.T) {
	t.Parallel()
	sent, err := (&notify.Activities{}).SendPage(context.Background(), notify.Page{})
	if err != nil || sent.Sent {
		t.Errorf("got %+v, %v", sent, err)
	}
}
