package rollout

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

const (
	// minRestore is the least time that a restore gets, however short the
	// deadline of going forward is: it is the last thing that can help.
	minRestore = 10 * time.Minute
	// maxRounds bounds how often a blocked restore is repeated; each round
	// deletes the pod that the round before waited for, so a StatefulSet of a
	// hundred broken pods still gets through.
	maxRounds = 100
)

// undo brings back every stage that may have been written to, in reverse order,
// whatever became of the context that went forward. A target or stage that
// can't be brought back does not keep the others from it.
//
// After a point of no return nothing is brought back.
func (r *rollout) undo(ctx workflow.Context, cause ending) Result {
	if r.crossed != "" {
		return r.held(ctx, cause)
	}
	ctx, done := workflow.NewDisconnectedContext(ctx)
	defer done()
	// Higher than every write of this rollout: from the first restored object
	// on, a paused attempt that wakes up is refused.
	r.epoch++
	r.decided = workflow.Now(ctx)
	r.board.note(cause.message)
	r.board.enter(ctx, PhaseRestoring)

	total := max(time.Duration(r.plan.Deadline), minRestore)
	var blockers []ending
	for _, touched := range slices.Backward(r.touched) {
		r.onTargetsAll(ctx, touched.targets, func(ctx workflow.Context, target string) {
			if blocker := r.restoreTarget(ctx, target, touched.services, total); blocker != nil {
				blockers = append(blockers, *blocker)
				r.board.set(target, touched.services, StateStuck)
				return
			}
			r.board.set(target, touched.services, StateRestored)
		})
		r.board.show(ctx)
	}
	if r.hooked {
		cause.message += "; what hooks have done is not taken back"
	}
	return r.restored(ctx, cause, blockers)
}

// onTargetsAll does one thing on some targets side by side and waits for all of them.
func (r *rollout) onTargetsAll(ctx workflow.Context, targets []string, do func(workflow.Context, string)) {
	group := workflow.NewWaitGroup(ctx)
	for _, target := range targets {
		group.Add(1)
		workflow.GoNamed(ctx, target, func(ctx workflow.Context) {
			defer group.Done()
			do(ctx, target)
		})
	}
	group.Wait(ctx)
}

// restoreTarget brings the services of a wave back on one target and waits
// until they are as the snapshot found them.
func (r *rollout) restoreTarget(ctx workflow.Context, target string, wave []string, total time.Duration) *ending {
	r.board.set(target, wave, StateRestoring)
	deadline := workflow.Now(ctx).Add(total)
	for range maxRounds {
		seen, blocker := r.restoreRound(ctx, target, wave, deadline)
		if blocker != nil {
			return blocker
		}
		switch seen.Verdict {
		case workload.Healthy:
			return nil
		case workload.Blocked:
			continue
		default:
			return &ending{message: "not as before at the deadline: " + waiting(target, seen.Services)}
		}
	}
	return &ending{message: fmt.Sprintf("%s on %s: still blocked after %d rounds", list(wave), target, maxRounds)}
}

// restoreRound writes what has to be written and waits for what comes of it.
func (r *rollout) restoreRound(ctx workflow.Context, target string, wave []string, deadline time.Time) (workload.WatchResult, *ending) {
	var activities *workload.Activities
	queue := workload.Queue(target)
	input := func(left time.Duration) workload.RestoreWaveInput {
		return workload.RestoreWaveInput{
			Subject: r.subject(target, wave), Snapshot: r.snapshots[target].Reference, Deadline: stack.Duration(left),
		}
	}
	wrote, err := step.CallOn[workload.RestoreResult](ctx, queue, deadline, minRestore, activities.RestoreWave,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			return step.Write(fmt.Sprintf("restore %s on %s", list(wave), target), left), input(left)
		})
	if err != nil {
		return workload.WatchResult{}, &ending{message: fmt.Sprintf("restoring %s on %s: %s", list(wave), target, step.Reason(err))}
	}
	if len(wrote.Problems) > 0 {
		return workload.WatchResult{}, &ending{message: refusal(wrote.Problems), problems: wrote.Problems}
	}

	seen, err := step.CallOn[workload.WatchResult](ctx, queue, deadline, minRestore, activities.WatchRestore,
		func(left time.Duration) (workflow.ActivityOptions, any) {
			return step.Watch(fmt.Sprintf("wait until %s on %s is as before", list(wave), target), left), input(left)
		})
	if err != nil {
		return seen, &ending{message: fmt.Sprintf("waiting for %s on %s to be as before: %s", list(wave), target, step.Reason(err))}
	}
	r.board.sawRestored(target, seen)
	return seen, nil
}
