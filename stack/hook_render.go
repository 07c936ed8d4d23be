package stack

import "fmt"

// jobFields are the fields of a Job that say how often and how long it runs, which
// Slipway sets, with the value that a manifest may have all the same.
var jobFields = []struct {
	at      []any
	allowed any
	hint    string
}{
	{[]any{"spec", "backoffLimit"}, int64(0), "remove it: a hook runs once"},
	{[]any{"spec", "suspend"}, false, "remove it: a hook runs at once"},
	{[]any{"spec", "activeDeadlineSeconds"}, nil, "remove it, and write deadline in " + FileName},
	{[]any{"spec", "ttlSecondsAfterFinished"}, nil, "remove it: Slipway keeps the Job for a day"},
	{[]any{"spec", "podFailurePolicy"}, nil, "remove it: a hook runs once"},
	{[]any{"spec", "backoffLimitPerIndex"}, nil, "remove it: a hook runs once"},
	{[]any{"spec", "template", "spec", "restartPolicy"}, "Never", "remove it: a hook runs once"},
}

// loadHooks reads the Jobs of the environment's hooks. They go through the same
// checks as what services bring.
func (r *renderer) loadHooks() {
	for _, hook := range r.stack.HooksOf(r.env.Name) {
		key := HookJob(hook.Name)
		r.files.begin()
		before, failed := len(r.objects), len(r.errors)
		r.loadFile(key, hook.Job)
		loaded := r.objects[before:]
		for _, o := range loaded {
			o.job = true
			r.checkHookJob(o)
		}
		if len(loaded) != 1 && len(r.errors) == failed {
			r.errors = append(r.errors, Error{
				File: hook.Job, Field: "hook " + hook.Name, Problem: fmt.Sprintf("holds %d objects", len(loaded)),
				Hint: "describe one Job in it, and what the Job needs with the services",
			})
		}
		r.jobs = append(r.jobs, key)
	}
}

func (r *renderer) checkHookJob(o *object) {
	if o.kind() != "Job" || o.group() != "batch" {
		r.refuse(o, []any{"kind"}, fmt.Sprintf("is %q, and a hook is a Job", o.kind()), "write apiVersion: batch/v1 and kind: Job")
		return
	}
	for _, known := range jobFields {
		path := make([]string, 0, len(known.at))
		for _, key := range known.at {
			path = append(path, fmt.Sprint(key))
		}
		if value := valueAt(o.content, path...); value != nil && value != known.allowed {
			r.refuse(o, known.at, "is set by Slipway", known.hint)
		}
	}
}
