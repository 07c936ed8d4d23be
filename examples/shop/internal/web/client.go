package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// maxBody is what one service reads of another's answer; the shop's are small.
const maxBody = 1 << 20

// Client asks other services. No answer is worth more than two seconds to a
// customer.
var Client = &http.Client{Timeout: 2 * time.Second}

// Env gives an environment variable, or a fallback when it is not set.
func Env(name, fallback string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return fallback
}

// Ready is the check that another service, given by its base URL, is ready.
func Ready(base string) Check {
	return func(ctx context.Context) error {
		return Do(ctx, http.MethodGet, base+"/readyz", nil, nil)
	}
}

// Do sends a request and decodes the JSON of the answer into out, unless out
// is nil. An answer that is not 2xx is an error, a *StatusError.
func Do(ctx context.Context, method, url string, body io.Reader, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	response, err := Client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return &StatusError{URL: url, Code: response.StatusCode}
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(out)
}

// StatusError is an answer that tells of a failure.
type StatusError struct {
	URL  string
	Code int
}

// Error names the URL and the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.URL, e.Code, http.StatusText(e.Code))
}

// JSON answers with a value.
func JSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	// The status is sent already; an error here means that the client is gone.
	_ = json.NewEncoder(w).Encode(value)
}

// Fail answers that something the service needs has failed.
func Fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusBadGateway)
}
