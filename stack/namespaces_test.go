package stack

import (
	"os"
	"strings"
	"testing"
)

// kinds returns the lines of testdata/kinds.txt as group, kind and scope.
func kinds(t *testing.T) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/kinds.txt")
	if err != nil {
		t.Fatal(err)
	}
	var kinds [][]string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) == 3 {
			fields[0] = strings.TrimPrefix(fields[0], "core")
			kinds = append(kinds, fields)
		}
	}
	if len(kinds) < 60 {
		t.Fatalf("found %d kinds", len(kinds))
	}
	return kinds
}

func TestScopesAreThoseOfTheAPIServer(t *testing.T) {
	t.Parallel()
	for _, known := range kinds(t) {
		group, kind, scope := known[0], known[1], known[2]
		o := &object{content: map[string]any{"apiVersion": group + "/v1", "kind": kind}}
		if group == "" {
			o.content["apiVersion"] = "v1"
		}
		if got := isNamespaced(o, nil); got != (scope == "Namespaced") {
			t.Errorf("%s %s: namespaced is %t, the API server says %s", group, kind, got, scope)
		}
	}
}

func TestEveryOrderedKindExists(t *testing.T) {
	t.Parallel()
	exists := map[string]bool{otherKinds: true}
	for _, known := range kinds(t) {
		exists[known[1]] = true
	}
	for _, kind := range kindOrder {
		if !exists[kind] {
			t.Errorf("no API server knows the kind %s", kind)
		}
	}
}

func TestWorkloadsComeAfterWhatTheirPodsNeed(t *testing.T) {
	t.Parallel()
	before := []struct{ group, kind string }{
		{"", "ServiceAccount"},
		{"", "ConfigMap"},
		{"", "Secret"},
		{"", "PersistentVolumeClaim"},
		{"", "Service"},
		{"rbac.authorization.k8s.io", "RoleBinding"},
		{"external-secrets.io", "ExternalSecret"},
		{"serving.knative.dev", "Deployment"},
	}
	for run := range podSpecs {
		for _, need := range before {
			if rank(need.group, need.kind) >= rank(run.group, run.kind) {
				t.Errorf("%s comes before %s", run.kind, need.kind)
			}
		}
	}
	if rank("autoscaling", "HorizontalPodAutoscaler") <= rank("apps", "Deployment") {
		t.Error("an autoscaler comes before what it scales")
	}
}
