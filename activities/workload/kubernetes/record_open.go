package kubernetes

import (
	"encoding/json"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// openRecord reads a record and picks the entries of the scope's services.
func openRecord(content []byte, next workload.Scope) ([]entry, error) {
	var read record
	if err := json.Unmarshal(content, &read); err != nil {
		return nil, fault.New(fault.InvalidInput, "reading the snapshot: %w", err)
	}
	if read.Format != recordFormat {
		return nil, fault.New(fault.InvalidInput, "reading the snapshot: format %d, this version knows %d", read.Format, recordFormat)
	}
	objects, err := parse(next.All())
	if err != nil {
		return nil, err
	}
	applies, configs := map[identity]*fieldpath.Set{}, map[identity]bool{}
	for _, o := range objects {
		id := identityOf(o.Unstructured)
		applies[id] = fieldsIn(o.Unstructured)
		configs[id] = isConfig(o.Unstructured)
	}
	scaled := scaledBy(objects, read.Entries)
	var picked []entry
	for _, e := range read.Entries {
		if !concerns(e, next) {
			continue
		}
		e.fields = released(e.Live)
		if set := applies[identityOf(e.Named)]; set != nil {
			e.fields = e.fields.Union(set)
		}
		e.scaled = scaled[identityOf(e.Named)]
		e.config = e.Live != nil && (configs[identityOf(e.Named)] || isConfig(e.Live))
		picked = append(picked, e)
	}
	return picked, nil
}

// scaledBy gives what is scaled by autoscalers that were not there before.
func scaledBy(objects []object, entries []entry) map[identity]bool {
	scaled := map[identity]bool{}
	for _, o := range objects {
		isNew := slices.ContainsFunc(entries, func(e entry) bool {
			return e.Live == nil && identityOf(e.Named) == identityOf(o.Unstructured)
		})
		if o.GetKind() != "HorizontalPodAutoscaler" || !isNew {
			continue
		}
		target, _, err := unstructured.NestedStringMap(o.Object, "spec", "scaleTargetRef")
		if err != nil {
			continue
		}
		group := schema.FromAPIVersionAndKind(target["apiVersion"], target["kind"]).Group
		scaled[identity{group: group, kind: target["kind"], namespace: o.GetNamespace(), name: target["name"]}] = true
	}
	return scaled
}

// concerns tells whether an entry belongs to the services of a step. A step
// over the whole release also means what only the base named.
func concerns(e entry, next workload.Scope) bool {
	if len(next.Others) == 0 {
		return true
	}
	for _, service := range next.Services {
		if slices.Contains(e.Services, service.Name) {
			return true
		}
	}
	return false
}
