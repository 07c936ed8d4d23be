package kubernetes

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-dev/slipway/activities/workload"
)

// hopeless are the reasons that a container waits for and that do not pass
// without a change. ErrImagePull is not among them: it becomes ImagePullBackOff
// when it happens again.
var hopeless = map[string]bool{
	"CrashLoopBackOff":           true,
	"ImagePullBackOff":           true,
	"InvalidImageName":           true,
	"ErrImageNeverPull":          true,
	"ImageInspectError":          true,
	"CreateContainerConfigError": true,
	"CreateContainerError":       true,
	"RunContainerError":          true,
}

// podFailure tells why a pod of the new revision can't get ready by itself, nil
// when it may.
func (j *judge) podFailure(pod *corev1.Pod, warnings []*corev1.Event) *workload.Failure {
	for _, status := range pod.Status.InitContainerStatuses {
		if failure := j.containerFailure(pod, status, true); failure != nil {
			return failure
		}
	}
	for _, status := range pod.Status.ContainerStatuses {
		if failure := j.containerFailure(pod, status, false); failure != nil {
			return failure
		}
	}
	if pod.Status.Phase == corev1.PodFailed && !ofJob(pod) {
		return &workload.Failure{Pod: pod.Name, Reason: orElse(pod.Status.Reason, "Failed"), Message: pod.Status.Message}
	}
	return mountFailure(pod, warnings)
}

func (j *judge) containerFailure(pod *corev1.Pod, status corev1.ContainerStatus, initial bool) *workload.Failure {
	failure := &workload.Failure{Pod: pod.Name, Container: status.Name}
	if waiting := status.State.Waiting; waiting != nil && hopeless[waiting.Reason] && !passing(waiting) {
		if waiting.Reason == "CrashLoopBackOff" && ofJob(pod) {
			return nil // the Job's back-off limit decides
		}
		failure.Reason = waiting.Reason
		failure.Message = describeWaiting(status)
		return failure
	}
	if ofJob(pod) || !j.restarted(pod, status) {
		return nil
	}
	death := status.LastTerminationState.Terminated
	if death == nil || initial && death.ExitCode == 0 {
		// Init containers run again, and well, when their node came back.
		return nil
	}
	failure.Reason = orElse(death.Reason, "Error")
	failure.Message = fmt.Sprintf("restarted %s: %s", times(status.RestartCount), describeDeath(death))
	return failure
}

// passing tells waits that the kubelet ends by itself though their reason
// sounds final.
func passing(waiting *corev1.ContainerStateWaiting) bool {
	return waiting.Reason == "CreateContainerConfigError" && strings.Contains(waiting.Message, "failed to sync")
}

// restarted tells whether a container has died since the rollout began. A pod
// that is older may have restarted in a past that nobody asks about.
func (j *judge) restarted(pod *corev1.Pod, status corev1.ContainerStatus) bool {
	if pod.CreationTimestamp.Time.Before(j.since) {
		return status.RestartCount > j.restarts[restartKey{pod: string(pod.UID), container: status.Name}]
	}
	return status.RestartCount > 0
}

// remember notes the restarts of pods that are older than the rollout.
func (j *judge) remember(pods []*corev1.Pod) {
	for _, pod := range pods {
		for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
			for _, status := range statuses {
				key := restartKey{pod: string(pod.UID), container: status.Name}
				if _, known := j.restarts[key]; !known {
					j.restarts[key] = status.RestartCount
				}
			}
		}
	}
}

func ofJob(pod *corev1.Pod) bool {
	return pod.Spec.RestartPolicy != "" && pod.Spec.RestartPolicy != corev1.RestartPolicyAlways
}

func describeWaiting(status corev1.ContainerStatus) string {
	text := status.State.Waiting.Message
	if death := status.LastTerminationState.Terminated; death != nil {
		text = describeDeath(death)
		if status.RestartCount > 0 {
			text += ", restarted " + times(status.RestartCount)
		}
	}
	return text
}

func describeDeath(death *corev1.ContainerStateTerminated) string {
	text := fmt.Sprintf("exited with code %d", death.ExitCode)
	if death.Signal != 0 {
		text = fmt.Sprintf("killed by signal %d", death.Signal)
	}
	if death.Reason != "" && death.Reason != "Error" && death.Reason != "Completed" {
		text += " (" + death.Reason + ")"
	}
	if message := strings.TrimSpace(death.Message); message != "" {
		text += ": " + message
	}
	return text
}

func times(n int32) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// missingSource matches what the kubelet says about a volume whose ConfigMap or
// Secret, or a key in it, does not exist.
var missingSource = regexp.MustCompile(`(?i)(configmap|secret) "[^"]+" not found|references non-existent (config|secret) key`)

// mountFailure finds volumes that can't be mounted, which only events tell.
func mountFailure(pod *corev1.Pod, warnings []*corev1.Event) *workload.Failure {
	if pod.Status.Phase != corev1.PodPending {
		return nil
	}
	for _, warning := range warnings {
		if warning.Reason == "FailedMount" && missingSource.MatchString(warning.Message) {
			return &workload.Failure{Pod: pod.Name, Reason: warning.Reason, Message: warning.Message}
		}
	}
	return nil
}

// lastDeath finds the pod of a Job whose end tells most.
func lastDeath(pods []*corev1.Pod, otherwise string) (pod, container, message string) {
	for _, candidate := range pods {
		for _, status := range candidate.Status.ContainerStatuses {
			death := status.State.Terminated
			if death == nil {
				death = status.LastTerminationState.Terminated
			}
			if death != nil && death.ExitCode != 0 {
				return candidate.Name, status.Name, otherwise + ": " + describeDeath(death)
			}
		}
	}
	return "", "", otherwise
}

func anyUnschedulable(pods []*corev1.Pod) bool {
	for _, pod := range pods {
		if unschedulable(pod) != "" {
			return true
		}
	}
	return false
}

func unschedulable(pod *corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Message
		}
	}
	return ""
}

// waitingFor says in a few words what an unready pod waits for.
func waitingFor(pod *corev1.Pod, warnings []*corev1.Event) string {
	if message := unschedulable(pod); message != "" {
		return fmt.Sprintf("pod %s can't be scheduled: %s", pod.Name, message)
	}
	for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, status := range statuses {
			if waiting := status.State.Waiting; waiting != nil && waiting.Reason != "PodInitializing" {
				return strings.TrimSuffix(fmt.Sprintf("pod %s, container %s: %s: %s", pod.Name, status.Name, waiting.Reason, waiting.Message), ": ")
			}
			if status.State.Running != nil && !status.Ready {
				return fmt.Sprintf("pod %s, container %s runs but is not ready%s", pod.Name, status.Name, probeText(warnings))
			}
		}
	}
	return fmt.Sprintf("pod %s is %s", pod.Name, orElse(string(pod.Status.Phase), string(corev1.PodPending)))
}

func probeText(warnings []*corev1.Event) string {
	for _, warning := range warnings {
		if warning.Reason == "Unhealthy" {
			return ": " + warning.Message
		}
	}
	return ""
}
