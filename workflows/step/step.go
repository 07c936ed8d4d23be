// Package step holds what all workflows share: how an activity is called, and
// how a workflow shows where it stands. It decides nothing.
package step

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Queue is the task queue of the workflows, and of the activities that any worker can do.
const Queue = "slipway"

// heartbeat is how long a silent worker counts as alive. Workers beat each
// second for every activity, so five seconds tell death from a slow machine and
// leave half of the ten seconds in which work has to go on.
const heartbeat = 5 * time.Second

// Patient bounds of the option sets.
const (
	// readAttempt is enough to clone a large repository over a slow line.
	readAttempt = 5 * time.Minute
	readTotal   = 15 * time.Minute
	// writeAttempt bounds a wave's writes: some hundred objects at 50 requests a second.
	writeAttempt = time.Minute
	// unserved is how long a task may wait before its queue is looked at.
	unserved = 30 * time.Second
	// insistTotal bounds what is repeated for as long as it takes: whoever
	// insists shows what it has met by then and begins anew.
	insistTotal = time.Hour
	// extra is what a watch may take beyond the deadline that it keeps itself.
	extra = 30 * time.Second
)

func retry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    200 * time.Millisecond,
		BackoffCoefficient: 2,
		MaximumInterval:    5 * time.Second,
	}
}

// Read is for activities on Queue that look something up or store an artifact.
func Read(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              Queue,
		StartToCloseTimeout:    readAttempt,
		ScheduleToCloseTimeout: readTotal,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy:            retry(),
		WaitForCancellation:    false,
		Summary:                summary,
	}
}

// Insist is Read for what has to succeed one day: its caller repeats it when the
// hour is over. Errors that cannot pass by themselves end it at once.
func Insist(summary string) workflow.ActivityOptions {
	options := Read(summary)
	options.ScheduleToCloseTimeout = insistTotal
	options.RetryPolicy.MaximumInterval = 30 * time.Second
	return options
}

// Build is for one image; total bounds all attempts together, and the wait for
// a worker: those that build are busy for minutes, and a busy one does not poll,
// so that nothing tells a long queue from one that nobody serves.
func Build(queue, summary string, total time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              queue,
		StartToCloseTimeout:    total,
		ScheduleToCloseTimeout: total,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy:            retry(),
		WaitForCancellation:    true,
		Summary:                summary,
	}
}

// Write is for activities that change a target: short attempts, repeated until
// total has passed, and a cancelled one is waited for. CallOn names the queue.
func Write(summary string, total time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		ScheduleToStartTimeout: unserved,
		StartToCloseTimeout:    min(writeAttempt, total),
		ScheduleToCloseTimeout: total,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy:            retry(),
		WaitForCancellation:    true,
		Summary:                summary,
	}
}

// Watch is for activities that look at a target, or wait for it, and never write.
// One that waits keeps the deadline itself and tells what it saw; the timeouts
// are the net below.
func Watch(summary string, deadline time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		ScheduleToStartTimeout: unserved,
		StartToCloseTimeout:    deadline + extra,
		ScheduleToCloseTimeout: deadline + extra,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy:            retry(),
		WaitForCancellation:    false,
		Summary:                summary,
	}
}

// unstarted tells whether no worker took a task in time.
func unstarted(err error) bool {
	var timeout *temporal.TimeoutError
	return errors.As(err, &timeout) && timeout.TimeoutType() == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START
}
