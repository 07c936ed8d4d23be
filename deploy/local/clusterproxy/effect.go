package clusterproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/slipway-dev/slipway/deploy/local/faults"
)

var errDropped = errors.New("connection dropped on demand")

// onResponse counts what a write did, frees the object for the next one, and
// only then lets the gate hold up or replace the answer.
func (p *Proxy) onResponse(response *http.Response) error {
	passing, ok := response.Request.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil
	}
	if passing.write {
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return err
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		p.count(response, passing, body)
		passing.unlock()
	}
	verdict := p.Gate.Pass(passing.client.Context(), faults.OnResponse, passing.facts)
	if verdict.Drop {
		return errDropped
	}
	if verdict.Status != 0 {
		replace(response, verdict.Status)
	}
	return nil
}

// onError ends an exchange that the API server did not answer: the client finds
// its connection dropped, as it would without a proxy.
func (p *Proxy) onError(_ http.ResponseWriter, request *http.Request, err error) {
	passing, ok := request.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return
	}
	if passing.write && !errors.Is(err, errDropped) {
		p.Ledger.write(passing.userAgent, passing.target, outcome{refused: true})
	}
	faults.DropConnection(passing.client)
}

func replace(response *http.Response, status int) {
	_ = response.Body.Close()
	body := statusBody(status)
	response.StatusCode, response.Status = status, ""
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	response.Header.Set("Content-Type", "application/json")
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
}

// count records a write that was answered.
func (p *Proxy) count(response *http.Response, passing *exchange, body []byte) {
	if response.StatusCode >= http.StatusMultipleChoices {
		p.Ledger.write(passing.userAgent, passing.target, outcome{refused: true})
		return
	}
	if passing.dryRun {
		p.Ledger.write(passing.userAgent, passing.target, outcome{})
		return
	}
	if passing.verb == "deletecollection" {
		p.Ledger.write(passing.userAgent, passing.target, outcome{effects: itemsOf(body)})
		return
	}
	after, err := p.after(response, passing, body)
	if err != nil {
		// The API server went away right after its answer. A write that was
		// answered with success counts rather than being lost.
		after = &object{name: passing.Name}
	}
	seen := passing.target
	if seen.Name == "" && after != nil {
		seen.Name = after.name
	}
	var result outcome
	if moved(passing.Subresource, passing.before, after) {
		result.effects = 1
	}
	if passing.before != nil {
		result.from = passing.before.resourceVersion
	}
	if after != nil {
		result.to = after.resourceVersion
	}
	p.Ledger.write(passing.userAgent, seen, result)
}

// after is the object as the write left it: from the answer where that is the
// object, and otherwise, as for subresources, deletes and answers in protobuf,
// by another look.
func (p *Proxy) after(response *http.Response, passing *exchange, body []byte) (*object, error) {
	if passing.verb != "delete" && passing.Subresource == "" {
		if answered := decode(body); answered != nil {
			return answered, nil
		}
	}
	if passing.Name == "" {
		// A create whose answer is not an object that is kept, or can't be
		// read: reviews and the like.
		return nil, nil
	}
	return p.look(response.Request.Context(), passing.path)
}

// look reads an object past the gate; nil when it does not exist.
func (p *Proxy) look(ctx context.Context, path string) (*object, error) {
	at := *p.upstream
	at.Path = path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Accept", "application/json")
	response, err := p.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode >= http.StatusInternalServerError, response.StatusCode == http.StatusTooManyRequests:
		return nil, fmt.Errorf("looking at %s: %s", path, response.Status)
	case response.StatusCode != http.StatusOK:
		// Not found, or nothing that can be read.
		return nil, nil
	}
	return decode(body), nil
}
