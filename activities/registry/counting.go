package registry

import (
	"io"
	"net/http"
)

// counting tells how much goes out in the bodies of requests. What is sent again
// after an error counts again.
type counting struct {
	next http.RoundTripper
	sent func(bytes int64)
}

// RoundTrip passes the request on with a body that counts.
func (c *counting) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body == nil || request.Body == http.NoBody {
		return c.next.RoundTrip(request)
	}
	counted := request.Clone(request.Context())
	counted.Body = &countedBody{ReadCloser: request.Body, sent: c.sent}
	return c.next.RoundTrip(counted)
}

type countedBody struct {
	io.ReadCloser
	sent func(bytes int64)
}

func (b *countedBody) Read(buffer []byte) (int, error) {
	n, err := b.ReadCloser.Read(buffer)
	if n > 0 {
		b.sent(int64(n))
	}
	return n, err
}
