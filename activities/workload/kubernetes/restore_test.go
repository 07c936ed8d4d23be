package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

func TestCrashLoopFailsFastAndIsRestored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 2)))
	s.run(old)

	next := s.scope(2, s.service("web", configMap("settings", "2"), configMap("more", "2"), deployment("web", "v2", 2, crashLoop, `slipway.dev/simulate-message: "no such table: carts"`)))
	record := s.record(next, old)
	s.apply(next)
	watched := s.watch(next, soon)
	if watched.Verdict != workload.Failed {
		t.Fatalf("verdict %s: %s", watched.Verdict, describe(watched))
	}
	failure := watched.Services[0].Failure
	if failure.Object != "Deployment/web" || failure.Container != "app" || failure.Reason != "CrashLoopBackOff" || !strings.Contains(failure.Message, "no such table: carts") {
		t.Errorf("failure %+v", failure)
	}

	restored := s.restore(next, record)
	if want := []string{"ConfigMap/settings", "Deployment/web"}; !slices.Equal(restored.Written, want) {
		t.Errorf("restored %q, want %q", restored.Written, want)
	}
	if want := []string{"ConfigMap/more"}; !slices.Equal(restored.Deleted, want) {
		t.Errorf("deleted %q, want %q", restored.Deleted, want)
	}

	before := s.effects()
	next.Epoch++
	if _, err := s.target.Restore(t.Context(), next, record); err != nil {
		t.Fatal(err)
	}
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("another attempt had effects: %q", after[len(before):])
	}
}

func TestFirstReleaseIsTakenAwayAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	next := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 2)))
	record := s.record(next, s.scope(1))
	s.apply(next)
	restored := s.restore(next, record)
	if want := []string{"Deployment/web", "ConfigMap/settings"}; !slices.Equal(restored.Deleted, want) {
		t.Errorf("deleted %q, want %q", restored.Deleted, want)
	}
	pods, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(pods.Items) != 0 {
		t.Errorf("%d pods are left", len(pods.Items))
	}
}

func TestWhatOthersSetSurvivesTheRestore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	unset := func(tag string, annotations ...string) string {
		return strings.Replace(deployment("web", tag, 3, annotations...), "replicas: 3,", "", 1)
	}
	old := s.scope(1, s.service("web", unset("v1")))
	s.run(old)
	s.patch("kubectl-annotate", "deployments", "web", `{"metadata":{"annotations":{"team":"carts"}}}`)
	s.scale("web", 4)
	s.run(old)

	next := s.scope(2, s.service("web", unset("v2", crashLoop)))
	record := s.record(next, old)
	before := s.owners("web")
	s.apply(next)
	s.scale("web", 5)
	s.restore(next, record)

	live, err := s.client.AppsV1().Deployments(s.namespace).Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if live.Annotations["team"] != "carts" || *live.Spec.Replicas != 5 {
		t.Errorf("annotation %q, replicas %d: what others set has changed", live.Annotations["team"], *live.Spec.Replicas)
	}
	if live.Spec.Template.Spec.Containers[0].Image != "registry.test/shop/web:v1" || len(live.Spec.Template.Annotations) != 0 {
		t.Errorf("template is %+v", live.Spec.Template)
	}
	if after := s.owners("web"); !slices.Equal(before, after) {
		t.Errorf("owners were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	if _, onPods := live.Spec.Template.Annotations["slipway.dev/fence"]; onPods {
		t.Error("the fence is on the pod template")
	}
}

// scale sets replicas as an autoscaler does.
func (s *site) scale(name string, replicas int32) {
	s.Helper()
	scale := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}, Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	_, err := s.client.AppsV1().Deployments(s.namespace).UpdateScale(s.Context(), name, scale, metav1.UpdateOptions{FieldManager: "autoscaler"})
	if err != nil {
		s.Fatal(err)
	}
}

// owners lists who owns what of a Deployment, but for its status and the fence.
func (s *site) owners(name string) []string {
	s.Helper()
	live, err := s.client.AppsV1().Deployments(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	var lines []string
	for _, entry := range live.ManagedFields {
		if entry.Subresource != "status" && entry.Manager != "slipway-fence" && entry.Manager != "kube-controller-manager" {
			lines = append(lines, entry.Manager+" "+string(entry.Operation)+" "+entry.Subresource+" "+string(entry.FieldsV1.GetRawBytes()))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestReplicasComeBackFromAnAutoscalerThatTheReleaseBrought(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", deployment("web", "v1", 2)))
	s.run(old)
	scaler := "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
	next := s.scope(2, s.service("web", strings.Replace(deployment("web", "v2", 2), "replicas: 2,", "", 1), scaler))
	record := s.record(next, old)
	before := s.owners("web")
	s.run(next)
	s.scale("web", 5)
	s.restore(next, record)
	if got := s.replicas("web"); got != 2 {
		t.Errorf("replicas are %d, want 2 as before", got)
	}
	if after := s.owners("web"); !slices.Equal(before, after) {
		t.Errorf("owners were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

func TestWriteThatLandsAfterTheRestoreIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", configMap("settings", "1")))
	s.run(old)
	next := s.scope(2, s.service("web", configMap("settings", "2")))
	record := s.record(next, old)
	s.apply(next)
	next.Epoch++
	if _, err := s.target.Restore(t.Context(), next, record); err != nil {
		t.Fatal(err)
	}
	s.patch("slipway", "configmaps", "settings", `{"data":{"value":"2"}}`)
	watched, err := s.target.WatchRestore(t.Context(), next, record, soon, nil)
	if err != nil || watched.Verdict != workload.Blocked {
		t.Fatalf("verdict %s, %v; want another restore", watched.Verdict, err)
	}
	s.restore(next, record)
}

func TestFieldTakenOverMeanwhileIsAProblemAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 1)))
	s.run(old)
	next := s.scope(2, s.service("web", configMap("settings", "2"), deployment("web", "v2", 2)))
	record := s.record(next, old)
	s.run(next)
	s.patch("night-shift", "configmaps", "settings", `{"data":{"value":"3"}}`)

	next.Epoch++
	result, err := s.target.Restore(t.Context(), next, record)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Problems) != 1 || result.Problems[0].Reason != "Conflict" || !strings.Contains(result.Problems[0].Message, "night-shift") {
		t.Errorf("problems %+v, want one that names night-shift", result.Problems)
	}
	if got := s.replicas("web"); got != 1 {
		t.Errorf("the Deployment has %d replicas, want 1 as before", got)
	}
}

func TestObjectDeletedMeanwhileComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("web", configMap("settings", "1"), deployment("web", "v1", 1)))
	s.run(old)
	s.patch("kubectl", "configmaps", "settings", `{"metadata":{"annotations":{"team":"carts"}}}`)
	next := s.scope(2, s.service("web", deployment("web", "v2", 1)))
	record := s.record(next, old)
	s.run(next)
	pruned, err := s.target.Prune(t.Context(), next, old)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"ConfigMap/settings"}; !slices.Equal(pruned.Deleted, want) {
		t.Fatalf("pruned %q, want %q", pruned.Deleted, want)
	}
	s.restore(next, record)
	live := s.configMap("settings")
	if live.Data["value"] != "1" || live.Annotations["team"] != "carts" {
		t.Errorf("ConfigMap is %v", live)
	}
	if got := s.ownersOf(live.ManagedFields, "f:team"); !slices.Equal(got, []string{"kubectl Update"}) {
		t.Errorf("the annotation belongs to %q", got)
	}
}

func TestFieldThatAReleaseTookFromSomebodyIsGivenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	theirs := configMapObject("settings", map[string]string{"value": "1", "more": "1"})
	if _, err := s.client.CoreV1().ConfigMaps(s.namespace).Create(t.Context(), theirs, metav1.CreateOptions{FieldManager: "kubectl"}); err != nil {
		t.Fatal(err)
	}
	next := s.scope(1, s.service("web", configMap("settings", "2")))
	record := s.record(next, s.scope(1))
	forced := true
	_, err := s.client.CoreV1().ConfigMaps(s.namespace).Patch(t.Context(), "settings", types.ApplyPatchType, next.Services[0].Objects[0],
		metav1.PatchOptions{FieldManager: "slipway", Force: &forced})
	if err != nil {
		t.Fatal(err)
	}
	s.restore(next, record)
	live := s.configMap("settings")
	if live.Data["value"] != "1" || live.Labels["slipway.dev/stack"] != "" {
		t.Errorf("ConfigMap is %v", live)
	}
	if got := s.ownersOf(live.ManagedFields, "f:value"); !slices.Equal(got, []string{"kubectl Update"}) {
		t.Errorf("the value belongs to %q", got)
	}
}

func (s *site) configMap(name string) *corev1.ConfigMap {
	s.Helper()
	live, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	return live
}

func (*site) ownersOf(entries []metav1.ManagedFieldsEntry, field string) []string {
	var owners []string
	for _, entry := range entries {
		if strings.Contains(string(entry.FieldsV1.GetRawBytes()), field) {
			owners = append(owners, entry.Manager+" "+string(entry.Operation))
		}
	}
	return owners
}

func TestObjectThatSomebodyElseCreatedMeanwhileStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	next := s.scope(1, s.service("web", configMap("settings", "1")))
	record := s.record(next, s.scope(1))
	other := platformtest.Load(t).Client(t, cluster)
	created := configMapObject("settings", map[string]string{"theirs": "1"})
	if _, err := other.CoreV1().ConfigMaps(s.namespace).Create(t.Context(), created, metav1.CreateOptions{FieldManager: "kubectl"}); err != nil {
		t.Fatal(err)
	}
	s.outlast(created.Name)
	s.apply(next)
	next.Epoch++
	result, err := s.target.Restore(t.Context(), next, record)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Deleted) != 0 || len(result.Problems) != 1 || result.Problems[0].Reason != "NotOurs" {
		t.Errorf("restore gave %+v", result)
	}
	live, err := other.CoreV1().ConfigMaps(s.namespace).Get(t.Context(), "settings", metav1.GetOptions{})
	if err != nil || live.Data["theirs"] != "1" || live.Data["value"] != "" || live.Labels["slipway.dev/stack"] != "" {
		t.Errorf("ConfigMap is %v, %v", live, err)
	}
}

func TestStatefulSetStuckOnAnUnreadyPodIsRestored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("store", statefulSet("store", "v1", 3)))
	s.run(old)
	next := s.scope(2, s.service("store", statefulSet("store", "v2", 3, crashLoop)))
	record := s.record(next, old)
	s.apply(next)
	if result := s.watch(next, soon); result.Verdict != workload.Failed || result.Services[0].Failure.Pod != "store-2" {
		t.Fatalf("verdict %s: %s", result.Verdict, describe(result))
	}
	restored := s.restore(next, record)
	if !slices.Contains(restored.Deleted, "Pod/store-2") {
		t.Errorf("deleted %q, want the pod of the abandoned revision", restored.Deleted)
	}
	pods, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods.Items {
		if image := pod.Spec.Containers[0].Image; image != "registry.test/shop/store:v1" {
			t.Errorf("pod %s runs %s", pod.Name, image)
		}
	}
}

func TestDaemonSetIsRestored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.scope(1, s.service("agent", daemonSet("agent", "v1")))
	s.run(old)
	next := s.scope(2, s.service("agent", daemonSet("agent", "v2", imagePull)))
	record := s.record(next, old)
	s.apply(next)
	if result := s.watch(next, soon); result.Verdict != workload.Failed || result.Services[0].Failure.Reason != "ImagePullBackOff" {
		t.Fatalf("verdict %s: %s", result.Verdict, describe(result))
	}
	s.restore(next, record)
	if result := s.watch(s.scope(3, old.Services...), soon); result.Verdict != workload.Healthy {
		t.Errorf("verdict %s: %s", result.Verdict, describe(result))
	}
}
