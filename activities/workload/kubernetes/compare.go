package kubernetes

import (
	"context"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/workload"
)

// progressEvery is after how many objects the progress is told.
const progressEvery = 50

// Compare tells how live objects differ from a release. See workload.Target.
//
// What is many is read by lists. An object whose fields all have the release's
// values, as they were applied, needs no more; any other is dry-run, because
// only the API server knows that "1000m" is "1".
func (c *cluster) Compare(ctx context.Context, current workload.Scope, progress workload.Progress) (workload.Drift, error) {
	objects, err := parse(current.Services)
	if err != nil {
		return workload.Drift{}, err
	}
	live, err := c.readAllKnown(ctx, objects)
	if err != nil {
		return workload.Drift{}, err
	}
	found := make([]*workload.Difference, len(objects))
	var done atomic.Int64
	err = inParallel(allOf(len(objects)), func(i int) error {
		var err error
		found[i], err = c.compareOne(ctx, objects[i], live[i])
		if count := int(done.Add(1)); progress != nil && (count%progressEvery == 0 || count == len(objects)) {
			progress(count, len(objects))
		}
		return err
	})
	if err != nil {
		return workload.Drift{}, err
	}
	return drift(found), nil
}

func drift(found []*workload.Difference) workload.Drift {
	sum := workload.Drift{Objects: len(found)}
	for _, difference := range found {
		if difference == nil {
			continue
		}
		if difference.Kind == workload.Changed {
			sum.Changed++
		} else {
			sum.Missing++
		}
		sum.Differences = append(sum.Differences, *difference)
	}
	return sum
}

// compareOne gives how one object differs, nil when it does not.
func (c *cluster) compareOne(ctx context.Context, o object, live *unstructured.Unstructured) (*workload.Difference, error) {
	difference := &workload.Difference{Service: o.service, Object: o.name()}
	switch {
	case live == nil && passes(o):
		return nil, nil
	case live == nil:
		difference.Kind = workload.Missing
		return difference, nil
	case goneSoon(live):
		difference.Kind = workload.Deleting
		return difference, nil
	}
	extra := addedKeys(o, live)
	if len(extra) == 0 && unchanged(live, o.Unstructured) {
		return nil, nil
	}
	tried, err := c.wouldBe(ctx, o)
	if err != nil {
		return nil, err
	}
	fields := append(changedFields(o, live, tried), extra...)
	if len(fields) == 0 {
		return nil, nil
	}
	difference.Kind, difference.Fields = workload.Changed, fields
	return difference, nil
}

// passes tells an object that goes away by itself when it has done its work.
func passes(o object) bool {
	_, limited, err := unstructured.NestedInt64(o.Object, "spec", "ttlSecondsAfterFinished")
	return err == nil && limited && watchedKind(o.Unstructured) == kindJob
}

// wouldBe asks the API server what an object would be if the release were
// applied by force; nothing is written. It gives nil when it refuses, as it does
// for a change of what can't be changed.
func (c *cluster) wouldBe(ctx context.Context, o object) (*unstructured.Unstructured, error) {
	resource, err := c.resource(o.Unstructured)
	if err != nil {
		return nil, err
	}
	tried, err := resource.Apply(ctx, o.GetName(), o.Unstructured, metav1.ApplyOptions{
		FieldManager: manager, DryRun: []string{metav1.DryRunAll}, Force: true,
	})
	switch {
	case err == nil:
		return tried, nil
	case isPassing(err):
		return nil, classify(err, "comparing %s", o.name())
	default:
		return nil, nil // changedFields goes on without an answer
	}
}
