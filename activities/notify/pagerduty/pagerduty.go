// Package pagerduty pages by the PagerDuty Events API v2, which other on-call
// services take, too:
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
package pagerduty

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/notify"
)

// DefaultURL is where PagerDuty takes events.
const DefaultURL = "https://events.pagerduty.com/v2/enqueue"

const (
	// answerTime bounds one request.
	answerTime = 10 * time.Second
	// maxAnswer is how much of an answer is read.
	maxAnswer = 4 << 10
	// maxSummary and maxKey are what the API takes, in characters.
	maxSummary = 1024
	maxKey     = 255
)

// Pager sends events to one service of PagerDuty. It never closes an alert:
// that is for people.
type Pager struct {
	url    string
	key    string
	client http.Client
}

// New makes a pager for an integration key; an empty address means DefaultURL.
// InvalidInput for an address that is no URL of HTTP.
func New(address, integrationKey string) (*Pager, error) {
	if address == "" {
		address = DefaultURL
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		// The address may hold a password, and so may the error.
		return nil, fault.New(fault.InvalidInput, "the address of the pager is no URL that begins with https:// or http://")
	}
	return &Pager{url: address, key: integrationKey, client: http.Client{Timeout: answerTime}}, nil
}

// event is the body of a request.
type event struct {
	RoutingKey  string  `json:"routing_key"`
	EventAction string  `json:"event_action"`
	DedupKey    string  `json:"dedup_key"`
	Client      string  `json:"client"`
	Payload     payload `json:"payload"`
}

type payload struct {
	Summary       string            `json:"summary"`
	Source        string            `json:"source"`
	Severity      string            `json:"severity"`
	CustomDetails map[string]string `json:"custom_details,omitempty"`
}

// Page sends a trigger event. See notify.Pager.
func (p *Pager) Page(ctx context.Context, page notify.Page) error {
	body, err := json.Marshal(event{
		RoutingKey: p.key, EventAction: "trigger", DedupKey: cut(page.Key, maxKey), Client: "slipway",
		Payload: payload{
			Summary: cut(page.Summary, maxSummary), Source: page.Source, Severity: "critical", CustomDetails: page.Details,
		},
	})
	if err != nil {
		return fmt.Errorf("encoding a page: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return fault.New(fault.InvalidInput, "paging: the address of the pager is not usable")
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return fault.New(fault.Unavailable, "paging: %w", withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return classify(response.StatusCode, response.Status, answer)
}

// classify follows the documented codes: 202 is success, 400 a bad event or
// key, 429 too many of them, 5xx a fault of the service.
func classify(code int, status string, answer []byte) error {
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fault.New(fault.Unauthorized, "paging: the service refuses the integration key: %s", status)
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		return fault.New(fault.Unavailable, "paging: %s", status)
	}
	return fault.New(fault.InvalidInput, "paging: %s%s", status, complaint(answer))
}

// complaint is what the service says of a bad event. It is its own words and
// not the body as a whole, which might repeat the key.
func complaint(answer []byte) string {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &said) != nil || said.Message == "" {
		return ""
	}
	return ": " + said.Message
}

// withoutURL takes away what net/http puts before an error: the address may
// hold a password.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func cut(text string, characters int) string {
	runes := []rune(text)
	if len(runes) <= characters {
		return text
	}
	return string(runes[:characters-1]) + "…"
}
