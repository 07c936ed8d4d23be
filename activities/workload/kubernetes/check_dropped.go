package kubernetes

import (
	"context"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// tryDropped finds what a prune would delete. Old config is not among it: what
// still uses that can only be told then. What may not be read is passed over, for
// a prune that fails does no harm to the release.
func (k check) tryDropped(ctx context.Context, at place) ([]finding, error) {
	if at != placeReady {
		return nil, nil
	}
	dropped, err := droppedObjects(k.scope, k.base)
	if err != nil {
		return nil, err
	}
	var findings []finding
	for i, reading := range k.cluster.readEach(ctx, dropped) {
		if reading.err != nil && isPassing(reading.err) {
			return nil, classify(reading.err, "checking %s", dropped[i].name())
		}
		live := reading.live
		if live == nil || live.GetDeletionTimestamp() != nil || !managed(live, k.scope.Stack) {
			continue
		}
		findings = append(findings, changed(dropped[i], workload.Delete, nil, nil))
	}
	return findings, nil
}

// compareConfigs tells of each new config whose place it takes, and how the two
// differ. What was there before is taken from the release that runs: its name
// says what is in it.
func (k check) compareConfigs(findings []finding) error {
	old, err := parse(k.base.All())
	if err != nil {
		return err
	}
	before := map[string]object{}
	for _, o := range old {
		if isConfig(o.Unstructured) {
			before[o.GetLabels()[stack.ConfigLabel]] = o
		}
	}
	for i, o := range k.objects {
		change := findings[i].change
		if change == nil || change.Action != workload.Create || !isConfig(o.Unstructured) {
			continue
		}
		was, known := before[o.GetLabels()[stack.ConfigLabel]]
		if !known || was.GetName() == o.GetName() {
			continue
		}
		change.Diff = dataDiff(was.Unstructured, o.Unstructured)
		change.Diff.Replaces = was.name()
	}
	return nil
}
