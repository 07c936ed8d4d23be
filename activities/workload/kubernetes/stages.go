package kubernetes

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// foundations come before everything else.
	foundations = []string{"Namespace", "CustomResourceDefinition"}
	// referred is what pods refer to by name, maybe to that of another service.
	referred = []string{
		"PriorityClass", "RuntimeClass", "ServiceAccount", "Role", "RoleBinding", "Secret", "ConfigMap", "PersistentVolumeClaim",
	}
	// running is what brings pods about.
	running = []string{kindDaemonSet, kindStatefulSet, kindReplicaSet, kindDeployment, kindPod, kindJob, kindCronJob}
)

// stages groups objects that may be written side by side: each kind goes behind
// those that come before it in any service. It gives the places of the objects.
func stages(objects []object) [][]int {
	kinds := map[schema.GroupKind]int{}
	for _, o := range objects {
		kinds[o.GroupVersionKind().GroupKind()] = 0
	}
	if !settleDepths(kinds, edges(objects, kinds)) {
		return oneByOne(len(objects))
	}
	var grouped [][]int
	for i, o := range objects {
		depth := kinds[o.GroupVersionKind().GroupKind()]
		for len(grouped) <= depth {
			grouped = append(grouped, nil)
		}
		grouped[depth] = append(grouped[depth], i)
	}
	return grouped
}

// edge says that one kind comes before another.
type edge struct {
	before, after schema.GroupKind
}

func edges(objects []object, kinds map[schema.GroupKind]int) map[edge]bool {
	found := map[edge]bool{}
	for i := 1; i < len(objects); i++ {
		before, after := objects[i-1], objects[i]
		e := edge{before.GroupVersionKind().GroupKind(), after.GroupVersionKind().GroupKind()}
		if before.service == after.service && e.before != e.after {
			found[e] = true
		}
	}
	for before := range kinds {
		for after := range kinds {
			founding := slices.Contains(foundations, before.Kind) && !slices.Contains(foundations, after.Kind)
			if founding || slices.Contains(referred, before.Kind) && slices.Contains(running, after.Kind) {
				found[edge{before, after}] = true
			}
		}
	}
	return found
}

// settleDepths puts every kind one deeper than the deepest before it. It is
// false when the services contradict each other.
func settleDepths(depths map[schema.GroupKind]int, edges map[edge]bool) bool {
	for range len(depths) + 1 {
		moved := false
		for e := range edges {
			if depths[e.after] <= depths[e.before] {
				depths[e.after] = depths[e.before] + 1
				moved = true
			}
		}
		if !moved {
			return true
		}
	}
	return false
}

func oneByOne(count int) [][]int {
	grouped := make([][]int, count)
	for i := range grouped {
		grouped[i] = []int{i}
	}
	return grouped
}
