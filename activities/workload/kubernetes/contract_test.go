package kubernetes_test

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/activities/workload/workloadtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	workloadtest.Contract(t, func(t *testing.T) workloadtest.Site { return contractSite{newSite(t)} })
}

type contractSite struct{ *site }

func (s contractSite) Target() workload.Target { return s.target }

func (s contractSite) Scope(epoch int64, services ...workload.Service) workload.Scope {
	return s.scope(epoch, services...)
}

func (s contractSite) Service(name, revision string, behavior workloadtest.Behavior) workload.Service {
	annotation := map[workloadtest.Behavior]string{
		workloadtest.Good: readyAfter, workloadtest.CrashLoop: crashLoop, workloadtest.NeverReady: neverReady,
	}[behavior]
	return s.service(name, deployment(name, revision, 2, annotation))
}

func (s contractSite) Job(name string, behavior workloadtest.Behavior) workload.Job {
	annotation := map[workloadtest.Behavior]string{
		workloadtest.Good: readyAfter, workloadtest.CrashLoop: crashLoop, workloadtest.NeverReady: neverReady,
	}[behavior]
	return s.once(name, annotation)
}

func (s contractSite) Runs(name string) string {
	live, err := s.client.AppsV1().Deployments(s.namespace).Get(s.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return ""
	}
	if err != nil {
		s.Fatal(err)
	}
	_, revision, _ := strings.Cut(live.Spec.Template.Spec.Containers[0].Image, ":")
	return revision
}

func (s contractSite) Effects() int { return len(s.effects()) }
