package workload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

const (
	// maxJobPrefix leaves room for the hash in the 63 letters that a Job's name has.
	maxJobPrefix = 40
	// keepHook is how long it keeps that of a hook, for people to read its log.
	keepHook = 24 * time.Hour
	// keepChecker is how long a target keeps the Job of a checker that nobody takes
	// away, because the rollout was terminated.
	keepChecker = 10 * time.Minute
)

// Job runs once on a target.
type Job struct {
	// Name is made of what the Job is for, so that whoever looks for it finds it.
	Name string
	// For is what it is shown as: the service whose config it checks, or the hook.
	For string
	// Manifest is the Job as the release has it. Its name and all that says how
	// often and how long it runs are the target's to set.
	Manifest json.RawMessage
	Deadline time.Duration
	// Keep is how long after its end the target keeps it if nobody removes it. It
	// is longer than any step that starts it is repeated.
	Keep time.Duration
	// Stays tells that it is left where it is once it has ended, for people to look at.
	Stays bool
	// Lenient tells that it need not run in a namespace that does not exist yet.
	Lenient bool
}

// JobsInput names Jobs of a release: that of a hook, or those that check its config.
type JobsInput struct {
	Subject
	// Base is the environment's recorded current release. Config that it has, and
	// that the same checker has seen, is not checked again.
	Base bundle.Reference `json:"base,omitzero"`
	// Run is the workflow run that the Jobs belong to; another one has others.
	Run string `json:"run"`
	// Hook is the one whose Job it is; empty means the checkers.
	Hook string `json:"hook,omitempty"`
	// Names are those that were started; empty means all.
	Names []string `json:"names,omitempty"`
	// Deadline is how long all of them may take together, for a watch.
	Deadline stack.Duration `json:"deadline,omitempty"`
}

// StartedJobs names the Jobs that run, or have run already.
type StartedJobs struct {
	Names []string `json:"names,omitempty"`
}

// RemovedJobs names the Jobs that were there and were deleted.
type RemovedJobs struct {
	Names []string `json:"names,omitempty"`
}

// StartJobs starts Jobs, each once however often it is called. It does not wait
// for them.
func (a *Activities) StartJobs(ctx context.Context, in JobsInput) (StartedJobs, error) {
	target, next, jobs, err := a.openJobs(ctx, in)
	if err != nil || len(jobs) == 0 {
		return StartedJobs{}, err
	}
	names, err := target.StartJobs(ctx, next, jobs)
	return StartedJobs{Names: names}, err
}

// WatchJobs waits until each Job is complete or has failed, or its deadline has
// passed, which counts as failed. It writes nothing.
func (a *Activities) WatchJobs(ctx context.Context, in JobsInput) (WatchResult, error) {
	deadline := remaining(ctx, in.Deadline)
	target, next, jobs, err := a.openJobs(ctx, in)
	if err != nil || len(jobs) == 0 {
		return WatchResult{Verdict: Healthy}, err
	}
	spent := time.Duration(in.Deadline) - deadline
	for i := range jobs {
		// What the start has taken counts, too: the watch has no more than its own.
		jobs[i].Deadline = min(max(jobs[i].Deadline-spent, time.Second), deadline)
	}
	return target.WatchJobs(ctx, next, jobs, recorder(ctx))
}

// RemoveJobs deletes Jobs with what was made for them, whether they have ended or
// not; the Job of a hook only if it has not. Those that are gone are none of its
// business.
func (a *Activities) RemoveJobs(ctx context.Context, in JobsInput) (RemovedJobs, error) {
	target, next, jobs, err := a.openJobs(ctx, in)
	if err != nil || len(jobs) == 0 {
		return RemovedJobs{}, err
	}
	names, err := target.RemoveJobs(ctx, next, jobs)
	return RemovedJobs{Names: names}, err
}

func (a *Activities) openJobs(ctx context.Context, in JobsInput) (Target, Scope, []Job, error) {
	if in.Run == "" {
		return nil, Scope{}, nil, fault.New(fault.InvalidInput, "run is required: the names of Jobs are made of it")
	}
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return nil, Scope{}, nil, err
	}
	content, err := a.content(ctx, in.Bundle)
	if err != nil {
		return nil, Scope{}, nil, err
	}
	if in.Hook != "" {
		jobs, err := hookJobs(in.Subject, content, in.Run, in.Hook)
		return target, next, jobs, err
	}
	var base bundle.Content
	if !in.Base.IsZero() {
		if base, err = a.content(ctx, in.Base); err != nil {
			return nil, Scope{}, nil, err
		}
	}
	jobs := checkerJobs(in, content, base)
	if len(in.Names) > 0 {
		jobs = slices.DeleteFunc(jobs, func(j Job) bool { return !slices.Contains(in.Names, j.Name) })
	}
	return target, next, jobs, nil
}

// checkerJobs gives the Jobs that check config which is new, or whose checker is.
// The manifest names the config by its content and the image by its digest, so
// that the same manifest means the same verdict.
func checkerJobs(in JobsInput, content, base bundle.Content) []Job {
	environment, _ := content.Release.Environment(in.Environment)
	var jobs []Job
	for _, checker := range environment.Checkers {
		key := stack.CheckerJob(checker.Service)
		manifest := content.Job(in.Environment, in.Target, key)
		if manifest == nil || bytes.Equal(manifest, base.Job(in.Environment, in.Target, key)) {
			continue
		}
		deadline := time.Duration(checker.Deadline)
		jobs = append(jobs, Job{
			Name: jobName("check-"+checker.Service, in.Subject, in.Run, key), For: checker.Service, Manifest: manifest,
			Deadline: deadline, Keep: deadline + keepChecker, Lenient: true,
		})
	}
	return jobs
}

// hookJobs gives the Jobs of hooks, each of which the release must have.
func hookJobs(subject Subject, content bundle.Content, run string, names ...string) ([]Job, error) {
	environment, _ := content.Release.Environment(subject.Environment)
	jobs := make([]Job, 0, len(names))
	for _, name := range names {
		key := stack.HookJob(name)
		manifest := content.Job(subject.Environment, subject.Target, key)
		at := slices.IndexFunc(environment.Hooks, func(h bundle.Hook) bool { return h.Name == name })
		if at < 0 || manifest == nil {
			return nil, fault.New(fault.InvalidInput, "release %s of %s has no hook %q in %s",
				content.Release.Version, content.Release.Stack, name, subject.Environment)
		}
		deadline := time.Duration(environment.Hooks[at].Deadline)
		jobs = append(jobs, Job{
			Name: jobName(name, subject, run, key), For: name, Manifest: manifest,
			Deadline: deadline, Keep: deadline + keepHook, Stays: true,
		})
	}
	return jobs, nil
}

// jobName hashes what a Job is for: the run, the target and the key.
func jobName(prefix string, subject Subject, run, key string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{subject.Stack, subject.Environment, subject.Target, run, key}, "\x00")))
	return strings.TrimRight(prefix[:min(len(prefix), maxJobPrefix)], "-") + "-" + hex.EncodeToString(sum[:])[:shortIDLetters]
}
