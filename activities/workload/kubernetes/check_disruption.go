package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-dev/slipway/activities/workload"
)

// releaseMover is a workload of the release.
type releaseMover struct {
	mover
	object object
	// stage in which it moves, or stays.
	stage int
}

// stays is the stage of what the release leaves as it is.
const stays = -1

func (m releaseMover) moves() bool { return m.stage != stays }

// disruptions refuses workloads whose strategy lets fewer pods be available than
// a PodDisruptionBudget wants: a rollout is held to it by nobody else. It looks at
// Deployments and StatefulSets that are created or changed, and adds up those of a
// stage, which move at the same time. Where budgets may not be listed it knows only
// those of the release.
func (k check) disruptions(ctx context.Context, at place, findings []finding) ([]workload.Problem, error) {
	movers := k.movers(findings)
	if !slices.ContainsFunc(movers, releaseMover.moves) {
		return nil, nil
	}
	budgets, err := k.budgets(ctx, at)
	if err != nil {
		return nil, err
	}
	var problems []workload.Problem
	for _, b := range budgets {
		problem, err := k.overdrawn(ctx, at, b, slices.DeleteFunc(slices.Clone(movers), func(m releaseMover) bool {
			return !b.selector.Matches(m.labels)
		}))
		if err != nil {
			return nil, err
		}
		problems = append(problems, problem...)
	}
	return problems, nil
}

// movers gives the workloads of the release. What can't be read is refused
// elsewhere.
func (k check) movers(findings []finding) []releaseMover {
	places := map[string]int{}
	for _, service := range k.scope.Services {
		places[service.Name] = service.Stage
	}
	var movers []releaseMover
	for i, o := range k.objects {
		u, stage := findings[i].after, places[o.service]
		if u == nil {
			u, stage = findings[i].stays, stays
		}
		if u == nil {
			continue
		}
		if found, moves, err := moverOf(u); moves && err == nil {
			movers = append(movers, releaseMover{mover: found, object: o, stage: stage})
		}
	}
	return movers
}

// budgets gives those of the namespace as the release will leave them.
func (k check) budgets(ctx context.Context, at place) ([]budget, error) {
	var found []policyv1.PodDisruptionBudget
	own, err := parse(k.scope.All())
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, o := range own {
		if o.GetKind() != "PodDisruptionBudget" || o.GroupVersionKind().Group != policyv1.GroupName {
			continue
		}
		var pdb policyv1.PodDisruptionBudget
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &pdb); err != nil {
			continue // the dry run says what is wrong with it
		}
		named[pdb.Name] = true
		found = append(found, pdb)
	}
	if at == placeReady {
		live, err := k.cluster.typed.PolicyV1().PodDisruptionBudgets(k.scope.Namespace).List(ctx, metav1.ListOptions{})
		switch {
		case err == nil:
			found = append(found, slices.DeleteFunc(live.Items, func(pdb policyv1.PodDisruptionBudget) bool {
				return named[pdb.Name] || pdb.DeletionTimestamp != nil
			})...)
		case isPassing(err):
			return nil, classify(err, "listing the PodDisruptionBudgets of namespace %q", k.scope.Namespace)
		}
	}
	var budgets []budget
	for i := range found {
		if b, readable := newBudget(&found[i]); readable {
			budgets = append(budgets, b)
		}
	}
	return budgets, nil
}

// overdrawn tells that the workloads of a stage may take more pods down than a
// budget lets them.
func (k check) overdrawn(ctx context.Context, at place, b budget, movers []releaseMover) ([]workload.Problem, error) {
	pods := podsOf(movers)
	moving := worstStage(movers)
	if len(moving) == 0 || pods == 0 {
		return nil, nil
	}
	if pods-downOf(moving) >= b.wants(pods) {
		return nil, nil
	}
	// Before it is refused: pods that the release knows nothing of count, too.
	more, err := k.foreignPods(ctx, at, b)
	if err != nil {
		return nil, err
	}
	wanted := b.wants(pods + more)
	if pods+more-downOf(moving) >= wanted {
		return nil, nil
	}
	return []workload.Problem{refusedBy(b, moving, pods+more, wanted)}, nil
}

// worstStage gives the workloads of the stage that takes most pods down.
func worstStage(movers []releaseMover) []releaseMover {
	var worst []releaseMover
	stages := map[int][]releaseMover{}
	for _, m := range movers {
		if !m.moves() {
			continue
		}
		stages[m.stage] = append(stages[m.stage], m)
		if stage := stages[m.stage]; worst == nil || worst[0].stage == m.stage || downOf(stage) > downOf(worst) {
			worst = stage
		}
	}
	return worst
}

func podsOf(movers []releaseMover) int {
	sum := 0
	for _, m := range movers {
		sum += m.pods
	}
	return sum
}

func downOf(movers []releaseMover) int {
	sum := 0
	for _, m := range movers {
		sum += m.down
	}
	return sum
}

// foreignPods counts what other workloads of the namespace want of the pods that a
// budget selects.
func (k check) foreignPods(ctx context.Context, at place, b budget) (int, error) {
	if at != placeReady {
		return 0, nil
	}
	own, err := parse(k.scope.All())
	if err != nil {
		return 0, err
	}
	named := map[string]bool{}
	for _, o := range own {
		named[o.name()] = true
	}
	pods := 0
	apps := k.cluster.typed.AppsV1()
	deployments, err := apps.Deployments(k.scope.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, classify(err, "listing the Deployments of namespace %q", k.scope.Namespace)
	}
	for _, d := range deployments.Items {
		if !named[kindDeployment+"/"+d.Name] && b.selector.Matches(labels.Set(d.Spec.Template.Labels)) {
			pods += replicasOf(d.Spec.Replicas)
		}
	}
	sets, err := apps.StatefulSets(k.scope.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, classify(err, "listing the StatefulSets of namespace %q", k.scope.Namespace)
	}
	for _, s := range sets.Items {
		if !named[kindStatefulSet+"/"+s.Name] && b.selector.Matches(labels.Set(s.Spec.Template.Labels)) {
			pods += replicasOf(s.Spec.Replicas)
		}
	}
	return pods, nil
}

// refusedBy gives the numbers and the way out.
func refusedBy(b budget, moving []releaseMover, pods, wanted int) workload.Problem {
	first := moving[0]
	var who []string
	for _, m := range moving {
		who = append(who, fmt.Sprintf("%s (%s)", m.object.name(), m.strategy))
	}
	down := downOf(moving)
	return workload.Problem{
		Service: first.object.service, Object: first.object.name(), Reason: reasonDisruptionBudget,
		Message: fmt.Sprintf("a rollout of %s may take %d of %d pods down at once and leave %d, but PodDisruptionBudget %s (%s) wants %d available: %s",
			strings.Join(who, " and "), down, pods, pods-down, b.name, b, wanted, wayOut(first.mover, pods-wanted)),
	}
}

// wayOut says what would be right when so many pods may be away.
func wayOut(m mover, spare int) string {
	switch {
	case spare < 0:
		return "the budget wants more pods than there are; raise replicas, or lower the budget"
	case m.kind == kindStatefulSet && spare == 0:
		return "a StatefulSet takes down one pod at least; let the budget spare one, with more replicas or maxUnavailable: 1 in it"
	case spare == 0:
		return "use RollingUpdate with maxUnavailable: 0 and a maxSurge of at least 1, or let the budget spare a pod"
	default:
		return fmt.Sprintf("use RollingUpdate with maxUnavailable: %d, or let the budget spare more pods", spare)
	}
}
