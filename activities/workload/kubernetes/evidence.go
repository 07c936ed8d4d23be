package kubernetes

import (
	"context"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// logPatience is what the last lines of a container may cost; a verdict must
	// not wait for a kubelet that does not answer.
	logPatience = time.Second
	logLines    = 40
	// logBytes is what a failure may carry through a workflow's history.
	logBytes = 2 << 10

	// nodeLooks bounds how many nodes are asked whether they are simulated.
	nodeLooks = 3
)

// addLogs adds the last lines of failed containers, as far as they can be had
// in a second. Simulated nodes have none.
func (w *watcher) addLogs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, logPatience)
	defer cancel()
	for _, s := range w.subjects {
		failure := s.health.failure
		if failure == nil || failure.Pod == "" || failure.Container == "" || failure.Log != "" || w.simulated(ctx) {
			continue
		}
		// What was reported already must not change under its readers.
		logged := *failure
		logged.Log = w.lastLines(ctx, failure.Pod, failure.Container)
		s.health.failure = &logged
	}
}

// lastLines reads the run that died; a container that never ran has none.
func (w *watcher) lastLines(ctx context.Context, pod, container string) string {
	for _, previous := range []bool{true, false} {
		lines, limit := int64(logLines), int64(8*logBytes)
		raw, err := w.cluster.typed.CoreV1().Pods(w.scope.Namespace).GetLogs(pod, &corev1.PodLogOptions{
			Container: container, Previous: previous, TailLines: &lines, LimitBytes: &limit,
		}).DoRaw(ctx)
		if err == nil && len(raw) > 0 {
			return tail(redact(string(raw)), logBytes)
		}
	}
	return ""
}

// tail gives whole lines from the end, if there is a line end to cut at.
func tail(text string, limit int) string {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "?")
	if len(text) <= limit {
		return text
	}
	text = text[len(text)-limit:]
	if _, rest, cut := strings.Cut(text, "\n"); cut && rest != "" {
		return rest
	}
	return strings.ToValidUTF8(text, "")
}

// secrets matches what programs print of their settings: names that sound like
// secrets with a value, credentials in URLs, authorization headers, tokens of
// well-known shapes and private keys.
var secrets = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), "[redacted]"},
	{regexp.MustCompile(`(?i)\b(authorization"?\s*[:=]\s*"?(?:bearer|basic|token)?)\s*[^\s"]+`), "$1 [redacted]"},
	{regexp.MustCompile(`(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}`), "$1 [redacted]"},
	{regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@:]*:[^\s/@]+@`), "${1}[redacted]@"},
	{regexp.MustCompile(`(?i)\b([a-z0-9_.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)[a-z0-9_.-]*"?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)`), "${1}[redacted]"},
	{regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|gh[pousr]_[A-Za-z0-9]{20,}|A[KS]IA[A-Z0-9]{16}|xox[abprs]-[A-Za-z0-9-]{10,})`), "[redacted]"},
}

func redact(text string) string {
	for _, secret := range secrets {
		text = secret.pattern.ReplaceAllString(text, secret.with)
	}
	return text
}

// simulated tells whether pods of the wave run on nodes that kwok simulates. It
// looks at a few nodes and keeps the answer.
func (w *watcher) simulated(ctx context.Context) bool {
	looked := map[string]bool{}
	for _, s := range w.subjects {
		for _, pod := range s.health.pods {
			node := pod.Spec.NodeName
			if node == "" || looked[node] || len(looked) >= nodeLooks {
				continue
			}
			looked[node] = true
			if w.cluster.simulatedNode(ctx, node) {
				return true
			}
		}
	}
	return false
}

// simulatedNode remembers what it found. A node that can't be read counts as real.
func (c *cluster) simulatedNode(ctx context.Context, name string) bool {
	if known, found := c.nodes.Load(name); found {
		simulated, _ := known.(bool)
		return simulated
	}
	node, err := c.typed.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false
	}
	_, annotated := node.Annotations["kwok.x-k8s.io/node"]
	simulated := annotated || node.Labels["type"] == "kwok" || node.Labels["slipway.dev/simulated"] == "true"
	c.nodes.Store(name, simulated)
	return simulated
}
