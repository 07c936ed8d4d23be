package kubernetes_test

import (
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/workload"
)

// once is a Job that sees the config of cart.
func (s *site) once(name string, annotations ...string) workload.Job {
	s.Helper()
	manifest := s.render("cart", fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata: {name: whatever}
spec: {backoffLimit: 6, template: {metadata: {annotations: {%s}}, spec: {
  containers: [{name: app, image: registry.test/check:1, envFrom: [{configMapRef: {name: other, optional: true}}], volumeMounts: [{name: config, mountPath: /etc/cart}]}],
  volumes: [{name: config, projected: {sources: [{configMap: {name: cart-config-1}}]}}]}}}
`, strings.Join(annotations, ", ")))
	return workload.Job{Name: name + "-0123456789ab", For: name, Manifest: manifest, Deadline: soon, Keep: time.Hour}
}

// withConfig is a release whose config is not on the cluster yet.
func (s *site) withConfig(epoch int64) workload.Scope {
	s.Helper()
	return s.scope(epoch, s.service("cart",
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: cart-config-1, labels: {slipway.dev/config: cart}}, immutable: true, data: {application.conf: "a = 1"}}`))
}

func (s *site) job(name string) *batchv1.Job {
	s.Helper()
	job, err := s.client.BatchV1().Jobs(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	return job
}

// left lists the Jobs, pods and ConfigMaps that are there, but for the fence and
// what the cluster itself brings.
func (s *site) left() []string {
	s.Helper()
	var left []string
	jobs, err := s.client.BatchV1().Jobs(s.namespace).List(s.Context(), metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	for _, job := range jobs.Items {
		left = append(left, "Job/"+job.Name)
	}
	pods, err := s.client.CoreV1().Pods(s.namespace).List(s.Context(), metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	for _, pod := range pods.Items {
		left = append(left, "Pod/"+pod.Name)
	}
	configs, err := s.client.CoreV1().ConfigMaps(s.namespace).List(s.Context(), metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	for _, config := range configs.Items {
		if config.Name != "kube-root-ca.crt" && config.Name != "slipway-shop-staging" {
			left = append(left, "ConfigMap/"+config.Name)
		}
	}
	return left
}

func (s *site) start(scope workload.Scope, jobs ...workload.Job) {
	s.Helper()
	if _, err := s.target.StartJobs(s.Context(), scope, jobs); err != nil {
		s.Fatal(err)
	}
}

// until waits for what the cluster does by itself.
func (s *site) until(what string, holds func() bool) {
	s.Helper()
	deadline := time.After(soon)
	for !holds() {
		select {
		case <-deadline:
			s.Fatalf("waited in vain until %s: %q", what, s.left())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
