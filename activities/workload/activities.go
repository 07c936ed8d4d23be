package workload

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// defaultDeadline ends a watch that was asked for without a deadline.
const defaultDeadline = 10 * time.Minute

// Activities move workloads on targets. Bundles and snapshots come from the store.
type Activities struct {
	Targets Targets
	Store   bundle.Store
}

// CheckTarget tries the whole release on one target and looks its images up.
func (a *Activities) CheckTarget(ctx context.Context, in CheckTargetInput) (CheckResult, error) {
	result, _, err := a.check(ctx, in)
	result.Changed = len(result.Changes)
	result.Changes, result.Problems = first(result.Changes), first(result.Problems)
	for i := range result.Changes {
		result.Changes[i].Diff = nil
	}
	return result, err
}

// check gives all that a look at a target finds, and the release that it is about.
func (a *Activities) check(ctx context.Context, in CheckTargetInput) (CheckResult, bundle.Release, error) {
	target, err := a.Targets.Target(in.Target)
	if err != nil {
		return CheckResult{}, bundle.Release{}, err
	}
	content, err := a.content(ctx, in.Bundle)
	if err != nil {
		return CheckResult{}, bundle.Release{}, err
	}
	next, err := scope(in.Subject, content)
	if err != nil {
		return CheckResult{}, bundle.Release{}, err
	}
	if next.Jobs, err = hookJobs(in.Subject, content, "", in.Hooks...); err != nil {
		return CheckResult{}, bundle.Release{}, err
	}
	base, err := a.baseScope(ctx, in.Subject, in.Base)
	if err != nil {
		return CheckResult{}, bundle.Release{}, err
	}
	result, err := target.Check(ctx, next, base)
	if err != nil {
		return CheckResult{}, bundle.Release{}, err
	}
	missing, err := a.missingImages(ctx, in.Subject, content)
	result.Problems = append(result.Problems, missing...)
	return result, content.Release, err
}

// ApplyWave writes the objects of some services. It does not wait for their health.
func (a *Activities) ApplyWave(ctx context.Context, in ApplyWaveInput) (ApplyResult, error) {
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return ApplyResult{}, err
	}
	base, err := a.baseScope(ctx, in.Subject, in.Base)
	if err != nil {
		return ApplyResult{}, err
	}
	result, err := target.Apply(ctx, next, base)
	result.Writes = len(result.Written)
	result.Written = first(result.Written)
	return result, err
}

// WatchWave waits for the health of some services. It writes nothing.
func (a *Activities) WatchWave(ctx context.Context, in WatchWaveInput) (WatchResult, error) {
	deadline := remaining(ctx, in.Deadline)
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return WatchResult{}, err
	}
	return target.Watch(ctx, next, deadline, recorder(ctx))
}

// RestoreWave brings some services back to the snapshot. It does not wait for
// their health.
func (a *Activities) RestoreWave(ctx context.Context, in RestoreWaveInput) (RestoreResult, error) {
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return RestoreResult{}, err
	}
	record, err := a.record(ctx, in.Snapshot)
	if err != nil {
		return RestoreResult{}, err
	}
	result, err := target.Restore(ctx, next, record)
	result.Written, result.Deleted, result.Problems = first(result.Written), first(result.Deleted), first(result.Problems)
	return result, err
}

// WatchRestore waits until some services equal the snapshot. It writes nothing.
func (a *Activities) WatchRestore(ctx context.Context, in RestoreWaveInput) (WatchResult, error) {
	deadline := remaining(ctx, in.Deadline)
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return WatchResult{}, err
	}
	record, err := a.record(ctx, in.Snapshot)
	if err != nil {
		return WatchResult{}, err
	}
	return target.WatchRestore(ctx, next, record, deadline, recorder(ctx))
}

// PruneTarget deletes what the base names and the new release does not.
func (a *Activities) PruneTarget(ctx context.Context, in PruneTargetInput) (PruneResult, error) {
	if in.Base.IsZero() {
		return PruneResult{}, nil
	}
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return PruneResult{}, err
	}
	base, err := a.baseScope(ctx, in.Subject, in.Base)
	if err != nil {
		return PruneResult{}, err
	}
	result, err := target.Prune(ctx, next, base)
	result.Deleted = first(result.Deleted)
	return result, err
}

func (a *Activities) open(ctx context.Context, subject Subject) (Target, Scope, error) {
	target, err := a.Targets.Target(subject.Target)
	if err != nil {
		return nil, Scope{}, err
	}
	content, err := a.content(ctx, subject.Bundle)
	if err != nil {
		return nil, Scope{}, err
	}
	next, err := scope(subject, content)
	return target, next, err
}

func (a *Activities) content(ctx context.Context, ref bundle.Reference) (bundle.Content, error) {
	artifact, err := a.Store.Get(ctx, ref)
	if err != nil {
		return bundle.Content{}, fault.New(fault.CodeOf(err), "reading bundle %s: %w", ref, err)
	}
	return bundle.Decode(artifact)
}

// baseScope gives all of the base's services. A base that never knew the
// environment has none.
func (a *Activities) baseScope(ctx context.Context, subject Subject, base bundle.Reference) (Scope, error) {
	none := Scope{Stack: subject.Stack, Environment: subject.Environment, Namespace: subject.Namespace, Epoch: subject.Epoch}
	if base.IsZero() {
		return none, nil
	}
	content, err := a.content(ctx, base)
	if err != nil {
		return Scope{}, err
	}
	if _, known := content.Release.Environment(subject.Environment); !known {
		return none, nil
	}
	subject.Services = nil
	return scope(subject, content)
}

// scope picks the services of the subject out of a bundle, in the order of its waves.
func scope(subject Subject, content bundle.Content) (Scope, error) {
	environment, known := content.Release.Environment(subject.Environment)
	if !known {
		return Scope{}, fault.New(fault.InvalidInput, "release %s of %s has nothing for environment %q",
			content.Release.Version, content.Release.Stack, subject.Environment)
	}
	namespace := subject.Namespace
	if namespace == "" {
		namespace = environment.Namespace
	}
	picked := Scope{
		Stack: subject.Stack, Environment: subject.Environment, Namespace: namespace,
		Epoch: subject.Epoch, KeepConfigs: environment.KeepConfigs,
	}
	found := 0
	for stage, names := range bundle.Together(environment.Waves, environment.AtOnce) {
		for _, name := range names {
			service := Service{Name: name, Stage: stage, Objects: content.Objects(subject.Environment, subject.Target, name)}
			if len(subject.Services) > 0 && !slices.Contains(subject.Services, name) {
				picked.Others = append(picked.Others, service)
				continue
			}
			found++
			picked.Services = append(picked.Services, service)
		}
	}
	if found < len(subject.Services) {
		return Scope{}, fault.New(fault.InvalidInput, "release %s of %s has not all of the services %q",
			content.Release.Version, content.Release.Stack, subject.Services)
	}
	return picked, nil
}

// remaining is what is left of a deadline that began with the first attempt. A
// late attempt still gets a look at the target, which may well be healthy.
func remaining(ctx context.Context, deadline stack.Duration) time.Duration {
	if deadline <= 0 {
		deadline = stack.Duration(defaultDeadline)
	}
	scheduled := activity.GetInfo(ctx).ScheduledTime
	return max(time.Duration(deadline)-time.Since(scheduled), time.Second)
}

// recorder shows the progress of a watch to whoever describes the workflow.
func recorder(ctx context.Context) Report {
	return func(services []ServiceStatus) {
		if len(services) > shown {
			services = first(slices.DeleteFunc(slices.Clone(services), ServiceStatus.done))
		}
		activity.RecordHeartbeat(ctx, services)
	}
}

func (s ServiceStatus) done() bool { return s.Failure == nil && s.Message == "" && s.Ready >= s.Wanted }

// shown is how many items of each kind a result carries: it stays in a history
// for ever, and a wave may have thousands of objects.
const shown = 100

func first[T any](items []T) []T { return items[:min(len(items), shown)] }
