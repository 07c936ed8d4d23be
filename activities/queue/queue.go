// Package queue looks at Temporal's task queues.
package queue

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/activities/fault"
)

// pollAge is how old the last poll of a living worker can be: a long poll
// takes up to a minute, and a new one follows at once.
const pollAge = 75 * time.Second

// Activities ask the Temporal server about queues.
type Activities struct {
	Client client.Client
}

// CountPollersInput names an activity task queue.
type CountPollersInput struct {
	Queue string `json:"queue"`
}

// Pollers of a queue.
type Pollers struct {
	// Alive counts the workers that have polled lately. One that was killed
	// counts until its last poll is old.
	Alive int `json:"alive"`
}

// CountPollers counts the workers that poll a queue for activities.
func (a *Activities) CountPollers(ctx context.Context, in CountPollersInput) (Pollers, error) {
	answer, err := a.Client.DescribeTaskQueue(ctx, in.Queue, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
	if err != nil {
		return Pollers{}, fault.New(fault.Unavailable, "describing task queue %q: %w", in.Queue, err)
	}
	var pollers Pollers
	for _, poller := range answer.GetPollers() {
		if time.Since(poller.GetLastAccessTime().AsTime()) < pollAge {
			pollers.Alive++
		}
	}
	return pollers, nil
}
