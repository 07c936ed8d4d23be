package environment

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/step"
)

// Soaking is a release that runs here and has yet to be verified.
type Soaking struct {
	Version string           `json:"version"`
	Commit  string           `json:"commit"`
	Bundle  bundle.Reference `json:"bundle"`
	// Policy says what it has to pass.
	Policy stack.Verification `json:"policy"`
	// Since is when it was released, or was found to be not healthy.
	Since     time.Time  `json:"since"`
	Decisions []Decision `json:"decisions,omitempty"`
	// Message says what went wrong at the last look.
	Message string `json:"message,omitempty"`
	// Gates as they stood when they were last looked at.
	Gates []Gate `json:"gates,omitempty"`
}

// gates are what it still waits for.
func (s *Soaking) gates(now time.Time) []Gate {
	var gates []Gate
	if s.Policy.Soak > 0 {
		due := s.Since.Add(time.Duration(s.Policy.Soak))
		gates = append(gates, Gate{Name: "soak", Open: !now.Before(due), Message: s.Policy.Soak.String(), Until: due})
	}
	for _, approval := range s.Policy.Approvals {
		gates = append(gates, approved(approval, s.Decisions, s.Since, now))
	}
	return gates
}

// healthTotal bounds the look at one target at the end of a soak.
const healthTotal = time.Minute

// soak begins the verification of what was just released. What soaked before has
// been replaced.
func (e *environment) soak(ctx workflow.Context, wish Wish) {
	if wish.Retry {
		e.disturb(ctx)
		return
	}
	e.state.Soaking = nil
	if wish.Rollback || wish.Policy == nil || wish.Policy.Verify == nil {
		return
	}
	e.state.Soaking = &Soaking{
		Version: wish.Version, Commit: wish.Commit, Bundle: wish.Bundle,
		Policy: *wish.Policy.Verify, Since: workflow.Now(ctx),
	}
}

// disturb lets what soaks begin anew, because the clusters were not left alone.
func (e *environment) disturb(ctx workflow.Context) {
	if e.state.Soaking != nil {
		e.state.Soaking.Since = workflow.Now(ctx)
	}
}

// soakAgain begins the verification of what runs once more, because it was asked
// for again and was never verified: nobody had approved it in time, say.
func (e *environment) soakAgain(ctx workflow.Context) {
	current, what := *e.state.Current, missing{"verification", factPolicy}
	if e.state.Soaking != nil || e.state.Verified == current.Bundle || slices.Contains(e.finding, what) {
		return
	}
	e.finding = append(e.finding, what)
	workflow.GoNamed(ctx, "verify "+current.Version+" again", func(ctx workflow.Context) {
		defer e.found(what)
		var bundles *bundle.Activities
		policy, err := step.Call[stack.Policy](ctx, step.Insist("how "+current.Version+" becomes verified"),
			bundles.ReadPolicy, bundle.ReadPolicyInput{Environment: e.in.Environment, Bundle: current.Bundle})
		if err == nil && e.state.currentBundle() == current.Bundle {
			e.soak(ctx, Wish{Policy: &policy, Deploy: Deploy{Version: current.Version, Commit: current.Commit, Bundle: current.Bundle}})
		}
	})
}

// verifiable tells whether what soaks has passed all by now, and still may.
func (e *environment) verifiable(ctx workflow.Context, soaking *Soaking) bool {
	_, banned := e.state.banned(soaking.Bundle)
	if e.state.Soaking != soaking || e.state.Unknown || banned || e.running != nil {
		return false
	}
	soaking.Gates = soaking.gates(workflow.Now(ctx))
	all, _ := open(soaking.Gates)
	return all
}

// verify records that the release has passed what it had to, if it has by now, and
// tells the environments that wait for it. It tells whether there was anything to do.
func (e *environment) verify(ctx workflow.Context) bool {
	soaking := e.state.Soaking
	if soaking == nil || e.running != nil || e.verifying {
		return false
	}
	soaking.Gates = soaking.gates(workflow.Now(ctx))
	if gate, shut := closed(soaking.Gates); shut {
		e.note(ctx, "did not verify "+soaking.Version, e.in.Environment, gate.Name+": "+gate.Message)
		e.state.Soaking = nil
		return true
	}
	if !e.verifiable(ctx, soaking) {
		return false
	}
	e.verifying = true
	workflow.GoNamed(ctx, "verify "+soaking.Version, func(ctx workflow.Context) {
		defer func() { e.verifying = false; e.stir() }()
		e.recordVerified(ctx, soaking)
	})
	return false
}

// recordVerified looks once more at the health of what has soaked. What is not
// healthy soaks again.
func (e *environment) recordVerified(ctx workflow.Context, soaking *Soaking) {
	if soaking.Policy.Soak > 0 {
		sick, err := e.sick(ctx, soaking.Bundle)
		switch {
		case err != nil:
			// Not to know is no verdict: it is looked at again.
			_ = e.rest(ctx, "looking whether "+soaking.Version+" is healthy: "+step.Reason(err))
			return
		case sick != "":
			soaking.Message, soaking.Since = sick, workflow.Now(ctx)
			return
		}
	}
	// While it was looked at, something else may have been released, or somebody may
	// have rejected or banned it.
	if !e.verifiable(ctx, soaking) {
		return
	}
	var bundles *bundle.Activities
	err := workflow.ExecuteActivity(
		workflow.WithActivityOptions(ctx, step.Insist("record that "+soaking.Version+" is verified")),
		bundles.RecordVerified, bundle.RecordVerifiedInput{Bundle: soaking.Bundle},
	).Get(ctx, nil)
	if err != nil {
		// It is due still: after a pause it is tried again.
		_ = e.rest(ctx, "recording that "+soaking.Version+" is verified: "+step.Reason(err))
		return
	}
	e.state.Verified = soaking.Bundle
	e.note(ctx, "verified "+soaking.Version, e.in.Environment, "")
	if e.state.Soaking == soaking {
		e.state.Soaking = nil
	}
	for _, name := range soaking.Policy.Tells {
		// Best effort: an environment that does not run waits for nothing, and one
		// that misses the word looks again by itself.
		_ = workflow.SignalExternalWorkflow(ctx, ID(e.in.Stack, name), "", VerifiedSignal, soaking.Commit).Get(ctx, nil)
	}
}

// sick says what is wrong with a release that runs here; empty when all is healthy. It
// is an error when that could not be told.
func (e *environment) sick(ctx workflow.Context, ref bundle.Reference) (string, error) {
	var bundles *bundle.Activities
	plan, err := step.Call[bundle.Plan](ctx, step.Read("read the bundle"), bundles.ReadPlan,
		bundle.ReadPlanInput{Bundle: ref, Environment: e.in.Environment})
	if err != nil {
		return "", err
	}
	var activities *workload.Activities
	until := workflow.Now(ctx).Add(healthTotal)
	for _, target := range plan.Targets {
		if e.state.excluded(target) {
			continue
		}
		seen, err := step.CallOn[workload.WatchResult](ctx, workload.Queue(target), until, healthTotal, activities.WatchWave,
			func(left time.Duration) (workflow.ActivityOptions, any) {
				return step.Watch("is "+target+" healthy?", left), workload.WatchWaveInput{
					Subject: workload.Subject{
						Stack: e.in.Stack, Environment: e.in.Environment, Target: target, Namespace: plan.Namespace, Bundle: ref,
					},
					Deadline: stack.Duration(min(left, healthTotal)),
				}
			})
		switch {
		case err != nil:
			return "", err
		case seen.Verdict != workload.Healthy:
			return fmt.Sprintf("not healthy on %s at the end of its soak (%s); it soaks again", target, seen.Verdict), nil
		}
	}
	return "", nil
}

// heard takes the word that an rc of a commit was verified.
func (e *environment) heard(commit string) {
	// A look that is under way may have been too early.
	e.words++
	for i := range e.state.Queue {
		if wish := &e.state.Queue[i]; wish.Commit == commit {
			wish.Verified = nil
		}
	}
	e.stir()
}
