package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// errReplaced tells race that an object was deleted to be made anew. A worker
// that is killed here leaves what the next attempt finds: nothing, to be created.
var errReplaced = errors.New("deleted, to be created again")

// isConfig tells a ConfigMap whose content is in its name. Such a one is
// immutable: other content means another name.
func isConfig(u *unstructured.Unstructured) bool {
	return isConfigMap(u) && u.GetLabels()[stack.ConfigLabel] != ""
}

func isConfigMap(u *unstructured.Unstructured) bool {
	return u.GroupVersionKind().Group == "" && u.GetKind() == kindConfigMap
}

// samePayload compares what the name of a config stands for, to the last key:
// one that somebody added reaches the pods like the others.
func samePayload(a, b *unstructured.Unstructured) bool {
	return equal(payload(a), payload(b))
}

func payload(u *unstructured.Unstructured) map[string]any {
	parts := map[string]any{}
	for _, field := range []string{"data", "binaryData"} {
		if entries, ok := u.Object[field].(map[string]any); ok && len(entries) > 0 {
			parts[field] = entries
		}
	}
	if immutable, ok := u.Object["immutable"].(bool); ok && immutable {
		parts["immutable"] = true
	}
	return parts
}

// holdings knows which names are ours to take.
type holdings struct {
	stack string
	// base holds what the recorded release names: whatever bears such a name now,
	// it was ours.
	base map[identity]bool
}

func holdingsOf(next, base workload.Scope) (holdings, error) {
	objects, err := parse(base.All())
	if err != nil {
		return holdings{}, err
	}
	held := holdings{stack: next.Stack, base: map[identity]bool{}}
	for _, o := range objects {
		held.base[identityOf(o.Unstructured)] = true
	}
	return held, nil
}

func (h holdings) hold(live *unstructured.Unstructured) bool {
	return managed(live, h.stack) || h.base[identityOf(live)] || h.remade(live)
}

// remade tells a config of ours that somebody deleted and made anew, as one has
// to for editing it: its labels still say whose it is.
func (h holdings) remade(live *unstructured.Unstructured) bool {
	labels := live.GetLabels()
	return isConfig(live) && labels[stack.ManagedByLabel] == stack.Manager && labels[stack.StackLabel] == h.stack
}

// refuse tells that somebody else has taken the name of a config.
func (h holdings) refuse(o object, live *unstructured.Unstructured) error {
	if !isConfig(o.Unstructured) || h.hold(live) {
		return nil
	}
	return fault.New(fault.Conflict,
		"%s was made by %s and is not Slipway's, but the release needs the name for the config of service %q: delete it (kubectl -n %s delete configmap %s), or create it under another name",
		o.name(), strings.Join(makers(live), " and "), o.GetLabels()[stack.ConfigLabel], live.GetNamespace(), live.GetName())
}

// makers names who owns anything in an object.
func makers(live *unstructured.Unstructured) []string {
	var names []string
	for _, entry := range live.GetManagedFields() {
		if name := fmt.Sprintf("%q", entry.Manager); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{"somebody"}
	}
	return names
}

// replace deletes a config that has other content than its name says: nothing
// of it can be changed in place. Running pods keep what they have mounted.
func (w *writer) replace(ctx context.Context, live *unstructured.Unstructured) error {
	if err := w.deleteUnchanged(ctx, live); err != nil {
		return err
	}
	return errReplaced
}

// keepAlive moves the resourceVersion of a config that an older release has left
// and this one needs again: a prune that was prepared before is stale then. It
// can't have seen what was made since the fence was raised.
func (w *writer) keepAlive(ctx context.Context, o object, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	created := live.GetCreationTimestamp()
	if !isConfig(o.Unstructured) || w.held.base[identityOf(live)] || !created.Time.Before(w.fence.raised) {
		return live, nil
	}
	return w.touch(ctx, live)
}

// touch marks an object with the epoch, which moves its resourceVersion even
// where nothing else differs: a write that was prepared before is stale from now on.
func (w *writer) touch(ctx context.Context, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	mark := w.fence.mark()
	if live.GetAnnotations()[fenceAnnotation] == mark {
		return live, nil
	}
	config := bare(live)
	config.SetAnnotations(map[string]string{fenceAnnotation: mark})
	return w.apply(ctx, config, live, fenceManager)
}
