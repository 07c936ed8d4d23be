package release_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"

	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// clerk answers for an environment, each time with the next answer, the last of
// which stays.
type clerk struct {
	answers []environment.TicketState
	// lost is how many answers get lost on their way back.
	lost int
	// asked are the messages that came, with the time since the start.
	asked []asking
}

type asking struct {
	after  time.Duration
	ticket string
	id     string
}

// serve makes the clerk answer what a release asks.
func (c *clerk) serve(y *yard) {
	began := y.env.Now()
	answer := func(_ context.Context, in message.DeliverUpdateInput) (json.RawMessage, error) {
		var wish environment.Deploy
		if err := json.Unmarshal(in.Argument, &wish); err != nil {
			return nil, err
		}
		c.asked = append(c.asked, asking{after: y.env.Now().Sub(began), ticket: wish.Ticket, id: in.UpdateID})
		next := c.answers[min(len(c.asked), len(c.answers))-1]
		next.Ticket = wish.Ticket
		if next.Outcome != nil {
			// Cases that run side by side share the answer.
			outcome := *next.Outcome
			outcome.Ticket = wish.Ticket
			next.Outcome = &outcome
		}
		if c.lost > 0 {
			c.lost--
			return nil, errors.New("the connection broke")
		}
		return json.Marshal(next)
	}
	y.env.OnActivity("DeliverUpdate", mock.Anything, mock.Anything).Return(answer)
}

func released() *environment.Outcome {
	return &environment.Outcome{Environment: "production", Result: rollout.Result{Verdict: rollout.Released}}
}

// tell sends an outcome, as the Environment does, by a ticket or by that of the release.
func (c *clerk) tell(y *yard, after time.Duration, ticket string) {
	y.env.RegisterDelayedCallback(func() {
		outcome := *released()
		if outcome.Ticket = ticket; ticket == "" {
			outcome.Ticket = c.asked[0].ticket
		}
		y.env.SignalWorkflow(environment.OutcomeSignal, outcome)
	}, after)
}

func TestAReleaseWaitsForItsLetterAndAsksForALostOne(t *testing.T) {
	t.Parallel()
	running := environment.TicketState{State: environment.Running}
	done := environment.TicketState{State: environment.Done, Outcome: released()}
	tests := []struct {
		name  string
		clerk clerk
		// told is when the letter comes, if it does, and by which ticket.
		told   time.Duration
		ticket string
		// asked is when the release asks, to the minute.
		asked []time.Duration
	}{
		{
			name: "the letter comes", clerk: clerk{answers: []environment.TicketState{running}},
			told: 10 * time.Minute, asked: []time.Duration{0},
		},
		{
			name: "the letter was lost", clerk: clerk{answers: []environment.TicketState{running, running, done}},
			asked: []time.Duration{0, time.Hour, 2 * time.Hour},
		},
		{
			name: "a letter for somebody else", clerk: clerk{answers: []environment.TicketState{running, done}},
			told: 10 * time.Minute, ticket: "another one", asked: []time.Duration{0, time.Hour},
		},
		{
			name: "the letter comes after it has asked again", clerk: clerk{answers: []environment.TicketState{running}},
			told: 90 * time.Minute, asked: []time.Duration{0, time.Hour},
		},
		{
			name: "the first answer was lost", clerk: clerk{answers: []environment.TicketState{running, done}, lost: 1},
			asked: []time.Duration{0, 0},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			y := open(t, "")
			test.clerk.serve(y)
			if test.told > 0 {
				test.clerk.tell(y, test.told, test.ticket)
			}
			y.run()
			var result release.Result
			if err := y.env.GetWorkflowResult(&result); err != nil || result.Verdict != string(rollout.Released) {
				t.Errorf("result = %+v, %v, want released", result, err)
			}
			var asked []time.Duration
			for _, asking := range test.clerk.asked {
				asked = append(asked, asking.after.Truncate(time.Minute))
				if asking.ticket == "" || asking.ticket != test.clerk.asked[0].ticket {
					t.Errorf("asked by ticket %q after %q: the wish would be queued twice", asking.ticket, test.clerk.asked[0].ticket)
				}
			}
			if fmt.Sprint(asked) != fmt.Sprint(test.asked) {
				t.Errorf("asked after %v, want %v", asked, test.asked)
			}
		})
	}
}

// A message of the same ID would get the old answer once more.
func TestAReleaseThatAsksAgainAsksAnew(t *testing.T) {
	t.Parallel()
	y := open(t, "")
	c := clerk{answers: []environment.TicketState{{State: environment.Queued}, {State: environment.Running}, {State: environment.Done, Outcome: released()}}}
	c.serve(y)
	y.run()
	ids := map[string]bool{}
	for _, asking := range c.asked {
		ids[asking.id] = true
	}
	if len(c.asked) != 3 || len(ids) != 3 {
		t.Errorf("asked %d times with the IDs %v, want three of each", len(c.asked), ids)
	}
}
