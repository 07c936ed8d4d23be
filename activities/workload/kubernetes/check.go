package kubernetes

import (
	"cmp"
	"context"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// Check tries every object by a dry run. See workload.Target.
//
// Objects in a namespace that the release itself brings can't be tried before
// it exists: of those only the kinds are looked up.
func (c *cluster) Check(ctx context.Context, next, base workload.Scope) (workload.CheckResult, error) {
	objects, err := parse(next.Services)
	if err != nil {
		return workload.CheckResult{}, err
	}
	held, err := holdingsOf(next, base)
	if err != nil {
		return workload.CheckResult{}, err
	}
	tasks, err := tasksOf(next, next.Jobs)
	if err != nil {
		return workload.CheckResult{}, err
	}
	check := check{cluster: c, scope: next, base: base, objects: objects, tasks: tasks, held: held}
	place, err := c.placeOf(ctx, next)
	if err != nil {
		return workload.CheckResult{}, err
	}
	return check.run(ctx, place)
}

// check is one look at a whole release.
type check struct {
	cluster *cluster
	scope   workload.Scope
	base    workload.Scope
	objects []object
	tasks   []task
	held    holdings
}

func (k check) run(ctx context.Context, at place) (workload.CheckResult, error) {
	findings, err := k.tryAll(ctx, at)
	if err != nil {
		return workload.CheckResult{}, err
	}
	if err := k.compareConfigs(findings); err != nil {
		return workload.CheckResult{}, err
	}
	dropped, err := k.tryDropped(ctx, at)
	if err != nil {
		return workload.CheckResult{}, err
	}
	result := collect(append(findings, dropped...), k.placeProblem(at))
	result.Objects = len(k.objects)
	refused, err := k.tryTasks(ctx, at)
	if err != nil {
		return workload.CheckResult{}, err
	}
	missing, err := k.missingReferences(ctx, at)
	if err != nil {
		return workload.CheckResult{}, err
	}
	disruptive, err := k.disruptions(ctx, at, findings)
	result.Problems = slices.Concat(result.Problems, refused, missing, disruptive)
	return result, err
}

// tryAll dry-runs the objects, some at a time. What there is many of was read
// by a list before.
func (k check) tryAll(ctx context.Context, at place) ([]finding, error) {
	findings := make([]finding, len(k.objects))
	live, read := make([]*unstructured.Unstructured, len(k.objects)), make([]bool, len(k.objects))
	if at == placeReady {
		live, read = k.cluster.readLists(ctx, k.objects)
	}
	err := inParallel(allOf(len(k.objects)), func(i int) error {
		look := func() (*unstructured.Unstructured, error) { return live[i], nil }
		if !read[i] {
			look = func() (*unstructured.Unstructured, error) { return k.cluster.read(ctx, k.objects[i].Unstructured) }
		}
		var err error
		findings[i], err = k.try(ctx, k.objects[i], at, look)
		return err
	})
	return findings, err
}

// finding is what a dry run of one object gave.
type finding struct {
	change   *workload.Change
	problems []workload.Problem
	// after is what the object would be, as far as that could be told: by a dry
	// run, else by the release alone. It is nil when nothing changes.
	after *unstructured.Unstructured
	// stays is the live object that is left as it is.
	stays *unstructured.Unstructured
}

// collect puts the findings of each service together.
func collect(findings []finding, first []workload.Problem) workload.CheckResult {
	result := workload.CheckResult{Problems: first}
	places := map[string]int{}
	for _, f := range findings {
		result.Problems = append(result.Problems, f.problems...)
		switch {
		case f.change != nil:
			if _, known := places[f.change.Service]; !known {
				places[f.change.Service] = len(places)
			}
			result.Changes = append(result.Changes, *f.change)
		case len(f.problems) == 0:
			result.Unchanged++
		}
	}
	slices.SortStableFunc(result.Changes, func(a, b workload.Change) int {
		return cmp.Compare(places[a.Service], places[b.Service])
	})
	return result
}

// place is the state of the namespace that a release goes to.
type place int

const (
	placeReady place = iota
	placeBrought
	placeMissing
	placeTerminating
)

func (c *cluster) placeOf(ctx context.Context, next workload.Scope) (place, error) {
	live, visible, err := c.namespace(ctx, next.Namespace)
	switch {
	case err != nil:
		return placeReady, err
	case !visible:
		return placeReady, nil
	case live != nil && live.GetDeletionTimestamp() != nil:
		return placeTerminating, nil
	case live != nil:
		return placeReady, nil
	}
	objects, err := parse(next.All())
	if err != nil {
		return placeReady, err
	}
	if namespaceObject(objects, next.Namespace) != nil {
		return placeBrought, nil
	}
	return placeMissing, nil
}

func (k check) placeProblem(at place) []workload.Problem {
	problem := workload.Problem{Object: "Namespace/" + k.scope.Namespace}
	switch at {
	case placeMissing:
		problem.Reason = reasonNamespaceMissing
		problem.Message = missingNamespace(k.cluster.name, k.scope.Namespace)
	case placeTerminating:
		problem.Reason = reasonTerminating
		problem.Message = "the namespace is being deleted; release again when it is gone and made anew"
	case placeReady, placeBrought:
		return nil
	}
	return []workload.Problem{problem}
}

// try dry-runs one object. Only an API server that does not answer is an error.
func (k check) try(ctx context.Context, o object, at place, look func() (*unstructured.Unstructured, error)) (finding, error) {
	mapping, err := k.cluster.mapping(o.GroupVersionKind())
	if fault.CodeOf(err) == fault.InvalidInput && bringsKind(k.objects, o) {
		return created(o), nil
	}
	if err != nil {
		return k.refused(err, o)
	}
	namespaced := mapping.Scope.Name() != meta.RESTScopeNameRoot
	if namespaced && at != placeReady {
		return created(o), nil
	}
	live, err := look()
	if err != nil {
		return k.refused(err, o)
	}
	if live == nil {
		return k.dryRun(ctx, o, nil)
	}
	if problem := k.notOurs(o, live); problem != nil {
		return finding{problems: []workload.Problem{*problem}}, nil
	}
	if isConfig(o.Unstructured) && !samePayload(live, o.Unstructured) {
		// A dry run would only meet that it can't be changed.
		return changed(o, workload.Replace, o.Unstructured, dataDiff(live, o.Unstructured)), nil
	}
	if unchanged(live, o.Unstructured) {
		return finding{stays: live}, nil
	}
	return k.dryRun(ctx, o, live)
}

func (k check) dryRun(ctx context.Context, o object, live *unstructured.Unstructured) (finding, error) {
	resource, err := k.cluster.resource(o.Unstructured)
	if err != nil {
		return k.refused(err, o)
	}
	options := metav1.ApplyOptions{FieldManager: manager, DryRun: []string{metav1.DryRunAll}}
	tried, err := resource.Apply(ctx, o.GetName(), o.Unstructured, options)
	if onlyOurs(err) {
		options.Force = true // as a write does
		tried, err = resource.Apply(ctx, o.GetName(), o.Unstructured, options)
	}
	if err != nil && !untriable(err) {
		return k.refused(err, o)
	}
	if live != nil && tried != nil && sameObject(live, tried) {
		return finding{stays: live}, nil
	}
	found := created(o)
	if live != nil {
		found = changed(o, workload.Update, o.Unstructured, objectDiff(o, live, tried))
	}
	if tried != nil {
		found.after = tried
	}
	problem, err := k.tryPod(ctx, o, live)
	if problem != nil {
		found.problems = append(found.problems, *problem)
	}
	return found, err
}

// untriable tells that a webhook has side effects and wants no dry runs. That
// says nothing about the object.
func untriable(err error) bool {
	return apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "does not support dry run")
}

func created(o object) finding {
	return changed(o, workload.Create, o.Unstructured, newDiff(o.Unstructured))
}

func changed(o object, action workload.Action, after *unstructured.Unstructured, diff *workload.Diff) finding {
	return finding{change: &workload.Change{Service: o.service, Object: o.name(), Action: action, Diff: diff}, after: after}
}

func (k check) refused(err error, o object) (finding, error) {
	problem, about := problemOf(err, o)
	if about {
		return finding{problems: []workload.Problem{problem}}, nil
	}
	return finding{}, classify(err, "checking %s of service %q", o.name(), o.service)
}

// notOurs tells why an object must not be written to, nil when it may.
func (k check) notOurs(o object, live *unstructured.Unstructured) *workload.Problem {
	problem := &workload.Problem{Service: o.service, Object: o.name(), Reason: reasonConflict}
	err := joinable(o, live)
	switch {
	case err == nil:
		problem.Reason = reasonNameTaken
		err = k.held.refuse(o, live)
	case live.GetDeletionTimestamp() != nil:
		problem.Reason = reasonTerminating
	}
	if err == nil {
		return nil
	}
	problem.Message = err.Error()
	return problem
}

// sameObject compares what is live with what a dry run would leave, but for
// what every write moves.
func sameObject(live, tried *unstructured.Unstructured) bool {
	return equal(settled(live), settled(tried))
}

func settled(u *unstructured.Unstructured) map[string]any {
	bare := u.DeepCopy()
	entries := bare.GetManagedFields()
	for i := range entries {
		entries[i].Time = nil
	}
	bare.SetManagedFields(entries)
	bare.SetResourceVersion("")
	return bare.Object
}
