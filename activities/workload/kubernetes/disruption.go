package kubernetes

import (
	"cmp"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// budget is a PodDisruptionBudget: how many of the pods that it selects have to
// stay available.
type budget struct {
	name     string
	selector labels.Selector
	spec     policyv1.PodDisruptionBudgetSpec
}

// newBudget is false for a selector that can't be read, which the API server
// takes from nobody.
func newBudget(pdb *policyv1.PodDisruptionBudget) (budget, bool) {
	selector, err := metav1.LabelSelectorAsSelector(pdb.Spec.Selector)
	return budget{name: pdb.Name, selector: selector, spec: pdb.Spec}, err == nil
}

// wants gives how many of so many pods have to be available. Like the
// controller of budgets it rounds both percentages up. A number that can't be
// read wants none; the API server takes it from nobody.
func (b budget) wants(pods int) int {
	limit := cmp.Or(b.spec.MaxUnavailable, b.spec.MinAvailable)
	if limit == nil {
		return 0
	}
	number, err := intstr.GetScaledValueFromIntOrPercent(limit, pods, true)
	switch {
	case err != nil:
		return 0
	case b.spec.MaxUnavailable != nil:
		return max(pods-number, 0)
	default:
		return number
	}
}

func (b budget) String() string {
	switch {
	case b.spec.MaxUnavailable != nil:
		return "maxUnavailable " + b.spec.MaxUnavailable.String()
	case b.spec.MinAvailable != nil:
		return "minAvailable " + b.spec.MinAvailable.String()
	default:
		return "no limit"
	}
}

// mover is a workload whose pods a rollout exchanges.
type mover struct {
	kind string
	// pods that it wants, labels of them.
	pods   int
	labels labels.Set
	// down is how many of them its strategy lets be away at the same time.
	down int
	// strategy in a few words.
	strategy string
}

// moverOf reads a Deployment or a StatefulSet. Others give false: the pods of a
// DaemonSet have no number that is wanted, so that budgets count them only when
// they ask for a plain number, and those of Jobs and bare pods are not exchanged.
func moverOf(u *unstructured.Unstructured) (mover, bool, error) {
	var found mover
	var err error
	switch watchedKind(u) {
	case kindDeployment:
		var deployment appsv1.Deployment
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &deployment); err != nil {
			return mover{}, false, err
		}
		found.pods, found.labels = replicasOf(deployment.Spec.Replicas), deployment.Spec.Template.Labels
		found.down, found.strategy, err = deploymentDown(deployment.Spec.Strategy, found.pods)
	case kindStatefulSet:
		var set appsv1.StatefulSet
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &set); err != nil {
			return mover{}, false, err
		}
		found.pods, found.labels = replicasOf(set.Spec.Replicas), set.Spec.Template.Labels
		found.down, found.strategy, err = statefulSetDown(set.Spec.UpdateStrategy, found.pods)
	default:
		return mover{}, false, nil
	}
	found.kind = u.GetKind()
	return found, err == nil, err
}

func replicasOf(count *int32) int {
	if count == nil {
		return 1
	}
	return int(*count)
}

// defaultShare is what a Deployment's maxUnavailable and maxSurge are unless it
// says otherwise.
var defaultShare = intstr.FromString("25%")

// deploymentDown computes as the controller of Deployments does: maxUnavailable
// is rounded down, maxSurge up, and when both come to nothing one pod may go.
func deploymentDown(strategy appsv1.DeploymentStrategy, pods int) (down int, text string, err error) {
	if strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return pods, "strategy Recreate", nil
	}
	surge, unavailable := &defaultShare, &defaultShare
	if rolling := strategy.RollingUpdate; rolling != nil {
		surge, unavailable = cmp.Or(rolling.MaxSurge, surge), cmp.Or(rolling.MaxUnavailable, unavailable)
	}
	text = "maxUnavailable " + unavailable.String()
	more, err := intstr.GetScaledValueFromIntOrPercent(surge, pods, true)
	if err != nil {
		return 0, text, err
	}
	down, err = intstr.GetScaledValueFromIntOrPercent(unavailable, pods, false)
	if more == 0 && down == 0 {
		down = 1
	}
	return min(down, pods), text, err
}

// statefulSetDown: one pod at a time, whether pods are managed in order or side
// by side, unless maxUnavailable says more, which is rounded down and where a
// cluster knows no such field is gone after a dry run. Pods below the partition
// stay.
func statefulSetDown(strategy appsv1.StatefulSetUpdateStrategy, pods int) (down int, text string, err error) {
	switch strategy.Type {
	case appsv1.OnDeleteStatefulSetStrategyType:
		return 0, "strategy OnDelete", nil
	case "", appsv1.RollingUpdateStatefulSetStrategyType:
	default:
		return pods, fmt.Sprintf("strategy %s", strategy.Type), nil
	}
	down, text = 1, "one pod after the other"
	moving := pods
	if rolling := strategy.RollingUpdate; rolling != nil {
		if rolling.MaxUnavailable != nil {
			text = "maxUnavailable " + rolling.MaxUnavailable.String()
			down, err = intstr.GetScaledValueFromIntOrPercent(rolling.MaxUnavailable, pods, false)
		}
		if rolling.Partition != nil {
			moving = max(pods-int(*rolling.Partition), 0)
		}
	}
	return min(max(down, 1), moving), text, err
}
