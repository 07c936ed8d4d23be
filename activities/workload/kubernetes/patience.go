package kubernetes

import (
	"io"
	"net/http"
	"time"
)

// patient repeats lists and watches that get no answer, until their context
// ends. The informers would do so themselves, but with pauses that grow to a
// minute: long after the API server is back they would still be blind.
type patient struct {
	next http.RoundTripper
}

func (p patient) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet {
		return p.next.RoundTrip(request)
	}
	for {
		response, err := p.next.RoundTrip(request)
		if err == nil && !absent(response.StatusCode) {
			return response, nil
		}
		if err == nil {
			// A body that is not read to its end keeps the connection from use.
			_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxRefusal))
			_ = response.Body.Close()
		}
		timer := time.NewTimer(unavailableInterval)
		select {
		case <-timer.C:
		case <-request.Context().Done():
			timer.Stop()
			return nil, request.Context().Err()
		}
	}
}

// maxRefusal is more than the text of any refusal.
const maxRefusal = 64 << 10

// absent tells the answers of an API server that starts, or of a load balancer
// that has none behind it.
func absent(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}
