package rollout

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Control is the signal that an Environment passes down.
type Control struct {
	Action Action `json:"action"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
	// Why is the word that a result gives for an abort; WhyAborted when it is empty.
	Why string `json:"why,omitempty"`
}

// Action of a Control.
type Action string

// What can be done to a rollout that is under way.
const (
	// Abort gives it up and restores what it touched.
	Abort Action = "abort"
	// Pause keeps it from beginning its next step. It undoes nothing.
	Pause Action = "pause"
	// Resume lets it go on.
	Resume Action = "resume"
)

// String says who did what and why.
func (c Control) String() string {
	text := map[Action]string{Abort: "aborted", Pause: "paused", Resume: "resumed"}[c.Action] + " by " + c.By
	if c.Reason != "" {
		text += ": " + c.Reason
	}
	return text
}

// ending of a rollout that was aborted.
func (c Control) ending() *ending {
	why := c.Why
	if why == "" {
		why = WhyAborted
	}
	return &ending{why: why, message: c.String()}
}

// listen takes controls for as long as the rollout runs. The returned context ends
// when it has to stop going forward.
func (r *rollout) listen(ctx workflow.Context) workflow.Context {
	forward, stop := workflow.WithCancel(ctx)
	signals := workflow.GetSignalChannel(ctx, ControlSignal)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var control Control
			if more := signals.Receive(ctx, &control); !more {
				return
			}
			switch {
			case control.Action == Abort && r.stopped == nil:
				r.stopped = &control
				stop()
			case control.Action == Pause:
				r.paused = &control
			case control.Action == Resume:
				r.paused = nil
			}
		}
	})
	return forward
}

// hold waits before a step that goes forward for as long as the rollout is paused.
// An abort ends the wait.
func (r *rollout) hold(ctx, forward workflow.Context) {
	if r.paused == nil {
		return
	}
	phase := r.board.phase
	for r.paused != nil && forward.Err() == nil {
		seen := r.paused
		r.board.held = seen.String()
		r.board.enter(ctx, PhaseHeld)
		// The pause may be given another reason while it lasts.
		_ = workflow.Await(forward, func() bool { return r.paused != seen })
	}
	r.board.held = ""
	r.board.enter(ctx, phase)
}

// hearOut lets the listener take the signals that have come. The story runs before
// it: what came with one workflow task is heard only when the story waits.
func hearOut(ctx workflow.Context) {
	heard, hear := workflow.NewFuture(ctx)
	workflow.Go(ctx, func(workflow.Context) { hear.SetValue(nil) })
	_ = heard.Get(ctx, nil)
}

// refuseBanned looks whether somebody has banned the release since it set out.
func (r *rollout) refuseBanned(forward workflow.Context) *ending {
	options := step.Read("is " + r.in.Version + " banned?")
	options.ScheduleToCloseTimeout = min(options.ScheduleToCloseTimeout, time.Duration(r.plan.Deadline))
	var bundles *bundle.Activities
	ban, err := step.Call[bundle.Ban](forward, options, bundles.FindBan, bundle.FindBanInput{Bundle: r.in.To})
	switch {
	case err != nil:
		return r.ended(err, "looking whether the release is banned")
	case ban.Holds():
		return &ending{why: WhyBanned, message: fmt.Sprintf("%s was banned by %s: %s", ban.Version, ban.By, ban.Reason)}
	}
	return nil
}
