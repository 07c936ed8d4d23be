package rig

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-dev/slipway/tests/platformtest"
)

// userAgent is how Slipway's writes are told from those of others.
const userAgent = "slipway/"

// Images gives the image of each workload of a namespace, by kind/name, which
// tells the revision that runs.
func (r *Rig) Images(cluster, namespace string) map[string]string {
	r.t.Helper()
	client := r.Platform.Client(r.t, cluster).AppsV1()
	images := map[string]string{}
	deployments, err := client.Deployments(namespace).List(r.t.Context(), metav1.ListOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range deployments.Items {
		images["Deployment/"+d.Name] = d.Spec.Template.Spec.Containers[0].Image
	}
	sets, err := client.StatefulSets(namespace).List(r.t.Context(), metav1.ListOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range sets.Items {
		images["StatefulSet/"+s.Name] = s.Spec.Template.Spec.Containers[0].Image
	}
	return images
}

// WantImages fails unless a namespace has that many workloads, each with the image.
func (r *Rig) WantImages(cluster, namespace, want string, workloads int) {
	r.t.Helper()
	images := r.Images(cluster, namespace)
	if len(images) != workloads {
		r.t.Errorf("%d workloads on %s, want %d: %v", len(images), cluster, workloads, images)
	}
	for name, got := range images {
		if got != want {
			r.t.Errorf("%s on %s runs %s, want %s", name, cluster, got, want)
		}
	}
}

// LetReady lets the pods of a namespace be ready that were simulated never to
// be, those that follow too, until the program has ended that waits for them.
func (r *Rig) LetReady(cluster, namespace string, waiting *Process) {
	r.t.Helper()
	pods := r.Platform.Client(r.t, cluster).CoreV1().Pods(namespace)
	patch := []byte(`{"metadata":{"annotations":{"slipway.dev/simulate":null}}}`)
	r.Until("the pods are ready that were let", func() error {
		if waiting.Ended() {
			return nil
		}
		list, err := pods.List(r.t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, pod := range list.Items {
			if pod.Annotations["slipway.dev/simulate"] != "never-ready" {
				continue
			}
			if _, err := pods.Patch(r.t.Context(), pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
		return errors.New("what waits for them goes on waiting")
	})
}

// Effects lists Slipway's writes to a namespace that changed something, but for
// the fence, as "verb resource/name".
func Effects(t testing.TB, platform *platformtest.Platform, cluster, namespace string) []string {
	t.Helper()
	var effects []string
	for _, e := range platform.Counts(t, cluster, namespace).Effects {
		if strings.HasPrefix(e.UserAgent, userAgent) && !strings.HasPrefix(e.Name, "slipway-") {
			effects = append(effects, e.Verb+" "+e.Resource+"/"+e.Name)
		}
	}
	return effects
}
