package kubernetes

import (
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

func fromYAML(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	var u unstructured.Unstructured
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err == nil {
		err = u.UnmarshalJSON(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &u
}

func TestHowManyPodsAStrategyTakesDown(t *testing.T) {
	t.Parallel()
	const deployment, set = "apiVersion: apps/v1\nkind: Deployment\nspec: ", "apiVersion: apps/v1\nkind: StatefulSet\nspec: "
	for name, c := range map[string]struct {
		manifest   string
		pods, down int
		none       bool
	}{
		"a Deployment's default, rounded down":           {deployment + "{replicas: 7}", 7, 1, false},
		"the default of three is none":                   {deployment + "{replicas: 3}", 3, 0, false},
		"no replicas are one":                            {deployment + "{}", 1, 0, false},
		"a percentage is rounded down":                   {deployment + "{replicas: 5, strategy: {rollingUpdate: {maxUnavailable: 50%}}}", 5, 2, false},
		"a number":                                       {deployment + "{replicas: 5, strategy: {rollingUpdate: {maxUnavailable: 2}}}", 5, 2, false},
		"no more than there are":                         {deployment + "{replicas: 2, strategy: {rollingUpdate: {maxUnavailable: 5}}}", 2, 2, false},
		"neither more nor fewer would not move":          {deployment + "{replicas: 3, strategy: {rollingUpdate: {maxUnavailable: 10%, maxSurge: 0}}}", 3, 1, false},
		"a surge is rounded up":                          {deployment + "{replicas: 3, strategy: {rollingUpdate: {maxUnavailable: 10%, maxSurge: 1%}}}", 3, 0, false},
		"Recreate takes all":                             {deployment + "{replicas: 3, strategy: {type: Recreate}}", 3, 3, false},
		"a StatefulSet in order":                         {set + "{replicas: 3}", 3, 1, false},
		"a StatefulSet side by side":                     {set + "{replicas: 3, podManagementPolicy: Parallel}", 3, 1, false},
		"a StatefulSet that may lose more":               {set + "{replicas: 5, updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}}", 5, 2, false},
		"a share of a StatefulSet that rounds to nought": {set + "{replicas: 3, updateStrategy: {rollingUpdate: {maxUnavailable: 10%}}}", 3, 1, false},
		"pods below the partition stay":                  {set + "{replicas: 3, updateStrategy: {rollingUpdate: {partition: 3}}}", 3, 0, false},
		"OnDelete takes none":                            {set + "{replicas: 3, updateStrategy: {type: OnDelete}}", 3, 0, false},
		"an empty StatefulSet":                           {set + "{replicas: 0}", 0, 0, false},
		"a DaemonSet":                                    {"apiVersion: apps/v1\nkind: DaemonSet\nspec: {}", 0, 0, true},
		"a Service":                                      {"apiVersion: v1\nkind: Service\nspec: {}", 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, moves, err := moverOf(fromYAML(t, c.manifest))
			if err != nil || moves == c.none || found.pods != c.pods || found.down != c.down {
				t.Errorf("got %d of %d, %v, %v, want %d of %d", found.down, found.pods, moves, err, c.down, c.pods)
			}
		})
	}
}

func TestHowManyPodsABudgetWants(t *testing.T) {
	t.Parallel()
	number := func(n int) *intstr.IntOrString { v := intstr.FromInt(n); return &v }
	share := func(s string) *intstr.IntOrString { v := intstr.FromString(s); return &v }
	for name, c := range map[string]struct {
		spec       policyv1.PodDisruptionBudgetSpec
		pods, want int
	}{
		"a minimum":                         {policyv1.PodDisruptionBudgetSpec{MinAvailable: number(2)}, 3, 2},
		"a minimum beyond what there is":    {policyv1.PodDisruptionBudgetSpec{MinAvailable: number(5)}, 3, 5},
		"a minimal share is rounded up":     {policyv1.PodDisruptionBudgetSpec{MinAvailable: share("50%")}, 7, 4},
		"a maximum":                         {policyv1.PodDisruptionBudgetSpec{MaxUnavailable: number(1)}, 3, 2},
		"a maximum of more than there is":   {policyv1.PodDisruptionBudgetSpec{MaxUnavailable: number(9)}, 3, 0},
		"a maximal share is rounded up too": {policyv1.PodDisruptionBudgetSpec{MaxUnavailable: share("30%")}, 7, 4},
		"nothing":                           {policyv1.PodDisruptionBudgetSpec{}, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, readable := newBudget(&policyv1.PodDisruptionBudget{Spec: c.spec})
			if got := b.wants(c.pods); !readable || got != c.want {
				t.Errorf("wants %d, want %d", got, c.want)
			}
		})
	}
}

func TestABudgetWithoutASelectorSelectsNothingAndAnEmptyOneAll(t *testing.T) {
	t.Parallel()
	for selects, selector := range map[bool]*metav1.LabelSelector{false: nil, true: {}} {
		b, readable := newBudget(&policyv1.PodDisruptionBudget{Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector}})
		if !readable || b.selector.Matches(mover{}.labels) != selects {
			t.Errorf("%v selects: want %v", selector, selects)
		}
	}
}

func TestOnlyWhatMovesTogetherAddsUp(t *testing.T) {
	t.Parallel()
	at := func(stage, down int) releaseMover {
		return releaseMover{mover: mover{pods: 4, down: down}, stage: stage}
	}
	for name, c := range map[string]struct {
		movers []releaseMover
		want   int
	}{
		"nothing moves":            {[]releaseMover{at(stays, 4)}, 0},
		"one after the other":      {[]releaseMover{at(0, 1), at(1, 2), at(stays, 4)}, 2},
		"two of a stage":           {[]releaseMover{at(0, 1), at(1, 2), at(1, 1), at(0, 1)}, 3},
		"the first stage is worst": {[]releaseMover{at(0, 2), at(1, 1), at(0, 2)}, 4},
	} {
		if got := downOf(worstStage(c.movers)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
