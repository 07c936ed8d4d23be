package kubernetes

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
)

// recordFormat is raised when a record can no longer be read by older code.
const recordFormat = 1

// record is what was live before a rollout: the whole objects, with who owned
// which field, and what was not there.
type record struct {
	Format  int     `json:"format"`
	Entries []entry `json:"entries"`
}

// entry is one object that either release names.
type entry struct {
	// Services of the two releases that name it.
	Services []string `json:"services"`
	// Named holds what says which object it is: apiVersion, kind, name, namespace.
	Named *unstructured.Unstructured `json:"named"`
	// Live is the object as it was, nil when it was not there.
	Live *unstructured.Unstructured `json:"live,omitempty"`
	// fields are those that either release applies; they are not part of the record.
	fields *fieldpath.Set
	// config tells a config whose content is in its name: it may have been
	// replaced, whoever made it.
	config bool
	// scaled tells that an autoscaler which the release brings sets its replicas.
	scaled bool
	// Ready counts the pods that were ready, of a workload that has pods.
	Ready int64 `json:"ready,omitempty"`
}

func (e entry) name() string { return objectName(e.Named) }

// recreatable tells whether an object that is gone may be made again.
func (e entry) recreatable() bool { return e.config || appliedEntry(e.Live, manager) != nil }

func (e entry) object() object {
	return object{service: e.Services[0], Unstructured: e.Named}
}

// Record reads what is live. See workload.Target.
func (c *cluster) Record(ctx context.Context, next, base workload.Scope) (workload.Record, error) {
	entries, err := c.entries(next, base)
	if err != nil {
		return workload.Record{}, err
	}
	objects := make([]object, len(entries))
	for i, e := range entries {
		objects[i] = e.object()
	}
	state, err := newFence(c, next).read(ctx)
	if err != nil {
		return workload.Record{}, err
	}
	live, err := c.readAllKnown(ctx, objects)
	if err != nil {
		return workload.Record{}, err
	}
	recorded := workload.Record{Epoch: state.epoch}
	for i := range entries {
		if live[i] == nil || goneSoon(live[i]) {
			recorded.Absent++
			continue
		}
		recorded.Objects++
		entries[i].Ready = readyPods(live[i])
		entries[i].Live = withoutSecrets(live[i])
	}
	recorded.Content, err = json.Marshal(record{Format: recordFormat, Entries: entries})
	if err != nil {
		return workload.Record{}, fault.New(fault.Internal, "writing the record: %w", err)
	}
	return recorded, nil
}

// goneSoon tells an object that was being deleted before the rollout touched
// anything: nothing can bring it back to life, so it counts as absent.
func goneSoon(live *unstructured.Unstructured) bool {
	return live.GetDeletionTimestamp() != nil && !kept(live)
}

// entries joins the objects of both releases. An object that both name is read
// in the version of the base, in which its managed fields most likely are.
func (c *cluster) entries(next, base workload.Scope) ([]entry, error) {
	var entries []entry
	places := map[identity]int{}
	for _, scope := range []workload.Scope{base, next} {
		objects, err := parse(scope.All())
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			id := identityOf(o.Unstructured)
			place, known := places[id]
			if !known {
				place = len(entries)
				places[id] = place
				entries = append(entries, entry{Named: bare(o.Unstructured)})
			}
			if !slices.Contains(entries[place].Services, o.service) {
				entries[place].Services = append(entries[place].Services, o.service)
			}
		}
	}
	return entries, nil
}

// readAllKnown reads like readAll, and takes objects of a kind that the cluster
// does not know yet as absent: the release may bring the definition.
func (c *cluster) readAllKnown(ctx context.Context, objects []object) ([]*unstructured.Unstructured, error) {
	var knownObjects []object
	var places []int
	for i, o := range objects {
		_, err := c.mapping(o.GroupVersionKind())
		if fault.CodeOf(err) == fault.InvalidInput {
			continue
		}
		if err != nil {
			return nil, err
		}
		knownObjects = append(knownObjects, o)
		places = append(places, i)
	}
	read, err := c.readAll(ctx, knownObjects)
	if err != nil {
		return nil, err
	}
	live := make([]*unstructured.Unstructured, len(objects))
	for i, place := range places {
		live[place] = read[i]
	}
	return live, nil
}

// withoutSecrets drops what must not leave the cluster. Releases never apply
// the data of a Secret, so that nothing is missing for a restore.
func withoutSecrets(live *unstructured.Unstructured) *unstructured.Unstructured {
	if live.GroupVersionKind().Group != "" || live.GetKind() != "Secret" {
		return live
	}
	clean := live.DeepCopy()
	delete(clean.Object, "data")
	delete(clean.Object, "stringData")
	annotations := clean.GetAnnotations()
	delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	clean.SetAnnotations(annotations)
	return clean
}

func readyPods(live *unstructured.Unstructured) int64 {
	field := "readyReplicas"
	if live.GetKind() == kindDaemonSet {
		field = "numberReady"
	}
	count, _, err := unstructured.NestedInt64(live.Object, "status", field)
	if err != nil {
		return 0
	}
	return count
}

// clockSlack is by how much two times of one write can differ: both are in
// whole seconds, and taken one after the other.
const clockSlack = time.Second

// createdByUs tells an object that our first apply created from one that was
// there when we joined: the API server writes both times in the same request,
// and within one rollout we apply one configuration only.
func createdByUs(live *unstructured.Unstructured) bool {
	ours := appliedEntry(live, manager)
	if ours == nil || ours.Time == nil {
		return false
	}
	created := live.GetCreationTimestamp()
	return ours.Time.Sub(created.Time).Abs() <= clockSlack
}
