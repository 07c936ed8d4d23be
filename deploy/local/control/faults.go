package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/faults"
)

// longestWait bounds how long one request waits for a rule; a test that wants
// longer asks again.
const longestWait = 10 * time.Minute

func ruleState(request *http.Request, front Front) (any, error) {
	wait := time.Duration(0)
	if text := request.URL.Query().Get("wait"); text != "" {
		parsed, err := time.ParseDuration(text)
		if err != nil || parsed < 0 || parsed > longestWait {
			return nil, badRequest(fmt.Errorf("wait %q: want a duration up to %s", text, longestWait))
		}
		wait = parsed
	}
	condition := faults.UntilCaught
	switch until := request.URL.Query().Get("until"); until {
	case "", "caught":
	case "left":
		condition = faults.UntilLeft
	default:
		return nil, badRequest(fmt.Errorf("until %q: want caught or left", until))
	}
	ctx, cancel := context.WithTimeout(request.Context(), wait)
	defer cancel()
	state, err := front.Gate.Wait(ctx, request.PathValue("id"), condition)
	if err != nil {
		return nil, notFound(err)
	}
	return state, nil
}

func playFault(request *http.Request, front Front) (any, error) {
	switch name := request.PathValue("fault"); name {
	case "cut":
		return nil, front.Listener.Cut()
	case "mend":
		return nil, front.Listener.Mend()
	case "release":
		return nil, release(request, front)
	case string(faults.Hold), string(faults.Fail), string(faults.Delay), string(faults.Drop):
		var rule faults.Rule
		if err := decode(request.Body, &rule); err != nil {
			return nil, err
		}
		id, err := front.Gate.Add(faults.Action(name), rule)
		if err != nil {
			return nil, badRequest(err)
		}
		return map[string]string{"id": id}, nil
	default:
		return nil, notFound(fmt.Errorf("no such fault %q", name))
	}
}

func release(request *http.Request, front Front) error {
	var wanted struct {
		ID   string `json:"id"`
		Drop bool   `json:"drop"`
	}
	if err := decode(request.Body, &wanted); err != nil {
		return err
	}
	if wanted.ID == "" {
		front.Gate.ReleaseAll()
		return nil
	}
	if err := front.Gate.Release(wanted.ID, wanted.Drop); err != nil {
		return notFound(err)
	}
	return nil
}

// decode reads one JSON object; an empty body is an empty object.
func decode(body io.Reader, target any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil && !errors.Is(err, io.EOF) {
		return badRequest(fmt.Errorf("reading the request: %w", err))
	}
	return nil
}
