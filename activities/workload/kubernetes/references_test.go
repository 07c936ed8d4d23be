package kubernetes

import (
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestReferencesOfPods(t *testing.T) {
	t.Parallel()
	const named = "{name: a, key: k, optional: true}"
	cases := []struct {
		name, spec string
		want       []string
	}{
		{
			"variables", "containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: B, valueFrom: {configMapKeyRef: " + named + "}}, {name: C, value: plain}]}]",
			[]string{"Secret s k false container app", "ConfigMap a k true container app"},
		},
		{
			"all variables of one", "containers: [{name: app, envFrom: [{secretRef: {name: s}}, {configMapRef: {name: c}}]}]",
			[]string{"Secret s  false container app", "ConfigMap c  false container app"},
		},
		{"init containers", "initContainers: [{name: first, envFrom: [{configMapRef: {name: c}}]}]", []string{"ConfigMap c  false container first"}},
		{
			"volumes", "volumes: [{name: v, secret: {secretName: s}}, {name: w, configMap: {name: c, items: [{key: k, path: p}, {key: l, path: q}]}}]",
			[]string{"Secret s  false volume v", "ConfigMap c k false volume w", "ConfigMap c l false volume w"},
		},
		{
			"projected volumes", "volumes: [{name: v, projected: {sources: [{secret: {name: s, items: [{key: k, path: p}]}}, {configMap: {name: c, optional: true}}, {downwardAPI: {}}]}}]",
			[]string{"Secret s k false volume v", "ConfigMap c  true volume v"},
		},
		{"none", "volumes: [{name: v, emptyDir: {}}]", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for kind, path := range templatePath {
				var fields map[string]any
				if err := yaml.Unmarshal([]byte("{"+c.spec+"}"), &fields); err != nil {
					t.Fatal(err)
				}
				u := &unstructured.Unstructured{Object: map[string]any{}}
				u.SetAPIVersion("v1")
				u.SetKind(kind)
				if err := unstructured.SetNestedMap(u.Object, fields, path...); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, ref := range references(podSpecOf(u)) {
					got = append(got, fmt.Sprintf("%s %s %s %t %s", ref.kind, ref.name, ref.key, ref.optional, ref.user))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s: %q, want %q", kind, got, c.want)
				}
			}
		})
	}
}
