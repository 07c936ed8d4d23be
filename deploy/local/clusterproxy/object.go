package clusterproxy

import (
	"encoding/json"
	"maps"
)

// object is as much of a Kubernetes object as telling a write's effect takes.
type object struct {
	name            string
	uid             string
	resourceVersion string
	// content is everything that a write to the object itself can change,
	// without what others write beside it.
	content string
}

type metadata struct {
	Name            string `json:"name"`
	UID             string `json:"uid"`
	ResourceVersion string `json:"resourceVersion"`
}

// revisionAnnotation is written by the deployment controller, through the
// status.
const revisionAnnotation = "deployment.kubernetes.io/revision"

// decode reads an object from JSON; nil when it is none that has a version of
// its own, such as a Status or a review.
func decode(body []byte) *object {
	var known struct {
		Metadata metadata `json:"metadata"`
	}
	if json.Unmarshal(body, &known) != nil || known.Metadata.UID == "" || known.Metadata.ResourceVersion == "" {
		return nil
	}
	var whole map[string]any
	if json.Unmarshal(body, &whole) != nil {
		return nil
	}
	return &object{
		name:            known.Metadata.Name,
		uid:             known.Metadata.UID,
		resourceVersion: known.Metadata.ResourceVersion,
		content:         fingerprint(whole),
	}
}

// fingerprint is the object's JSON without its version, its status and what the
// writers of status leave in its metadata.
func fingerprint(whole map[string]any) string {
	kept := maps.Clone(whole)
	delete(kept, "status")
	if original, ok := whole["metadata"].(map[string]any); ok {
		kept["metadata"] = stripMetadata(original)
	}
	// Maps are encoded in the order of their keys.
	encoded, err := json.Marshal(kept)
	if err != nil {
		return ""
	}
	return string(encoded)
}

func stripMetadata(original map[string]any) map[string]any {
	kept := maps.Clone(original)
	delete(kept, "resourceVersion")
	if annotations, ok := kept["annotations"].(map[string]any); ok {
		annotations = maps.Clone(annotations)
		delete(annotations, revisionAnnotation)
		kept["annotations"] = annotations
		if len(annotations) == 0 {
			delete(kept, "annotations")
		}
	}
	managers, _ := kept["managedFields"].([]any)
	var own []any
	for _, manager := range managers {
		if fields, ok := manager.(map[string]any); ok && fields["subresource"] == nil {
			own = append(own, manager)
		}
	}
	kept["managedFields"] = own
	return kept
}

// moved decides whether a write had an effect, from the object before and
// after it. A nil object does not exist.
//
// The version alone does not do: a controller may write the status between the
// look before and a write that changes nothing. A write to the object itself
// that moved the version also changed something outside of the status. For a
// write to the status itself the version has to do.
func moved(subresource string, before, after *object) bool {
	switch {
	case before == nil && after == nil:
		return false
	case before == nil || after == nil || before.uid != after.uid:
		return true
	case before.resourceVersion == after.resourceVersion:
		return false
	default:
		return subresource == "status" || before.content != after.content
	}
}

// hasDryRunOption looks into the DeleteOptions that a delete carries.
func hasDryRunOption(body []byte) bool {
	var options struct {
		DryRun []string `json:"dryRun"`
	}
	return json.Unmarshal(body, &options) == nil && len(options.DryRun) > 0
}

// itemsOf counts the objects in the answer to the deletion of a collection.
func itemsOf(body []byte) int {
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(body, &list) != nil {
		return 0
	}
	return len(list.Items)
}
