package platform_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/process/processtest"
)

// deployment is a Deployment, StatefulSet or DaemonSet called cart.
func deployment(kind string, replicas int) object {
	spec := object{
		"selector": object{"matchLabels": object{"app": "cart"}},
		"template": object{
			"metadata": object{"labels": object{"app": "cart"}},
			"spec":     object{"containers": []object{{"name": "cart", "image": "registry.example/cart:1"}}},
		},
	}
	if kind != "DaemonSet" {
		spec["replicas"] = replicas
	}
	if kind == "StatefulSet" {
		spec["serviceName"] = "cart"
		spec["volumeClaimTemplates"] = []object{{
			"metadata": object{"name": "data"},
			"spec": object{
				"accessModes": []string{"ReadWriteOnce"},
				"resources":   object{"requests": object{"storage": "1Gi"}},
			},
		}}
	}
	return object{"apiVersion": "apps/v1", "kind": kind, "metadata": object{"name": "cart"}, "spec": spec}
}

func checkWorkloads(t *testing.T, up *running) {
	for kind, want := range map[string]int{"Deployment": 3, "StatefulSet": 3, "DaemonSet": 2} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			admin := up.client(t)
			resource := strings.ToLower(kind) + "s"
			namespace := admin.namespace(resource)
			path := "/apis/apps/v1/namespaces/" + namespace + "/" + resource + "/cart"
			admin.apply(path, deployment(kind, want))
			admin.waitReady(namespace, resource, want)
			admin.delete(path)
			processtest.Await(t, "the end of the pods", func() bool { return len(admin.pods(namespace)) == 0 })
		})
	}
	t.Run("Job", func(t *testing.T) {
		t.Parallel()
		admin := up.client(t)
		namespace := admin.namespace("jobs")
		admin.create("/apis/batch/v1/namespaces/"+namespace+"/jobs", object{
			"metadata": object{"name": "migrate"},
			"spec": object{"template": object{"spec": object{
				"restartPolicy": "Never",
				"containers":    []object{{"name": "migrate", "image": "registry.example/migrate:1"}},
			}}},
		})
		processtest.Await(t, "the job's success", func() bool {
			var job struct{ Status struct{ Succeeded int } }
			admin.do("GET", "/apis/batch/v1/namespaces/"+namespace+"/jobs/migrate", "application/json", nil, &job)
			return job.Status.Succeeded == 1
		})
	})
}

type pod struct {
	Metadata struct{ Name, UID string }
	Status   struct {
		Phase, PodIP, HostIP, StartTime string
		Conditions                      []struct{ Type, Status, Reason, Message string }
		ContainerStatuses               []container
	}
}

type container struct {
	Name, Image, ImageID string
	Ready, Started       bool
	RestartCount         int
	State, LastState     struct {
		Running    *struct{ StartedAt time.Time }
		Waiting    *struct{ Reason, Message string }
		Terminated *struct {
			ExitCode        int
			Reason, Message string
		}
	}
}

func (p pod) condition(name string) string {
	for _, condition := range p.Status.Conditions {
		if condition.Type == name {
			return condition.Status
		}
	}
	return ""
}

// describe is the state of a pod in the words of kubectl: its phase, whether it
// is ready, and for the container what it does and how often it was restarted.
func (p pod) describe(name string) string {
	for _, status := range p.Status.ContainerStatuses {
		if status.Name != name {
			continue
		}
		what := "Running"
		if status.State.Waiting != nil {
			what = status.State.Waiting.Reason
		}
		if status.State.Terminated != nil {
			what = status.State.Terminated.Reason
		}
		return fmt.Sprintf("%s ready=%s %s restarts=%d", p.Status.Phase, p.condition("Ready"), what, status.RestartCount)
	}
	return p.Status.Phase
}

func (c *client) pods(namespace string) []pod {
	c.t.Helper()
	var list struct{ Items []pod }
	c.do("GET", "/api/v1/namespaces/"+namespace+"/pods", "application/json", nil, &list)
	return list.Items
}

func checkPods(t *testing.T, up *running) {
	for name, test := range map[string]struct {
		ask    map[string]string
		policy string
		want   string
		// message is what the state or the last end of the container says.
		message string
	}{
		"plain":              {want: "Running ready=True Running restarts=0"},
		"ready-after":        {ask: map[string]string{"simulate-ready-after": "300ms"}, want: "Running ready=True Running restarts=0"},
		"ready-after-number": {ask: map[string]string{"simulate-ready-after": "300"}, want: "Running ready=True Running restarts=0"},
		"not-ready-yet":      {ask: map[string]string{"simulate-ready-after": "1h"}, want: "Running ready=False Running restarts=0"},
		"never-ready":        {ask: map[string]string{"simulate": "never-ready"}, want: "Running ready=False Running restarts=0"},
		"crash-loop": {
			ask:  map[string]string{"simulate": "crash-loop", "simulate-message": "no database"},
			want: "Running ready=False CrashLoopBackOff restarts=1", message: "back-off 10s restarting failed container=app pod=crash-loop_pods(",
		},
		"crash-loop-last-words": {
			ask:  map[string]string{"simulate": "crash-loop", "simulate-message": `say "no", then`},
			want: "Running ready=False CrashLoopBackOff restarts=1", message: `say "no", then`,
		},
		"crash-loop-of-a-job": {
			ask: map[string]string{"simulate": "crash-loop"}, policy: "Never",
			want: "Failed ready=False Error restarts=0",
		},
		"crash-after-ready": {
			ask:  map[string]string{"simulate": "crash-after-ready", "simulate-fail-after": "300ms"},
			want: "Running ready=False CrashLoopBackOff restarts=1",
		},
		"image-pull": {
			ask:  map[string]string{"simulate": "image-pull"},
			want: "Pending ready=False ImagePullBackOff restarts=0", message: `Back-off pulling image "registry.example/app@sha256:1"`,
		},
		"image-pull-once": {ask: map[string]string{"simulate": "image-pull-once"}, want: "Running ready=True Running restarts=0"},
		"config-error": {
			ask:  map[string]string{"simulate": "config-error"},
			want: "Pending ready=False CreateContainerConfigError restarts=0", message: `configmap "app-config" not found`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			admin := up.client(t)
			namespace := admin.namespace("pod-" + name)
			admin.createPod(namespace, name, test.ask, test.policy)
			var last pod
			processtest.Await(t, test.want, func() bool {
				// Decoding does not clear what an earlier answer left.
				last = pod{}
				admin.do("GET", "/api/v1/namespaces/"+namespace+"/pods/"+name, "application/json", nil, &last)
				return last.describe("app") == test.want
			})
			if !strings.Contains(messages(last), strings.ReplaceAll(test.message, "_pods(", "_"+namespace+"(")) {
				t.Errorf("the messages %q lack %q", messages(last), test.message)
			}
			checkFaithful(t, last)
		})
	}
}

func (c *client) createPod(namespace, name string, ask map[string]string, policy string) {
	c.t.Helper()
	annotations := object{"slipway.dev/simulate-container": "app"}
	for key, value := range ask {
		annotations["slipway.dev/"+key] = value
	}
	spec := object{"containers": []object{
		{"name": "sidecar", "image": "registry.example/sidecar:1"},
		{
			"name": "app", "image": "registry.example/app@sha256:1",
			"envFrom": []object{{"configMapRef": object{"name": "app-config"}}},
		},
	}}
	if policy != "" {
		spec["restartPolicy"] = policy
	}
	pod := object{"metadata": object{"name": name, "annotations": annotations}, "spec": spec}
	// The account that pods run as comes a moment after the namespace.
	processtest.Await(c.t, "the namespace's service account", func() bool {
		return c.do("GET", "/api/v1/namespaces/"+namespace+"/serviceaccounts/default", "application/json", nil, nil) == http.StatusOK
	})
	c.create("/api/v1/namespaces/"+namespace+"/pods", pod)
}

// messages are all texts of the failing container's states.
func messages(p pod) string {
	var texts []string
	for _, status := range p.Status.ContainerStatuses {
		if status.State.Waiting != nil {
			texts = append(texts, status.State.Waiting.Message)
		}
		if status.State.Terminated != nil {
			texts = append(texts, status.State.Terminated.Message)
		}
		if status.LastState.Terminated != nil {
			texts = append(texts, status.LastState.Terminated.Message)
		}
	}
	return strings.Join(texts, "\n")
}

// checkFaithful checks what is true of every pod that a kubelet has taken on.
func checkFaithful(t *testing.T, p pod) {
	t.Helper()
	if p.Status.PodIP == "" || p.Status.HostIP == "" || p.Status.StartTime == "" {
		t.Errorf("an address or the start time is missing: %+v", p.Status)
	}
	for _, name := range []string{"PodScheduled", "Initialized", "PodReadyToStartContainers"} {
		if p.condition(name) != "True" {
			t.Errorf("condition %s is %q", name, p.condition(name))
		}
	}
	if p.condition("Ready") != p.condition("ContainersReady") {
		t.Errorf("Ready is %s and ContainersReady %s", p.condition("Ready"), p.condition("ContainersReady"))
	}
	if len(p.Status.ContainerStatuses) != 2 {
		t.Fatalf("%d container statuses, want 2", len(p.Status.ContainerStatuses))
	}
	for _, status := range p.Status.ContainerStatuses {
		runs := status.State.Running != nil
		if status.Started != runs {
			t.Errorf("container %s: started is %v and running %v", status.Name, status.Started, runs)
		}
		if status.Ready && !runs {
			t.Errorf("container %s is ready and does not run", status.Name)
		}
		if status.ImageID == "" || status.Image == "" {
			t.Errorf("container %s has no image", status.Name)
		}
		if (status.RestartCount > 0) != (status.LastState.Terminated != nil) {
			t.Errorf("container %s: %d restarts, last state %+v", status.Name, status.RestartCount, status.LastState)
		}
	}
}
