package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestStagesKeepTheOrderOfEveryService(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, objects, want string }{
		{"kinds of one service follow each other", "a:ConfigMap a:Service a:Deployment", "a:ConfigMap | a:Service | a:Deployment"},
		{"services go side by side", "a:ConfigMap a:Deployment b:ConfigMap b:Deployment", "a:ConfigMap b:ConfigMap | a:Deployment b:Deployment"},
		{"a kind waits for the longest way to it", "a:ConfigMap a:Deployment b:ConfigMap b:Service b:Deployment", "a:ConfigMap b:ConfigMap | b:Service | a:Deployment b:Deployment"},
		{"pods wait for what another service brings", "a:Deployment b:ServiceAccount", "b:ServiceAccount | a:Deployment"},
		{"definitions come before everything", "a:ConfigMap b:CustomResourceDefinition c:Boat", "b:CustomResourceDefinition | a:ConfigMap c:Boat"},
		{"services that contradict each other go one by one", "a:Service a:Ingress b:Ingress b:Service", "a:Service | a:Ingress | b:Ingress | b:Service"},
		{"nothing is nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var objects []object
			for word := range strings.FieldsSeq(c.objects) {
				service, kind, _ := strings.Cut(word, ":")
				u := &unstructured.Unstructured{}
				u.SetKind(kind)
				objects = append(objects, object{service: service, Unstructured: u})
			}
			var got []string
			for _, stage := range stages(objects) {
				var words []string
				for _, place := range stage {
					words = append(words, fmt.Sprintf("%s:%s", objects[place].service, objects[place].GetKind()))
				}
				got = append(got, strings.Join(words, " "))
			}
			if joined := strings.Join(got, " | "); joined != c.want {
				t.Errorf("stages %q, want %q", joined, c.want)
			}
		})
	}
}
