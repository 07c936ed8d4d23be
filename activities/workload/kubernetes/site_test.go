package kubernetes_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubeclient "k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/activities/workload/kubernetes"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

const (
	cluster = "local-1"
	// soon is far more than anything takes here, and less than a person waits.
	soon = 30 * time.Second
)

// site is a namespace of its own on a real cluster.
type site struct {
	testing.TB
	platform  *platformtest.Platform
	clusters  *kubernetes.Clusters
	target    workload.Target
	client    kubeclient.Interface
	namespace string
	// base is the recorded release, nothing unless a test sets it.
	base workload.Scope
}

func newSite(t testing.TB) *site {
	t.Helper()
	return newSiteOn(t, platformtest.Load(t))
}

func newSiteOn(t testing.TB, platform *platformtest.Platform) *site {
	t.Helper()
	s := &site{TB: t, platform: platform, namespace: platform.Namespace(t, cluster), client: platform.Client(t, cluster)}
	s.clusters, s.target = s.open("slipway/test")
	return s
}

// open gives a worker's own connection to the cluster.
func (s *site) open(string) (*kubernetes.Clusters, workload.Target) {
	s.Helper()
	clusters := kubernetes.New(kubernetes.Options{Kubeconfig: s.platform.Kubeconfig, Version: s.namespace})
	s.Cleanup(clusters.Close)
	target, err := clusters.Target(cluster)
	if err != nil {
		s.Fatal(err)
	}
	return clusters, target
}

// scope makes the scope of a whole release.
func (s *site) scope(epoch int64, services ...workload.Service) workload.Scope {
	return workload.Scope{Stack: "shop", Environment: "staging", Namespace: s.namespace, Epoch: epoch, Services: services}
}

// service reads manifests as rendering would hand them on.
func (s *site) service(name string, documents ...string) workload.Service {
	s.Helper()
	service := workload.Service{Name: name}
	for _, document := range documents {
		for part := range strings.SplitSeq(document, "\n---\n") {
			service.Objects = append(service.Objects, s.render(name, part))
		}
	}
	return service
}

func (s *site) render(service, document string) json.RawMessage {
	s.Helper()
	var object map[string]any
	if err := yaml.Unmarshal([]byte(document), &object); err != nil {
		s.Fatal(err)
	}
	metadata, _ := object["metadata"].(map[string]any)
	if object["kind"] != "Namespace" {
		metadata["namespace"] = s.namespace
	}
	labels, ok := metadata["labels"].(map[string]any)
	if !ok {
		labels = map[string]any{}
	}
	labels[stack.ManagedByLabel] = stack.Manager
	labels[stack.StackLabel] = "shop"
	labels[stack.ServiceLabel] = service
	metadata["labels"] = labels
	raw, err := json.Marshal(object)
	if err != nil {
		s.Fatal(err)
	}
	return raw
}

func (s *site) record(next, base workload.Scope) []byte {
	s.Helper()
	record, err := s.target.Record(s.Context(), next, base)
	if err != nil {
		s.Fatal(err)
	}
	return record.Content
}

func (s *site) check(scope workload.Scope) workload.CheckResult {
	s.Helper()
	result, err := s.target.Check(s.Context(), scope, s.base)
	if err != nil {
		s.Fatal(err)
	}
	return result
}

func (s *site) apply(scope workload.Scope) workload.ApplyResult {
	s.Helper()
	result, err := s.target.Apply(s.Context(), scope, s.base)
	if err != nil {
		s.Fatal(err)
	}
	return result
}

// run applies a release and waits until it is healthy.
func (s *site) run(scope workload.Scope) {
	s.Helper()
	s.apply(scope)
	if result := s.watch(scope, soon); result.Verdict != workload.Healthy {
		s.Fatalf("release is %s: %s", result.Verdict, describe(result))
	}
}

func (s *site) watch(scope workload.Scope, deadline time.Duration) workload.WatchResult {
	s.Helper()
	result, err := s.target.Watch(s.Context(), scope, deadline, nil)
	if err != nil {
		s.Fatal(err)
	}
	return result
}

// restore restores with the next epoch until the target is as recorded.
func (s *site) restore(scope workload.Scope, record []byte) workload.RestoreResult {
	s.Helper()
	scope.Epoch++
	var all workload.RestoreResult
	for range 10 {
		result, err := s.target.Restore(s.Context(), scope, record)
		if err != nil {
			s.Fatal(err)
		}
		all.Written = append(all.Written, result.Written...)
		all.Deleted = append(all.Deleted, result.Deleted...)
		all.Problems = result.Problems
		watched, err := s.target.WatchRestore(s.Context(), scope, record, soon, nil)
		if err != nil {
			s.Fatal(err)
		}
		switch watched.Verdict {
		case workload.Healthy:
			return all
		case workload.Blocked:
			continue
		case workload.Late, workload.Failed:
			s.Fatalf("restore is %s: %s", watched.Verdict, describe(watched))
		}
	}
	s.Fatalf("the restore is still blocked: %+v", all)
	return all
}

func describe(result workload.WatchResult) string {
	var lines []string
	for _, service := range result.Services {
		line := fmt.Sprintf("%s %d/%d %s", service.Service, service.Ready, service.Wanted, service.Message)
		if f := service.Failure; f != nil {
			line += fmt.Sprintf(" %s %s/%s: %s: %s", f.Object, f.Pod, f.Container, f.Reason, f.Message)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// effects lists this site's writes so far that moved a resourceVersion.
func (s *site) effects() []string {
	s.Helper()
	var effects []string
	for _, effect := range s.platform.Counts(s, cluster, s.namespace).Effects {
		if strings.HasPrefix(effect.UserAgent, "slipway/") {
			effects = append(effects, effect.Verb+" "+effect.Resource+"/"+effect.Name)
		}
	}
	return effects
}

// patch changes an object of the namespace as somebody else would.
func (s *site) patch(who, resource, name, patch string) {
	s.Helper()
	ctx, options := s.Context(), metav1.PatchOptions{FieldManager: who}
	var err error
	switch resource {
	case "deployments":
		_, err = s.client.AppsV1().Deployments(s.namespace).Patch(ctx, name, types.StrategicMergePatchType, []byte(patch), options)
	case "configmaps":
		_, err = s.client.CoreV1().ConfigMaps(s.namespace).Patch(ctx, name, types.StrategicMergePatchType, []byte(patch), options)
	default:
		s.Fatalf("patching %s is not prepared", resource)
	}
	if err != nil {
		s.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if err == nil || fault.CodeOf(err) != code {
		t.Fatalf("error is %v (%s), want %s", err, fault.CodeOf(err), code)
	}
}

// deployment is a manifest with the knobs that tests turn: the tag of its image
// and annotations of its pods.
func deployment(name, tag string, replicas int, annotations ...string) string {
	return workloadManifest("Deployment", name, tag, fmt.Sprintf("replicas: %d", replicas), annotations)
}

func statefulSet(name, tag string, replicas int, annotations ...string) string {
	return workloadManifest("StatefulSet", name, tag, fmt.Sprintf("replicas: %d, serviceName: %s", replicas, name), annotations)
}

func daemonSet(name, tag string, annotations ...string) string {
	return workloadManifest("DaemonSet", name, tag, "", annotations)
}

func workloadManifest(kind, name, tag, spec string, annotations []string) string {
	if len(annotations) > 0 {
		annotations = []string{", annotations: {" + strings.Join(annotations, ", ") + "}"}
	}
	return fmt.Sprintf(`apiVersion: apps/v1
kind: %s
metadata: {name: %[2]s}
spec: {%[4]s%[6]s selector: {matchLabels: {app: %[2]s}}, template: {
  metadata: {labels: {app: %[2]s}%[5]s},
  spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: "registry.test/shop/%[2]s:%[3]s", ports: [{containerPort: 8080}]}]}}}
`, kind, name, tag, spec, strings.Join(annotations, ""), comma(spec))
}

func comma(before string) string {
	if before == "" {
		return ""
	}
	return ","
}

func configMap(name, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {value: %q}\n", name, value)
}

const (
	readyAfter  = "slipway.dev/simulate-ready-after: 200ms"
	crashLoop   = "slipway.dev/simulate: crash-loop"
	imagePull   = "slipway.dev/simulate: image-pull"
	configError = "slipway.dev/simulate: config-error"
	neverReady  = "slipway.dev/simulate: never-ready"
)

func configMapObject(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

// outlast waits until times in whole seconds tell what comes from what was.
func (s *site) outlast(name string) {
	s.Helper()
	live, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	<-time.After(time.Until(live.CreationTimestamp.Add(3 * time.Second)))
}
