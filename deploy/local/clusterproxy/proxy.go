// Package clusterproxy stands between the clients of a Kubernetes API server
// and the server. It passes everything on, watches included, counts requests,
// tells which writes had an effect, and makes requests fail on demand.
//
// An effect is a write that moved an object's resourceVersion. To know, the
// proxy looks at the object before each write, and lets one write at a time
// through to each object. Writes past the proxy, as the cluster's own
// controllers make them, are not seen and not mistaken for the client's.
//
// A write that has been passed on is seen through to its end even when the
// client dies meanwhile, so that its effect is counted.
package clusterproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/faults"
)

const (
	// bodyLimit is above what the API server takes (3 MiB), so that the refusal
	// of more is the server's own.
	bodyLimit = 8 << 20
	// writeTimeout is the API server's own limit for a request that is no
	// watch.
	writeTimeout = 60 * time.Second
)

// Proxy is an http.Handler for one cluster.
type Proxy struct {
	Ledger Ledger
	Gate   faults.Gate

	upstream  *url.URL
	token     string
	transport http.RoundTripper
	forward   *httputil.ReverseProxy
	locks     locks
}

// New makes a proxy to the API server at the URL. The token is for the proxy's
// own look at objects; the clients' requests keep their own credentials.
func New(upstream, token string, tlsConfig *tls.Config) (*Proxy, error) {
	parsed, err := url.Parse(upstream)
	if err != nil {
		return nil, fmt.Errorf("making cluster proxy: %w", err)
	}
	proxy := &Proxy{
		upstream: parsed,
		token:    token,
		transport: &http.Transport{
			TLSClientConfig:   tlsConfig,
			ForceAttemptHTTP2: true,
			// The client's own wish about compression is passed on.
			DisableCompression:  true,
			MaxIdleConnsPerHost: 32,
		},
	}
	proxy.forward = &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(parsed); r.Out.Host = parsed.Host },
		Transport:      proxy.transport,
		FlushInterval:  -1, // watch events are passed on as they come
		ModifyResponse: proxy.onResponse,
		ErrorHandler:   proxy.onError,
		ErrorLog:       log.New(io.Discard, "", 0), // clients that go away are no news
	}
	return proxy, nil
}

// exchange is one request on its way through the proxy.
type exchange struct {
	target
	userAgent string
	facts     faults.Request
	// client is the request as it came, with the client's own context.
	client *http.Request
	before *object
	// unlock lets the next write to the object through.
	unlock func()
}

type exchangeKey struct{}

// ServeHTTP passes a request on.
func (p *Proxy) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	var body []byte
	if isWrite(request.Method) {
		var err error
		body, err = io.ReadAll(io.LimitReader(request.Body, bodyLimit))
		if err != nil {
			// The client went away while it was still sending.
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	passing := newExchange(request, body)
	p.Ledger.request(passing.userAgent, passing.target)

	verdict := p.Gate.Pass(request.Context(), faults.OnRequest, passing.facts)
	if verdict.Drop {
		faults.DropConnection(request)
		return
	}
	if verdict.Status != 0 {
		p.refuse(writer, passing, verdict.Status)
		return
	}
	if !passing.write {
		p.forward.ServeHTTP(writer, request.WithContext(context.WithValue(request.Context(), exchangeKey{}, passing)))
		return
	}
	p.serveWrite(writer, request, passing)
}

func (p *Proxy) serveWrite(writer http.ResponseWriter, request *http.Request, passing *exchange) {
	passing.unlock = p.locks.lock(passing.lockKey())
	defer passing.unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(request.Context()), writeTimeout)
	defer cancel()
	if passing.Name != "" && !passing.dryRun {
		var err error
		if passing.before, err = p.look(ctx, passing.path); err != nil {
			// Then the write would not get through either.
			p.Ledger.write(passing.userAgent, passing.target, outcome{refused: true})
			faults.DropConnection(request)
			return
		}
	}
	// The answer has to be readable here.
	request.Header.Del("Accept-Encoding")
	p.forward.ServeHTTP(writer, request.WithContext(context.WithValue(ctx, exchangeKey{}, passing)))
}

func newExchange(request *http.Request, body []byte) *exchange {
	passing := &exchange{
		target:    parse(request, body),
		userAgent: request.UserAgent(),
		client:    request,
		unlock:    func() {},
	}
	passing.facts = faults.Request{
		Verb:      passing.verb,
		Write:     passing.write,
		DryRun:    passing.dryRun,
		Path:      request.URL.RequestURI(),
		UserAgent: passing.userAgent,
	}
	return passing
}

// lockKey is the same for all writes to one object. Creates that leave the name
// to the body or the server need no order among them.
func (e *exchange) lockKey() string {
	if e.Name == "" {
		return ""
	}
	return e.path
}

func isWrite(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	default:
		return false
	}
}

// refuse answers in the place of the API server, in its words.
func (p *Proxy) refuse(writer http.ResponseWriter, passing *exchange, status int) {
	if passing.write {
		p.Ledger.write(passing.userAgent, passing.target, outcome{refused: true})
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_, _ = writer.Write(statusBody(status))
}

func statusBody(status int) []byte {
	reason := strings.ReplaceAll(http.StatusText(status), " ", "")
	return fmt.Appendf(nil,
		`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"fault asked for by a test","reason":%q,"code":%d}`,
		reason, status)
}
