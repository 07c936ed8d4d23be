package stack

import (
	"fmt"
	"maps"
	"slices"
)

// clusterFields are the fields of metadata that the cluster sets. A manifest
// that holds them was read from a cluster, and applying it would fail or, worse,
// act on one particular object.
var clusterFields = []string{
	"uid", "resourceVersion", "generation", "managedFields", "selfLink",
	"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
}

// lastApplied is the annotation in which kubectl keeps a copy of the manifest,
// of a Secret too.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// maxObjectBytes is what etcd takes in one request.
const maxObjectBytes = 1536 << 10

// checkObjects holds every object to be one, and to be fit for a bundle.
func (r *renderer) checkObjects() {
	for _, o := range r.objects {
		if r.checkIdentity(o) {
			r.checkMetadata(o)
			r.checkSecret(o)
			r.checkSize(o)
		}
	}
}

func (r *renderer) checkIdentity(o *object) bool {
	before := len(r.errors)
	for _, field := range [][]string{{"apiVersion"}, {"kind"}, {"metadata", "name"}} {
		if textAt(o.content, field...) != "" {
			continue
		}
		at := make([]any, 0, len(field))
		for _, key := range field {
			at = append(at, key)
		}
		hint := "every object has apiVersion, kind and metadata.name"
		if field[0] == "metadata" && textAt(o.content, "metadata", "generateName") != "" {
			hint = "generateName makes another object each time: write name"
		}
		problem := "is missing"
		if at := valueAt(o.content, field...); at != nil && at != "" {
			problem = "is no text"
		}
		r.refuse(o, at, problem, hint)
	}
	if o.group() == "kustomize.config.k8s.io" {
		r.refuse(o, []any{"kind"}, "is no object of Kubernetes", "name the directory of the kustomization, not a file in it")
	}
	return len(r.errors) == before
}

// checkMetadata refuses what the cluster sets, and drops the empty fields that
// code generators leave behind.
func (r *renderer) checkMetadata(o *object) {
	delete(o.content, "status")
	metadata, _ := o.content["metadata"].(map[string]any)
	for _, field := range clusterFields {
		value, has := metadata[field]
		if has && value == nil {
			delete(metadata, field)
			continue
		}
		if has {
			r.refuse(o, []any{"metadata", field}, "is set by the cluster", "remove it")
		}
	}
	if textAt(o.content, "metadata", "annotations", lastApplied) != "" {
		r.refuse(o, []any{"metadata", "annotations", lastApplied}, "is set by kubectl apply", "remove it")
	}
	r.checkTexts(o, metadata, "labels")
	r.checkTexts(o, metadata, "annotations")
}

// checkTexts holds a field of metadata to be a mapping of texts. An empty one is
// dropped, as the API server would.
func (r *renderer) checkTexts(o *object, metadata map[string]any, field string) {
	if metadata[field] == nil {
		delete(metadata, field)
		return
	}
	values, isMapping := metadata[field].(map[string]any)
	if !isMapping {
		r.refuse(o, []any{"metadata", field}, "is no mapping", "")
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if _, isText := values[key].(string); !isText {
			r.refuse(o, []any{"metadata", field, key}, fmt.Sprintf("is %v where text is wanted", values[key]), "put it in quotes")
		}
	}
}

// checkSecret keeps secrets out of bundles, which everybody who may pull an
// image can read.
func (r *renderer) checkSecret(o *object) {
	if o.kind() != "Secret" || o.group() != "" {
		return
	}
	for _, field := range []string{"data", "stringData"} {
		if values, _ := o.content[field].(map[string]any); len(values) > 0 {
			r.refuse(o, []any{field}, "holds a secret, and manifests are stored beside the images",
				"create the Secret in the cluster, or let an operator do it, for example with an ExternalSecret or a SealedSecret")
		}
	}
}

func (r *renderer) checkSize(o *object) {
	data, err := marshal(o.content)
	if err != nil {
		r.refuse(o, nil, err.Error(), "")
		return
	}
	if len(data) > maxObjectBytes {
		r.refuse(o, nil, fmt.Sprintf("is larger than %d KiB, which a cluster does not take", maxObjectBytes>>10), "")
	}
}

// checkDuplicates holds that each object is described once in the stack: two
// services would take it from each other at every release.
func (r *renderer) checkDuplicates() {
	type identity struct {
		kindOf
		name string
	}
	first := map[identity]*object{}
	for _, o := range r.objects {
		if o.job {
			continue // it gets a name of its own each time that it runs
		}
		id := identity{kindOf{o.group(), o.kind()}, o.name()}
		earlier, twice := first[id]
		if !twice {
			first[id] = o
			continue
		}
		hint := "keep one"
		if earlier.service != o.service {
			hint = fmt.Sprintf("keep the one of service %q or that of %q", earlier.service, o.service)
		}
		r.refuse(o, nil, "is described in "+earlier.place()+" too", hint)
	}
}
