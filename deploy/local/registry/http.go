package registry

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// manifestTypes is what a look at a manifest accepts; without it the registry
// answers as if images of the newer kinds were not there.
var manifestTypes = []string{
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.docker.distribution.manifest.v2+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
}

// head asks the registry itself, uncounted and without a network.
func (r *Registry) head(ctx context.Context, path string) (int, http.Header) {
	request := (&http.Request{
		Method: http.MethodHead,
		URL:    &url.URL{Path: path},
		Header: http.Header{"Accept": manifestTypes},
		Body:   http.NoBody,
	}).WithContext(ctx)
	recorder := &statusRecorder{ResponseWriter: discard{header: make(http.Header)}}
	r.storage.ServeHTTP(recorder, request)
	return recorder.status, recorder.Header()
}

// refuse answers in the place of the registry, in its words. Clients take an
// unknown error for a passing one.
func refuse(writer http.ResponseWriter, status int) {
	code := "DENIED"
	if status >= http.StatusInternalServerError {
		code = "UNKNOWN"
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_, _ = fmt.Fprintf(writer, `{"errors":[{"code":%q,"message":"fault asked for by a test"}]}`, code)
}

// statusRecorder remembers the status code of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(content []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(content)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// discard is the writer of an answer of which only the head is wanted.
type discard struct{ header http.Header }

func (d discard) Header() http.Header               { return d.header }
func (d discard) Write(content []byte) (int, error) { return len(content), nil }
func (d discard) WriteHeader(int)                   {}

type countingReader struct {
	io.ReadCloser
	count int64
}

func (c *countingReader) Read(buffer []byte) (int, error) {
	n, err := c.ReadCloser.Read(buffer)
	c.count += int64(n)
	return n, err
}
