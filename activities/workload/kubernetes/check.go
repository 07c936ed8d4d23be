package kubernetes

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"
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
func (c *cluster) Check(ctx context.Context, next workload.Scope) (workload.CheckResult, error) {
	objects, err := parse(next.Services)
	if err != nil {
		return workload.CheckResult{}, err
	}
	check := check{cluster: c, scope: next, objects: objects}
	place, err := c.placeOf(ctx, next)
	if err != nil {
		return workload.CheckResult{}, err
	}
	findings := make([]finding, len(objects))
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for i, o := range objects {
		group.Go(func() error {
			var err error
			findings[i], err = check.try(reading, o, place)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return workload.CheckResult{}, err
	}
	return collect(findings, check.placeProblem(place)), nil
}

// check is one look at a whole release.
type check struct {
	cluster *cluster
	scope   workload.Scope
	objects []object
}

// finding is what a dry run of one object gave.
type finding struct {
	change   *workload.Change
	problems []workload.Problem
}

func collect(findings []finding, first []workload.Problem) workload.CheckResult {
	result := workload.CheckResult{Problems: first}
	for _, f := range findings {
		if f.change != nil {
			result.Changes = append(result.Changes, *f.change)
		}
		result.Problems = append(result.Problems, f.problems...)
	}
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
func (k check) try(ctx context.Context, o object, at place) (finding, error) {
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
	live, err := k.cluster.read(ctx, o.Unstructured)
	if err != nil {
		return k.refused(err, o)
	}
	if live != nil {
		if err := joinable(o, live); err != nil {
			return finding{problems: []workload.Problem{joinProblem(err, o, live)}}, nil
		}
	}
	if live != nil && unchanged(live, o.Unstructured) {
		return finding{}, nil
	}
	return k.dryRun(ctx, o, live)
}

func (k check) dryRun(ctx context.Context, o object, live *unstructured.Unstructured) (finding, error) {
	resource, err := k.cluster.resource(o.Unstructured)
	if err != nil {
		return k.refused(err, o)
	}
	tried, err := resource.Apply(ctx, o.GetName(), o.Unstructured, metav1.ApplyOptions{
		FieldManager: manager, DryRun: []string{metav1.DryRunAll},
	})
	if err != nil && !onlyOurs(err) && !untriable(err) {
		return k.refused(err, o)
	}
	if live != nil && tried != nil && sameObject(live, tried) {
		return finding{}, nil
	}
	found := created(o)
	if live != nil {
		found.change.Action = "update"
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
	return finding{change: &workload.Change{Service: o.service, Object: o.name(), Action: "create"}}
}

func (k check) refused(err error, o object) (finding, error) {
	problem, about := problemOf(err, o)
	if about {
		return finding{problems: []workload.Problem{problem}}, nil
	}
	return finding{}, classify(err, "checking %s of service %q", o.name(), o.service)
}

func joinProblem(err error, o object, live *unstructured.Unstructured) workload.Problem {
	problem := workload.Problem{Service: o.service, Object: o.name(), Reason: reasonConflict, Message: err.Error()}
	if live.GetDeletionTimestamp() != nil {
		problem.Reason = reasonTerminating
	}
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

// tryPod dry-runs a pod made from a workload's new template: the admission of
// the workload itself knows nothing of quotas and policies for pods. Rights to
// create pods are not needed for a release; without them this is skipped.
func (k check) tryPod(ctx context.Context, o object, live *unstructured.Unstructured) (*workload.Problem, error) {
	pod := podOf(o)
	if pod == nil {
		return nil, nil
	}
	resource, err := k.cluster.resource(pod)
	if err != nil {
		return nil, err
	}
	_, err = resource.Create(ctx, pod, metav1.CreateOptions{FieldManager: manager, DryRun: []string{metav1.DryRunAll}})
	switch {
	case err == nil, isQuota(err) && live != nil:
		// With pods running already, the controller may make room by itself; the
		// watch tells whether it does.
		return nil, nil
	case isQuota(err), apierrors.IsForbidden(err) && lasting(err.Error()) && !deniedToUs(err) && !k.bringsNeeds(pod), apierrors.IsInvalid(err):
		problem, _ := problemOf(err, o)
		return &problem, nil
	case apierrors.IsForbidden(err), !isPassing(err):
		return nil, nil
	default:
		return nil, classify(err, "checking a pod of %s", o.name())
	}
}
