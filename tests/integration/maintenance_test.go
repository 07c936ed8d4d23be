package integration

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
)

func TestAClusterUnderMaintenanceIsLeftAloneAndComesBackLevel(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t, "local-1", "local-2")
	wantText(t, tell(t, r, exitBadInput, stack, "staging", "exclude", "--cluster", "local-9"), "local-9", "local-1, local-2")
	tell(t, r, exitDone, stack, "staging", "exclude", "--cluster", "local-2", "--reason", "new disks")
	// The next release drops a service and changes the others.
	stack.Services = stack.Services[:2]
	next(repo, stack, "2")
	repo.Write(map[string]string{"catalog/k8s.yaml": ""})
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", exitReleased)
	r.WantImages("local-1", stack.Name, rig.Image("2"), 2)
	r.WantImages("local-2", stack.Name, rig.Image("1"), 3)

	tell(t, r, exitReleased, stack, "staging", "include", "--cluster", "local-2")
	r.WantImages("local-2", stack.Name, rig.Image("2"), 2)
	wantText(t, tell(t, r, exitBadInput, stack, "staging", "include", "--cluster", "local-2"), "local-2 is not excluded")
}

func TestAWipedClusterAndALostEnvironmentComeBackByOneCommand(t *testing.T) {
	t.Parallel()
	r, repo, stack := released(t)
	wipe := func() {
		t.Helper()
		client := r.Platform.Client(t, "local-1")
		everything := metav1.ListOptions{}
		for _, err := range []error{
			client.AppsV1().Deployments(stack.Name).DeleteCollection(t.Context(), metav1.DeleteOptions{}, everything),
			client.AppsV1().StatefulSets(stack.Name).DeleteCollection(t.Context(), metav1.DeleteOptions{}, everything),
			client.CoreV1().ConfigMaps(stack.Name).DeleteCollection(t.Context(), metav1.DeleteOptions{}, everything),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, service := range stack.Services {
			if err := client.CoreV1().Services(stack.Name).Delete(t.Context(), service.Name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	wipe()
	tell(t, r, exitReleased, stack, "staging", "reconcile", "--reason", "the cluster was rebuilt")
	wantImages(r, stack, "1")

	if err := r.Client.TerminateWorkflow(t.Context(), environment.ID(stack.Name, "staging"), "", "somebody did"); err != nil {
		t.Fatal(err)
	}
	wipe()
	tell(t, r, exitReleased, stack, "staging", "reconcile", "--repo", repo.Dir)
	wantImages(r, stack, "1")
	r.WantCurrent(stack.Name, "1.0.0-rc.1")
}
