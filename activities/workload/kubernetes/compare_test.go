package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/activities/workload"
)

func (s *site) compare(scope workload.Scope) workload.Drift {
	s.Helper()
	drift, err := s.target.Compare(s.Context(), scope, nil)
	if err != nil {
		s.Fatal(err)
	}
	return drift
}

// lines writes differences as short as tests can read them.
func lines(drift workload.Drift) []string {
	var found []string
	for _, d := range drift.Differences {
		if len(d.Fields) == 0 {
			found = append(found, fmt.Sprintf("%s %s %s", d.Service, d.Object, d.Kind))
		}
		for _, f := range d.Fields {
			found = append(found, strings.TrimSpace(fmt.Sprintf("%s %s %s by %s: %s %s", d.Object, d.Kind, f.Path, strings.Join(f.By, ","), f.Want, f.Live)))
		}
	}
	return found
}

func TestDriftIsFoundFieldByField(t *testing.T) {
	t.Parallel()
	quantities := strings.Replace(deployment("web", "v1", 2), "containers: [{", "containers: [{resources: {requests: {cpu: 1000m}}, env: [{name: A, value: hunter2}], ", 1)
	job := "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {ttlSecondsAfterFinished: 1, template: {spec: {restartPolicy: Never, containers: [{name: app, image: i}]}}}\n"
	const typed = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typed}\ndata: {type: plain}\n"
	cases := []struct {
		name   string
		change func(*site)
		want   []string
	}{
		{"nothing", func(*site) {}, nil},
		{"what others add", func(s *site) {
			s.patch("kubectl", "deployments", "web", `{"metadata":{"labels":{"team":"carts"}},"spec":{"minReadySeconds":1,"template":{"metadata":{"annotations":{"a":"b"}}}}}`)
		}, nil},
		{"an image", func(s *site) {
			s.patch("kubectl-set", "deployments", "web", `{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"registry.test/shop/web:v0"}]}}}}`)
		}, []string{`Deployment/web changed .spec.template.spec.containers[name="app"].image by kubectl-set: registry.test/shop/web:v1 registry.test/shop/web:v0`}},
		{
			"replicas", func(s *site) { s.patch("ops-tool", "deployments", "web", `{"spec":{"replicas":5}}`) },
			[]string{"Deployment/web changed .spec.replicas by ops-tool: 2 5"},
		},
		{"a variable, whose value is not told", func(s *site) {
			s.patch("kubectl-edit", "deployments", "web", `{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A","value":"secret"}]}]}}}}`)
		}, []string{`Deployment/web changed .spec.template.spec.containers[name="app"].env[name="A"].value by kubectl-edit:`}},
		{"a label that was taken away", func(s *site) {
			s.patch("kubectl-label", "deployments", "web", `{"metadata":{"labels":{"slipway.dev/stack":null}}}`)
		}, []string{"Deployment/web changed .metadata.labels.slipway.dev/stack by :"}},
		{
			"data, whose value is not told", func(s *site) {
				s.patch("kubectl-edit", "configmaps", "settings", `{"data":{"value":"secret","more":"1"}}`)
			},
			[]string{"ConfigMap/settings changed .data.value by kubectl-edit:"},
		},
		{
			"data in a key that sounds like a field", func(s *site) { s.patch("kubectl-edit", "configmaps", "typed", `{"data":{"type":"secret"}}`) },
			[]string{"ConfigMap/typed changed .data.type by kubectl-edit:"},
		},
		{"an object that is gone", func(s *site) { s.forget("settings") }, []string{"web ConfigMap/settings missing"}},
		{"config that is gone", func(s *site) { s.forget(webConfig) }, []string{"web ConfigMap/" + webConfig + " missing"}},
		{"a job that has done its work", func(s *site) {
			background := metav1.DeletePropagationBackground
			if err := s.client.BatchV1().Jobs(s.namespace).Delete(s.Context(), "migrate", metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
				s.Fatal(err)
			}
		}, nil},
		{"an object that something keeps from going", func(s *site) {
			s.patch("kubectl", "configmaps", "settings", `{"metadata":{"finalizers":["example.com/wait"]}}`)
			s.forget("settings")
			s.Cleanup(func() {
				// The namespace could not go away otherwise.
				_, err := s.client.CoreV1().ConfigMaps(s.namespace).Patch(context.WithoutCancel(s.Context()), "settings",
					types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
				if err != nil {
					s.Error(err)
				}
			})
		}, []string{"web ConfigMap/settings deleting"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			scope := s.scope(1, s.service("web", config("web", "aa", "a = 1"), configMap("settings", "1"), typed, quantities, job))
			s.apply(scope)
			c.change(s)
			before := s.effects()
			drift := s.compare(scope)
			if got := lines(drift); !slices.Equal(got, c.want) {
				t.Errorf("drift\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if drift.Objects != 5 || drift.Missing+drift.Changed != len(drift.Differences) {
				t.Errorf("counts %+v", drift)
			}
			if after := s.effects(); !slices.Equal(before, after) {
				t.Errorf("comparing had effects: %q", after[len(before):])
			}
			if text, err := json.Marshal(drift); err != nil || strings.Contains(string(text), "secret") || strings.Contains(string(text), "hunter2") {
				t.Errorf("the report holds values: %s, %v", text, err)
			}
		})
	}
}

func TestConfigThatWasRemadeIsDriftAndIsPutRight(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", config("web", "aa", "a = 1"), configured("web", "aa")))
	s.run(scope)
	s.remake(webConfig, "a = 2")
	s.patch("kubectl-edit", "configmaps", webConfig, `{"data":{"more":"1"}}`)
	want := []string{
		"ConfigMap/web-config-aa changed .data.application.conf by kubectl-create:",
		"ConfigMap/web-config-aa changed .data.more by kubectl-edit: absent",
		"ConfigMap/web-config-aa changed .immutable by : true absent",
	}
	var got []string
	for _, line := range lines(s.compare(scope)) {
		if !strings.Contains(line, ".metadata.labels") {
			got = append(got, line)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("drift %q, want %q", got, want)
	}
	s.base = scope
	scope.Epoch = 2
	s.apply(scope)
	if drift := s.compare(scope); drift.Changed+drift.Missing > 0 {
		t.Errorf("after applying again: %q", lines(drift))
	}
}

func TestReplicasUnderAnAutoscalerAreNoDrift(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.scope(1, s.service("web", strings.Replace(deployment("web", "v1", 3), "replicas: 3,", "", 1)))
	s.apply(scope)
	s.patch("kube-controller-manager", "deployments", "web", `{"spec":{"replicas":7}}`)
	if drift := s.compare(scope); len(drift.Differences) > 0 {
		t.Errorf("drift %q", lines(drift))
	}
}

func TestCompareOfManyNamesThemAllAndAsksInLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var services []workload.Service
	for i := range 150 {
		name := fmt.Sprintf("s%03d", i)
		services = append(services, s.service(name, config(name, "aa", "a = 1")))
	}
	scope := s.scope(1, services...)
	before := s.requests()
	drift := s.compare(scope)
	if drift.Objects != 150 || drift.Missing != 150 || len(drift.Differences) != 150 || drift.Differences[0].Service != "s000" {
		t.Errorf("of nothing: %d objects, %d missing, %d named", drift.Objects, drift.Missing, len(drift.Differences))
	}
	s.apply(scope)
	applied := s.requests()
	var told []int
	drift, err := s.target.Compare(t.Context(), scope, func(done, total int) { told = append(told, done*1000/total) })
	if err != nil || len(drift.Differences) > 0 {
		t.Errorf("drift %q, %v", lines(drift), err)
	}
	if asked := s.requests() - applied; asked > 2 {
		t.Errorf("%d requests for 150 objects of one kind, want a list", asked)
	}
	if !slices.Contains(told, 1000) {
		t.Errorf("progress %v does not reach the end", told)
	}
	if applied-before < 150 {
		t.Errorf("%d requests to write 150 objects", applied-before)
	}
}
