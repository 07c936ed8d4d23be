package kubernetes_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/tests/platformtest"
)

func TestAJobRunsOnceOverACopyOfTheConfigThatIsToCome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope, once := s.withConfig(1), s.once("check")
	if _, err := s.target.StartJobs(t.Context(), scope, []workload.Job{once}); err != nil {
		t.Fatal(err)
	}
	job := s.job(once.Name)
	spec, pod := job.Spec, job.Spec.Template.Spec
	if *spec.BackoffLimit != 0 || pod.RestartPolicy != corev1.RestartPolicyNever || *spec.ActiveDeadlineSeconds < 30 || *spec.TTLSecondsAfterFinished != 3600 {
		t.Errorf("the Job is %+v, want one that runs once and ends by itself", spec)
	}
	name := pod.Volumes[0].Projected.Sources[0].ConfigMap.Name
	copied, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if copied.Data["application.conf"] != "a = 1" || !*copied.Immutable || copied.Labels["slipway.dev/config"] != "" ||
		len(copied.OwnerReferences) != 1 || copied.OwnerReferences[0].UID != job.UID {
		t.Errorf("the pods see %+v, want a copy of the config that goes with the Job", copied)
	}
	if other := pod.Containers[0].EnvFrom[0].ConfigMapRef.Name; other != "other" {
		t.Errorf("a ConfigMap that is no config of the release became %q", other)
	}
	scope.Epoch++
	if _, err := s.target.RemoveJobs(t.Context(), scope, []workload.Job{once}); err != nil {
		t.Fatal(err)
	}
	s.until("nothing is left", func() bool { return len(s.left()) == 0 })
}

func TestAJobThatFailsTellsItsLastWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	once := s.once("check", crashLoop, `slipway.dev/simulate-message: "no such currency"`)
	s.start(s.withConfig(1), once)
	seen, err := s.target.WatchJobs(t.Context(), s.withConfig(1), []workload.Job{once}, nil)
	if err != nil || seen.Verdict != workload.Failed || seen.Services[0].Failure == nil {
		t.Fatalf("watch gave %+v, %v", seen, err)
	}
	failure := seen.Services[0].Failure
	if failure.ExitCode != 1 || !strings.Contains(failure.Message, "no such currency") || failure.Object != "Job/"+once.Name || failure.Pod == "" || failure.Container != "app" {
		t.Errorf("failure %+v", failure)
	}
}

func TestAJobThatCannotRunFailsLongBeforeItsDeadline(t *testing.T) {
	t.Parallel()
	for reason, annotation := range map[string]string{"ImagePullBackOff": imagePull, "CreateContainerConfigError": configError} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			once := s.once("check", annotation)
			s.start(s.withConfig(1), once)
			seen, err := s.target.WatchJobs(t.Context(), s.withConfig(1), []workload.Job{once}, nil)
			if err != nil || seen.Verdict != workload.Failed || seen.Services[0].Failure.Reason != reason || seen.Services[0].Failure.ExitCode != 0 {
				t.Errorf("watch gave %s, %v; want %s", describe(seen), err, reason)
			}
		})
	}
}

func TestAJobThatSomebodyDeletesIsNotTakenForDoneAndNotMadeAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	once := s.once("check", neverReady)
	scope := s.withConfig(1)
	s.start(scope, once)
	told := make(chan struct{})
	var last []workload.ServiceStatus
	go func() {
		<-told
		// Orphaned, for the pods are no matter here.
		orphan := metav1.DeletePropagationOrphan
		if err := s.client.BatchV1().Jobs(s.namespace).Delete(t.Context(), once.Name, metav1.DeleteOptions{PropagationPolicy: &orphan}); err != nil {
			t.Error(err)
		}
	}()
	seen, err := s.target.WatchJobs(t.Context(), scope, []workload.Job{once}, func(services []workload.ServiceStatus) {
		if last == nil && services[0].Message != "" {
			last = services
			close(told)
		}
	})
	if err != nil || seen.Verdict != workload.Failed || seen.Services[0].Failure.Reason != "Gone" {
		t.Errorf("watch gave %s, %v; want Gone", describe(seen), err)
	}
}

func TestAWorkerThatWakesUpAfterTheRemovalStartsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	once, scope := s.once("check"), s.withConfig(1)
	held := s.platform.Fault(t, "clusters/"+cluster, "hold", platformtest.Rule{
		Verbs: []string{"apply"}, Path: "/namespaces/" + s.namespace + "/jobs/" + once.Name, At: "request",
	})
	ended := make(chan error, 1)
	_, sleeper := s.open("slipway/sleeper")
	go func() {
		_, err := sleeper.StartJobs(t.Context(), scope, []workload.Job{once})
		ended <- err
	}()
	s.platform.Await(t, "clusters/"+cluster, held)
	scope.Epoch++
	if _, err := s.target.RemoveJobs(t.Context(), scope, []workload.Job{once}); err != nil {
		t.Fatal(err)
	}
	s.platform.Release(t, "clusters/"+cluster, held, false)
	wantCode(t, <-ended, fault.Superseded)
	s.until("nothing is left", func() bool { return len(s.left()) == 0 })
}

func TestAJobOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	once := s.once("check")
	theirs := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: once.Name}}
	theirs.Spec.Template.Spec = corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "a", Image: "b"}}}
	if _, err := s.client.BatchV1().Jobs(s.namespace).Create(t.Context(), theirs, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.target.StartJobs(t.Context(), s.withConfig(1), []workload.Job{once})
	wantCode(t, err, fault.Conflict)
	removed, err := s.target.RemoveJobs(t.Context(), s.withConfig(2), []workload.Job{once})
	if err != nil || len(removed) > 0 {
		t.Errorf("removed %q, %v; want nothing", removed, err)
	}
	s.job(once.Name)
}

func TestALenientJobIsNoReasonToMakeANamespace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope, once := s.withConfig(1), s.once("check")
	scope.Namespace, once.Lenient = s.namespace+"-brought", true
	names, err := s.target.StartJobs(t.Context(), scope, []workload.Job{once})
	if err != nil || len(names) > 0 {
		t.Errorf("started %q, %v; want nothing", names, err)
	}
	if removed, err := s.target.RemoveJobs(t.Context(), scope, []workload.Job{once}); err != nil || len(removed) > 0 {
		t.Errorf("removed %q, %v; want nothing", removed, err)
	}
}

func TestAJobThatStaysIsDeletedOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scope := s.withConfig(1)
	done, failed, runs := s.once("done"), s.once("failed", crashLoop), s.once("runs", neverReady)
	all := []workload.Job{done, failed, runs}
	for i := range all {
		all[i].Stays = true
	}
	s.start(scope, all...)
	ended := all[:2]
	if _, err := s.target.WatchJobs(t.Context(), scope, ended, nil); err != nil {
		t.Fatal(err)
	}
	scope.Epoch++
	removed, err := s.target.RemoveJobs(t.Context(), scope, all)
	if err != nil || !slices.Equal(removed, []string{runs.Name}) {
		t.Errorf("removed %q, %v; want %s alone", removed, err, runs.Name)
	}
	s.job(done.Name)
	s.job(failed.Name)
	s.until("the Job that ran is gone", func() bool {
		return !slices.ContainsFunc(s.left(), func(name string) bool { return strings.Contains(name, runs.Name) })
	})
}

func TestACheckTriesTheJobsOfHooksAndWhatTheyName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	before := s.effects()
	scope := s.withConfig(1)
	wrong, needy, good := s.once("wrong"), s.once("needy"), s.once("good")
	wrong.Manifest = json.RawMessage(strings.Replace(string(wrong.Manifest), `"image":"registry.test/check:1"`, `"image":""`, 1))
	needy.Manifest = json.RawMessage(strings.Replace(string(needy.Manifest), `"name":"other","optional":true`, `"name":"other"`, 1))
	scope.Jobs = []workload.Job{wrong, needy, good}
	result := s.check(scope)
	wantProblems(t, result, "wrong Job/"+wrong.Name+" Invalid image", "needy ConfigMap/other ConfigMapMissing Job/"+needy.Name)
	if after := s.effects(); !slices.Equal(before, after) {
		t.Errorf("the check had effects: %q", after[len(before):])
	}
}
