package kubernetes

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// began is when the rollout of these tests began to write.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func from[T any](t *testing.T, text string) *T {
	t.Helper()
	object := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return object
}

func newJudge() *judge {
	return &judge{since: began, restarts: map[restartKey]int32{}, refusedFor: func() time.Duration { return 0 }}
}

func noWarnings(*corev1.Pod) []*corev1.Event { return nil }

// want is what a table says of a health: done, or the reason of a failure, or a
// part of what it waits for.
type want struct {
	done            bool
	failed, waiting string
}

func (w want) check(t *testing.T, h health) {
	t.Helper()
	reason := ""
	if h.failure != nil {
		reason = h.failure.Reason
	}
	if h.done != w.done || reason != w.failed || !strings.Contains(h.waiting, w.waiting) {
		t.Errorf("done %t, failure %+v, waiting %q; want %+v", h.done, h.failure, h.waiting, w)
	}
}

func TestDeploymentHealth(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, spec, status string
		want               want
	}{
		{"everything is as wanted", "replicas: 2", "{observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2}", want{done: true}},
		{"the controller has not seen it yet", "replicas: 2", "{observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2}", want{waiting: "controller"}},
		{"an old pod is left", "replicas: 2", "{observedGeneration: 2, replicas: 3, updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3}", want{waiting: "1 old pods"}},
		{"ready but not yet available", "replicas: 2", "{observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 1}", want{waiting: "2 of 2 pods updated"}},
		{"the pods that are ready are old ones", "replicas: 2", "{observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2}", want{waiting: "1 old pods"}},
		{"none are wanted", "replicas: 0", "{observedGeneration: 2}", want{done: true}},
		{"replicas left to their default", "paused: false", "{observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1}", want{done: true}},
		{"somebody paused it", "{replicas: 2, paused: true}", "{observedGeneration: 2, replicas: 2, readyReplicas: 2, availableReplicas: 2}", want{waiting: "paused"}},
		{
			"its own deadline has passed", "replicas: 1",
			"{observedGeneration: 2, replicas: 1, updatedReplicas: 1, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}",
			want{failed: "ProgressDeadlineExceeded"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := from[appsv1.Deployment](t, "metadata: {name: web, generation: 2}\nstatus: "+c.status)
			spec := from[appsv1.DeploymentSpec](t, c.spec)
			d.Spec = *spec
			c.want.check(t, newJudge().deployment(d, &appsv1.ReplicaSet{}, nil, noWarnings))
		})
	}
}

func TestRefusedPodsOfADeployment(t *testing.T) {
	t.Parallel()
	const quota = `pods "web-1" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=3, limited: pods=3`
	cases := []struct {
		name, maxUnavailable, message string
		refusedFor                    time.Duration
		want                          want
	}{
		{"quota without room to be made", "0", quota, 0, want{failed: "FailedCreate"}},
		{"quota while old pods may go first", "1", quota, 0, want{waiting: "exceeded quota"}},
		{"quota though old pods might have gone", "1", quota, refusalPatience, want{failed: "FailedCreate"}},
		{"an admission policy", "1", `admission webhook "images.example.com" denied the request: unsigned`, 0, want{failed: "FailedCreate"}},
		{"a webhook that does not answer", "0", `Internal error occurred: failed calling webhook "images.example.com": EOF`, 0, want{waiting: "failed calling webhook"}},
		{"a namespace so new that it has no service account", "0", `pods "web-1" is forbidden: error looking up service account shop/default: serviceaccount "default" not found`, 0, want{waiting: "service account"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := from[appsv1.Deployment](t, "metadata: {name: web, generation: 1}\nspec: {replicas: 3, strategy: {rollingUpdate: {maxUnavailable: "+c.maxUnavailable+"}}}\nstatus: {observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3}")
			newest := &appsv1.ReplicaSet{Status: appsv1.ReplicaSetStatus{Conditions: []appsv1.ReplicaSetCondition{
				{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: c.message},
			}}}
			j := newJudge()
			j.refusedFor = func() time.Duration { return c.refusedFor }
			c.want.check(t, j.deployment(d, newest, nil, noWarnings))
		})
	}
}

func TestStatefulSetHealth(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, spec, status string
		want               want
	}{
		{"everything is as wanted", "{replicas: 3}", "{observedGeneration: 2, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, currentRevision: b, updateRevision: b}", want{done: true}},
		{"all pods are updated, but the controller has not closed the update", "{replicas: 3}", "{observedGeneration: 2, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, currentRevision: a, updateRevision: b}", want{waiting: "3 of 3 pods updated"}},
		{"a partition keeps the lower pods", "{replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}}", "{observedGeneration: 2, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}", want{done: true}},
		{"a partition whose pods have not moved", "{replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}}", "{observedGeneration: 2, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}", want{waiting: "1 of 3"}},
		{"OnDelete has moved nothing yet", "{replicas: 3, updateStrategy: {type: OnDelete}}", "{observedGeneration: 2, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 0, currentRevision: a, updateRevision: b}", want{waiting: "OnDelete"}},
		{"too many pods", "{replicas: 1}", "{observedGeneration: 2, replicas: 2, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2, currentRevision: b, updateRevision: b}", want{waiting: "2 of 1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := from[appsv1.StatefulSet](t, "metadata: {name: store, generation: 2}\nspec: "+c.spec+"\nstatus: "+c.status)
			c.want.check(t, newJudge().statefulSet(s, nil, noWarnings, nil))
		})
	}
}

func TestDaemonSetHealth(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, spec, status string
		want               want
	}{
		{"every node has an updated pod", "{}", "{observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 3, numberAvailable: 3}", want{done: true}},
		{"no node is meant", "{}", "{observedGeneration: 2}", want{done: true}},
		{"old pods are ready on some nodes", "{}", "{observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 1, numberReady: 3, numberAvailable: 3}", want{waiting: "1 of 3"}},
		{"OnDelete has moved nothing yet", "{updateStrategy: {type: OnDelete}}", "{observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3, numberAvailable: 3}", want{waiting: "OnDelete"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := from[appsv1.DaemonSet](t, "metadata: {name: agent, generation: 2}\nspec: "+c.spec+"\nstatus: "+c.status)
			c.want.check(t, newJudge().daemonSet(d, "b", nil, noWarnings, nil))
		})
	}
}

func TestJobHealth(t *testing.T) {
	t.Parallel()
	const looping = "metadata: {name: migrate-1}\nspec: {restartPolicy: OnFailure, containers: [{name: app}]}\nstatus: {containerStatuses: [{name: app, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 3, message: no such table}}}]}"
	cases := []struct {
		name, status, pod string
		want              want
	}{
		{"complete", "{succeeded: 1, conditions: [{type: Complete, status: 'True'}]}", looping, want{done: true}},
		{"failed", "{conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: too many}]}", looping, want{failed: "BackoffLimitExceeded"}},
		{"restarting within its back-off limit", "{active: 1}", looping, want{waiting: "CrashLoopBackOff"}},
		{"an image that can't be pulled", "{active: 1}", "metadata: {name: migrate-1}\nspec: {restartPolicy: Never, containers: [{name: app}]}\nstatus: {containerStatuses: [{name: app, state: {waiting: {reason: ImagePullBackOff}}}]}", want{failed: "ImagePullBackOff"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			job := from[batchv1.Job](t, "metadata: {name: migrate}\nspec: {completions: 1}\nstatus: "+c.status)
			c.want.check(t, newJudge().job(job, []*corev1.Pod{from[corev1.Pod](t, c.pod)}, noWarnings))
		})
	}
}

func TestPodFailures(t *testing.T) {
	t.Parallel()
	const young, old = "2026-03-01T12:00:05Z", "2026-02-01T00:00:00Z"
	cases := []struct {
		name, created, status string
		remembered            int32
		warning               string
		reason, message       string
	}{
		{name: "starting", created: young, status: "{phase: Pending, containerStatuses: [{name: app, state: {waiting: {reason: ContainerCreating}}}]}"},
		{name: "the first failed pull", created: young, status: "{containerStatuses: [{name: app, state: {waiting: {reason: ErrImagePull, message: not found}}}]}"},
		{name: "pulls that fail again", created: young, status: "{containerStatuses: [{name: app, state: {waiting: {reason: ImagePullBackOff, message: Back-off pulling image}}}]}", reason: "ImagePullBackOff", message: "Back-off pulling"},
		{name: "a name that is no image's", created: young, status: "{containerStatuses: [{name: app, state: {waiting: {reason: InvalidImageName}}}]}", reason: "InvalidImageName"},
		{name: "config that does not exist", created: young, status: "{containerStatuses: [{name: app, state: {waiting: {reason: CreateContainerConfigError, message: configmap \"settings\" not found}}}]}", reason: "CreateContainerConfigError", message: "settings"},
		{name: "a cache of the kubelet that lags", created: young, status: "{containerStatuses: [{name: app, state: {waiting: {reason: CreateContainerConfigError, message: failed to sync configmap cache}}}]}"},
		{name: "a command that does not exist", created: young, status: "{containerStatuses: [{name: app, state: {waiting: {reason: RunContainerError, message: no such file}}}]}", reason: "RunContainerError"},
		{name: "dead for the first time", created: young, status: "{containerStatuses: [{name: app, state: {terminated: {exitCode: 1, reason: Error}}}]}"},
		{name: "running again after its first death", created: young, status: "{containerStatuses: [{name: app, restartCount: 1, state: {running: {}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}]}", reason: "OOMKilled", message: "restarted once: exited with code 137 (OOMKilled)"},
		{name: "a crash loop", created: young, status: "{containerStatuses: [{name: app, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff, message: back-off}}, lastState: {terminated: {exitCode: 2, message: \"no table\\n\"}}}]}", reason: "CrashLoopBackOff", message: "exited with code 2: no table, restarted 3 times"},
		{name: "restarts from before the rollout", created: old, status: "{containerStatuses: [{name: app, restartCount: 4, state: {running: {}}, lastState: {terminated: {exitCode: 1}}}]}", remembered: 4},
		{name: "an old pod that restarts now", created: old, status: "{containerStatuses: [{name: app, restartCount: 5, state: {running: {}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}", remembered: 4, reason: "Error"},
		{name: "an init container that fails", created: young, status: "{initContainerStatuses: [{name: app, restartCount: 1, state: {running: {}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}", reason: "Error"},
		{name: "an init container that ran again", created: young, status: "{initContainerStatuses: [{name: app, restartCount: 1, state: {running: {}}, lastState: {terminated: {exitCode: 0, reason: Completed}}}]}"},
		{name: "evicted", created: young, status: "{phase: Failed, reason: Evicted, message: low on memory}", reason: "Evicted"},
		{name: "a volume without its ConfigMap", created: young, status: "{phase: Pending}", warning: `MountVolume.SetUp failed for volume "conf" : configmap "settings" not found`, reason: "FailedMount", message: "settings"},
		{name: "a volume that is attached late", created: young, status: "{phase: Pending}", warning: "Unable to attach or mount volumes: timed out waiting for the condition"},
		{name: "unschedulable", created: young, status: "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes}]}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pod := from[corev1.Pod](t, "metadata: {name: web-1, uid: u, creationTimestamp: '"+c.created+"'}\nspec: {restartPolicy: Always, containers: []}\nstatus: "+c.status)
			j := newJudge()
			j.restarts[restartKey{pod: "u", container: "app"}] = c.remembered
			var warnings []*corev1.Event
			if c.warning != "" {
				warnings = []*corev1.Event{{Reason: "FailedMount", Message: c.warning}}
			}
			failure := j.podFailure(pod, warnings)
			switch {
			case failure == nil && c.reason != "":
				t.Errorf("no failure, want %s", c.reason)
			case failure != nil && (failure.Reason != c.reason || !strings.Contains(failure.Message, c.message)):
				t.Errorf("failure %+v, want %q with %q", failure, c.reason, c.message)
			}
		})
	}
}

func TestWhatAPodWaitsFor(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, status, warning, want string }{
		{"a node", "{conditions: [{type: PodScheduled, status: 'False', message: 0/3 nodes are available}]}", "", "pod web-1 can't be scheduled: 0/3 nodes are available"},
		{"its image", "{containerStatuses: [{name: app, state: {waiting: {reason: ErrImagePull, message: timeout}}}]}", "", "pod web-1, container app: ErrImagePull: timeout"},
		{"its probe", "{containerStatuses: [{name: app, state: {running: {}}}]}", "Readiness probe failed: 503", "pod web-1, container app runs but is not ready: Readiness probe failed: 503"},
		{"anything", "{}", "", "pod web-1 is Pending"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pod := from[corev1.Pod](t, "metadata: {name: web-1}\nstatus: "+c.status)
			got := waitingFor(pod, []*corev1.Event{{Reason: "Unhealthy", Message: c.warning}})
			if strings.TrimSuffix(got, ": ") != c.want {
				t.Errorf("it waits for %q, want %q", got, c.want)
			}
		})
	}
}

func TestBlockingPodsAreUnreadyOnesOfOtherRevisionsFromTheHighest(t *testing.T) {
	t.Parallel()
	pod := func(name, hash, ready string) *corev1.Pod {
		return from[corev1.Pod](t, "metadata: {name: "+name+", labels: {controller-revision-hash: "+hash+"}}\nstatus: {conditions: [{type: Ready, status: '"+ready+"'}]}")
	}
	set := from[appsv1.StatefulSet](t, "spec: {replicas: 12}\nstatus: {updateRevision: good}")
	pods := []*corev1.Pod{pod("store-2", "bad", "False"), pod("store-10", "bad", "False"), pod("store-1", "good", "False"), pod("store-3", "bad", "True")}
	var names []string
	for _, found := range blocking(set, pods) {
		names = append(names, found.Name)
	}
	if got := strings.Join(names, " "); got != "store-10 store-2" {
		t.Errorf("blocking are %q", got)
	}
}

func TestGenericHealth(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, object string
		want         want
	}{
		{"a ConfigMap is healthy when it is there", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", want{done: true}},
		{"a custom resource that says it is not ready", "{apiVersion: a.b/v1, kind: C, metadata: {name: a}, status: {conditions: [{type: Ready, status: 'False', message: still at it}]}}", want{waiting: "still at it"}},
		{"a claim without a volume", "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, status: {phase: Pending}}", want{waiting: "PVC is not Bound"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.want.check(t, judgeGeneric(&unstructured.Unstructured{Object: *from[map[string]any](t, c.object)}))
		})
	}
	want{waiting: "does not exist"}.check(t, judgeGeneric(nil))
}
