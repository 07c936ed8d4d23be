package kubernetes

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// state is a ConfigMap with one value and its owners, each written as
// "manager/operation".
func state(t *testing.T, value string, owners ...string) *unstructured.Unstructured {
	t.Helper()
	data := ""
	if value != "" {
		data = "value: '" + value + "'"
	}
	var entries []string
	for _, owner := range owners {
		manager, operation, _ := strings.Cut(owner, "/")
		entries = append(entries, "{manager: "+manager+", operation: "+operation+", apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {f:data: {f:value: {}}}}")
	}
	return &unstructured.Unstructured{Object: tree(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, managedFields: ["+strings.Join(entries, ", ")+"]}, data: {"+data+"}}")}
}

func TestDifferencesFromTheRecord(t *testing.T) {
	t.Parallel()
	const us, them, human = "slipway/Apply", "kubectl/Update", "night-shift/Update"
	cases := []struct {
		name      string
		then, now *unstructured.Unstructured
		want      string
	}{
		{"nothing", state(t, "1", us), state(t, "1", us), ""},
		{"our value", state(t, "1", us), state(t, "2", us), "has another value"},
		{"a field that was not there", state(t, ""), state(t, "2", us), "has another value"},
		{"a field that is gone", state(t, "1", them), state(t, ""), "has another value"},
		{"a field that we still own beside its owner", state(t, "1", them), state(t, "1", them, us), "has another owner"},
		{"a field that lost its owner to us", state(t, "1", them), state(t, "1", us), "has another owner"},
		{"an owner that changed its own field", state(t, "1", them), state(t, "2", them), ""},
		{"somebody who took our field", state(t, "1", us), state(t, "3", human), `was changed by "night-shift"`},
		{"somebody who joined with the same value", state(t, "1", us), state(t, "1", us, human), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scope := fieldpath.NewSet(fieldpath.MakePathOrDie("data", "value"))
			var found []string
			for _, d := range differences(entry{Live: c.then}, c.now, scope) {
				found = append(found, d.String())
			}
			if got := strings.Join(found, "; "); !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("differences are %q, want %q", got, c.want)
			}
		})
	}
}
