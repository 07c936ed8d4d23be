package kubernetes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestPatientRequestsOutlastAnAbsentServer(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			w.WriteHeader(http.StatusServiceUnavailable)
		case asked.Add(1) == 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case asked.Load() == 2:
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			connection.Close()
		}
	}))
	defer server.Close()
	client := http.Client{Transport: patient{next: http.DefaultTransport}}

	request := func(ctx context.Context, method string) (*http.Response, error) {
		request, err := http.NewRequestWithContext(ctx, method, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return client.Do(request)
	}
	response, err := request(t.Context(), http.MethodGet)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || asked.Load() != 3 {
		t.Errorf("status %d after %d requests, want 200 after 3", response.StatusCode, asked.Load())
	}
	written, err := request(t.Context(), http.MethodPost)
	if err != nil {
		t.Fatal(err)
	}
	defer written.Body.Close()
	if written.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a write was answered with %d, want 503 at once", written.StatusCode)
	}
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), unavailableInterval/5)
	defer cancel()
	if _, err := request(ctx, http.MethodGet); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want the context's own", err)
	}
}
